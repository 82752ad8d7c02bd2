#include <kekkai/testing/scripted_dispatcher.h>

#include <fmt/format.h>

#include <stdexcept>

namespace kekkai::testing {

ScriptedDispatcher::ScriptedDispatcher() : FakeKernel(FakeMounts::Host::kImagined) {
  enter_namespaces(~Namespace::kNone);
  view().credentials.unlimited = true;
}

FakeFile& ScriptedDispatcher::container(const std::string& path) {
  for (const auto& [number, fd] : descriptors()) {
    if (fd.label == "intermediate root/sysroot") {
      return mounts().declare(mounts().walk(view(), *fd.place, "/", {.resolve = Resolve::kInRoot}),
                              path);
    }
  }
  throw std::logic_error("there is no container yet to declare " + path + " in");
}

int ScriptedDispatcher::planned_failure(const std::string& line) {
  const auto found = failing_steps_.find(steps_.size());
  return found == failing_steps_.end() ? FakeKernel::planned_failure(line) : found->second;
}

void ScriptedDispatcher::note_call(const std::string& line) {
  transcript_.push_back(line);
  steps_.push_back(line);
}

void ScriptedDispatcher::note_failure(int error) {
  transcript_.back() += " = " + errno_name(error);
  steps_.back() += " = " + errno_name(error);
}

void ScriptedDispatcher::exit(int status) {
  note(fmt::format("exit {}", status));
  FakeKernel::exit(status);
}

}  // namespace kekkai::testing
