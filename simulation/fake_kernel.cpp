// What all calls share: failing, hazards, descriptors, and how a process begins.
#include "fake_kernel_step.h"

#include <errno.h>

#include <algorithm>
#include <stdexcept>

namespace kekkai::testing {
namespace {

// Of the host. Linux's own differ from each other, but nobody compares two kinds.
constexpr uint64_t kFirstNamespace = 4026531840;

}  // namespace

FakeKernel::FakeKernel() : FakeKernel(FakeMounts::Host::kEmpty) {
  view_.credentials.uid = users_.effective;
  view_.credentials.gid = groups_.effective;
}

FakeKernel::FakeKernel(FakeMounts::Host host) : FakeKernel(FakeMounts(host)) {}

FakeKernel::FakeKernel(const std::vector<MountInfo>& mounts,
                       std::shared_ptr<const FakeOrigin> origin)
    : FakeKernel(FakeMounts(mounts, std::move(origin))) {}

FakeKernel::FakeKernel(FakeMounts mounts)
    : world_(std::make_shared<World>(World{std::move(mounts)})),
      view_(world_->mounts.host_view()),
      host_root_(view_.root) {
  see_own_descriptors();
  for (const FlagName& ns : flag_table(Namespace{})) {
    namespaces_[std::string(ns.name)] = kFirstNamespace;
  }
  int number = 0;
  for (const char* label : {"stdin", "stdout", "stderr"}) inherit(number++, label);
}

// What clone and exec leave of its parent: user_namespaces(7), capabilities(7).
FakeKernel::FakeKernel(FakeKernel& parent, const SpawnPlan& plan)
    : world_(parent.world_),
      view_(parent.view_),
      host_root_(parent.host_root_),
      namespaces_(parent.namespaces_),
      pid_(parent.next_child_),
      parent_(parent.pid_),
      users_(parent.users_),
      groups_(parent.groups_),
      umask_(parent.umask_),
      limits_(parent.limits_),
      programs_(parent.programs_) {
  see_own_descriptors();
  for (const FdPlacement& fd : plan.fds) {
    Descriptor& file = (*open_)[fd.target] = parent.open_->at(fd.source);
    file.inherited = true;
    if (file.out) ++file.out->writers;
    if (parent.terminals_.contains(fd.source)) terminals_.insert(fd.target);
  }
  if (plan.ignore_hangup) ignored_.insert(SIGHUP);
  for (const NamespaceJoin& join : plan.joins) enter_namespaces(join.type);
  enter_namespaces(plan.namespaces);
  // An exec by root gives everything, but only to root of the user namespace that it is in.
  const bool is_root = users_.effective == 0 && !view_.credentials.in_user_namespace;
  const uint64_t kept = is_root ? ~uint64_t{0} : plan.ambient_capabilities;
  set_capabilities({.effective = kept, .permitted = kept, .inheritable = kept});
  ambient_ = kept;
}

void FakeKernel::enter_namespaces(Namespace which) {
  const uint64_t entered = ++world_->last_namespace;
  for (const FlagName& ns : flag_table(which)) {
    if ((bits(which) & ns.value) != 0) namespaces_[std::string(ns.name)] = entered;
  }
  if (has(which, Namespace::kPid)) pid_ = 1, parent_ = 0;
  if (has(which, Namespace::kMount)) mounts().unshare(view_);
  if (has(which, Namespace::kUser)) {
    view_.credentials.in_user_namespace = true;
    set_capabilities({~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}});
    ambient_ = ~uint64_t{0};
  }
}

void FakeKernel::set_capabilities(const Capabilities& capabilities) {
  capabilities_ = capabilities;
  view_.credentials.effective = capabilities.effective;
}

void FakeKernel::set_ids(Ids users, Ids groups) {
  users_ = users;
  groups_ = groups;
  view_.credentials.uid = users.effective;
  view_.credentials.gid = groups.effective;
  const uint64_t all = users.effective == 0 ? ~uint64_t{0} : 0;
  set_capabilities({.effective = all, .permitted = all});
}

void FakeKernel::run_as(const std::string& path, std::function<int(FakeKernel&)> program) {
  programs_[path] = std::move(program);
}

// Calls.

void FakeKernel::begin(const std::string& call, const std::string& line) {
  const auto hazard = std::ranges::find_if(
      hazards_, [&](const auto& planned) { return line.starts_with(planned.first); });
  if (hazard != hazards_.end()) {
    const auto event = std::move(hazard->second);
    hazards_.erase(hazard);
    event();
  }
  const int error = planned_failure(line);
  note_call(line);
  if (error != 0) fail(call, error);
}

int FakeKernel::planned_failure(const std::string& line) {
  for (PlannedFailure& planned : failing_calls_) {
    if (planned.times == 0 || !line.starts_with(planned.prefix)) continue;
    if (planned.times != kAlways) --planned.times;
    return planned.error;
  }
  return 0;
}

void FakeKernel::fail(const std::string& call, int error) {
  note_failure(error);
  throw SyscallError(error, call);
}

void FakeKernel::fail_call(std::string prefix, int error, int times) {
  failing_calls_.push_back({std::move(prefix), error, times});
}

void FakeKernel::before_call(std::string prefix, std::function<void()> event) {
  hazards_.emplace_back(std::move(prefix), std::move(event));
}

// Descriptors.

void FakeKernel::inherit(int number, const std::string& label, const std::string& content) {
  inherit(number, label);
  *open_->at(number).in = {.bytes = content, .ended = true};
}

void FakeKernel::inherit(int number, const std::string& label) {
  (*open_)[number] = {.label = label, .inherited = true, .in = std::make_shared<Channel>()};
}

void FakeKernel::inherit_file(int number, const std::string& path) {
  inherit(number, path);
  open_->at(number).in->ended = true;
  open_->at(number).out = std::make_shared<Channel>();
  open_->at(number).place = mounts().walk(view_, host_root_, path, {.follow_last = false});
}

void FakeKernel::inherit_object(int number, const std::string& link, mode_t mode) {
  inherit(number, link);
  open_->at(number).in->ended = true;
  open_->at(number).out = std::make_shared<Channel>();
  FakeFileSystem& nowhere = mounts().add_file_system("none");
  nowhere.root->file.of_mode(mode);
  open_->at(number).place = mounts().mount_tree(nowhere, MountAttr::kNone);
  open_->at(number).link = link;
}

UniqueFd FakeKernel::own(Descriptor descriptor) {
  const int number = next_descriptor_++;
  std::string label = descriptor.label;
  open_->emplace(number, std::move(descriptor));
  return {number, std::move(label), *this};
}

void FakeKernel::close(int fd) noexcept {
  const auto found = open_->find(fd);
  if (found == open_->end()) {
    misuses_.push_back("close of descriptor " + std::to_string(fd) + ", which is not open");
    return;
  }
  if (found->second.out && --found->second.out->writers == 0) found->second.out->ended = true;
  open_->erase(found);
}

FakeKernel::Descriptor& FakeKernel::get(Fd file) {
  const auto found = open_->find(file.number);
  if (found == open_->end()) throw Errno{EBADF};
  return found->second;
}

const FakePlace& FakeKernel::place_of(Fd file) {
  const Descriptor& descriptor = get(file);
  if (!descriptor.place) throw Errno{EINVAL};
  return *descriptor.place;
}

FakePlace FakeKernel::start_of(Fd dir) {
  return dir.number == AT_FDCWD ? view_.directory : place_of(dir);
}

// What the links in /proc/self/fd lead to.
void FakeKernel::see_own_descriptors() {
  view_.descriptor = [open = open_](const std::string& number) -> std::optional<FakePlace> {
    const auto found = std::ranges::find_if(
        *open, [&](const auto& entry) { return std::to_string(entry.first) == number; });
    return found == open->end() ? std::nullopt : found->second.place;
  };
}

std::vector<std::string> FakeKernel::open_descriptors() const {
  std::vector<std::string> labels;
  for (const auto& [number, fd] : *open_) {
    if (!fd.inherited) labels.push_back(fd.label);
  }
  return labels;
}

std::string FakeKernel::written(const std::string& label) const {
  const auto found = written_.find(label);
  return found == written_.end() ? "" : found->second;
}

}  // namespace kekkai::testing
