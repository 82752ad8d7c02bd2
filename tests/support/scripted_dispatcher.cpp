// What all calls share: recording, failing, descriptors.
#include <kekkai/testing/scripted_dispatcher.h>

#include <errno.h>

#include <stdexcept>

namespace kekkai::testing {

ScriptedDispatcher::ScriptedDispatcher() {
  int number = 0;
  for (const char* label : {"stdin", "stdout", "stderr"}) inherit(number++, label);
}

void ScriptedDispatcher::begin(const std::string& call, const std::string& line) {
  const int error = planned_failure(line);
  transcript_.push_back(line);
  steps_.push_back(line);
  if (error != 0) fail(call, error);
}

int ScriptedDispatcher::planned_failure(const std::string& line) {
  if (const auto found = failing_steps_.find(steps_.size()); found != failing_steps_.end()) {
    return found->second;
  }
  for (PlannedFailure& planned : failing_calls_) {
    if (planned.times == 0 || !line.starts_with(planned.prefix)) continue;
    if (planned.times != kAlways) --planned.times;
    return planned.error;
  }
  return 0;
}

void ScriptedDispatcher::fail(const std::string& call, int error) {
  transcript_.back() += " = " + errno_name(error);
  steps_.back() += " = " + errno_name(error);
  throw SyscallError(error, call);
}

void ScriptedDispatcher::fail_call(std::string prefix, int error, int times) {
  failing_calls_.push_back({std::move(prefix), error, times});
}

FakeFile& ScriptedDispatcher::container(const std::string& path) {
  for (const auto& [number, fd] : open_) {
    if (fd.label == "intermediate root/sysroot") {
      return mounts_.declare(mounts_.walk(*fd.place, "/", {.resolve = Resolve::kInRoot}), path);
    }
  }
  throw std::logic_error("there is no container yet to declare " + path + " in");
}

// Descriptors.

void ScriptedDispatcher::inherit(int number, const std::string& label, const std::string& content) {
  inherit(number, label);
  *open_.at(number).in = {.bytes = content, .ended = true};
}

void ScriptedDispatcher::inherit(int number, const std::string& label) {
  open_[number] = {.label = label, .inherited = true, .in = std::make_shared<Channel>()};
}

UniqueFd ScriptedDispatcher::own(Descriptor descriptor) {
  const int number = next_descriptor_++;
  std::string label = descriptor.label;
  open_.emplace(number, std::move(descriptor));
  return {number, std::move(label), *this};
}

void ScriptedDispatcher::close(int fd) noexcept {
  const auto found = open_.find(fd);
  if (found == open_.end()) {
    misuses_.push_back("close of descriptor " + std::to_string(fd) + ", which is not open");
    return;
  }
  if (found->second.out && --found->second.out->writers == 0) found->second.out->ended = true;
  open_.erase(found);
}

ScriptedDispatcher::Descriptor& ScriptedDispatcher::get(Fd file) {
  const auto found = open_.find(file.number);
  if (found == open_.end()) throw Errno{EBADF};
  return found->second;
}

const FakeMounts::Place& ScriptedDispatcher::place_of(Fd file) {
  const Descriptor& descriptor = get(file);
  if (!descriptor.place) throw Errno{EINVAL};
  return *descriptor.place;
}

FakeMounts::Place ScriptedDispatcher::start_of(Fd dir) {
  return dir.number == AT_FDCWD ? mounts_.directory() : place_of(dir);
}

std::vector<std::string> ScriptedDispatcher::open_descriptors() const {
  std::vector<std::string> labels;
  for (const auto& [number, fd] : open_) {
    if (!fd.inherited) labels.push_back(fd.label);
  }
  return labels;
}

std::string ScriptedDispatcher::written(const std::string& label) const {
  const auto found = written_.find(label);
  return found == written_.end() ? "" : found->second;
}

}  // namespace kekkai::testing
