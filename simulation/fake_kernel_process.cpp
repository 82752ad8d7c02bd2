// The calls on processes and threads.
#include "fake_kernel_step.h"

#include <errno.h>
#include <fmt/format.h>

#include <algorithm>

namespace kekkai::testing {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

constexpr int kMostInterpreters = 5;  // fs/exec.c
constexpr size_t kLongestLine = 256;  // BINPRM_BUF_SIZE

// What the first line of a script names; empty for other files, and those that we may not read.
std::string interpreter_of(const NodePtr& file) {
  std::string line;
  try {
    line = content_of(file).substr(0, kLongestLine);
  } catch (const Errno&) {
    return {};
  }
  if (!line.starts_with("#!")) return {};
  line.erase(0, line.find_first_not_of(" \t", 2));
  return line.substr(0, line.find_first_of(" \t\n"));
}

}  // namespace

std::string FakeKernel::placements(const SpawnPlan& plan) const {
  std::string text;
  for (const FdPlacement& fd : plan.fds) {
    const auto found = open_->find(fd.source);
    const std::string label = found == open_->end() ? "(not open)" : found->second.label;
    text += fmt::format(" {}={}", fd.target, label);
  }
  return text;
}

std::string FakeKernel::plan_text(const SpawnPlan& plan) {
  const std::string program =
      plan.copy ? " a copy of this process, " + plan.path + ","
                : " " + plan.path + " [" + joined(plan.argv) + "] env [" + joined(plan.env) + "]";
  std::string line = program + " fds" + placements(plan);
  if (plan.namespaces != Namespace::kNone) line += " namespaces " + names(plan.namespaces);
  for (const NamespaceJoin& join : plan.joins) {
    line += " joins " + get({join.descriptor, "namespace"}).label;
  }
  if (plan.ambient_capabilities != 0) {
    line += " ambient " + capability_names(plan.ambient_capabilities);
  }
  if (plan.no_capabilities) line += " no_capabilities";
  if (plan.dies_with_parent) line += " dies_with_parent";
  if (plan.read_only_image) line += " read_only_image";
  if (plan.new_session) line += " new_session";
  if (plan.new_process_group) line += " new_process_group";
  for (const auto& [what, terminal] :
       {std::pair(" controlling_terminal ", plan.controlling_terminal),
        std::pair(" foreground_terminal ", plan.foreground_terminal)}) {
    if (terminal >= 0) line += what + get({terminal, "terminal"}).label;
  }
  if (plan.ignore_hangup) line += " ignore_hangup";
  if (plan.ends_exit_on_signal) line += " ends_exit_on_signal";
  if (plan.listener_socket >= 0) {
    line += " listener to " + get({plan.listener_socket, "listener socket"}).label;
  }
  if (!plan.filters.empty()) line += fmt::format(" filters {}", plan.filters.size());
  return line;
}

// What it runs, this process is from then on.
FailedExec FakeKernel::execute(const SpawnPlan& plan) {
  note_call("execute" + plan_text(plan));
  if (!child_failure_) child_failure_ = failure_in_child(plan);
  if (child_failure_) {
    const auto failure = *std::exchange(child_failure_, std::nullopt);
    return {failure.first + " " + plan.path, failure.second, plan.report};
  }
  spawned_.push_back(plan);
  const auto program = programs_.find(plan.path);
  throw ProcessExit{program == programs_.end() ? 0 : program->second(*this)};
}

Spawned FakeKernel::spawn(const SpawnPlan& plan) {
  const std::string line = "spawn" + plan_text(plan);
  const std::string call = "clone (" + names(plan.namespaces) + ")";
  begin(call, line);
  for (const FdPlacement& fd : plan.fds) {
    if (!open_->contains(fd.source)) fail(call, EBADF);
  }
  spawned_.push_back(plan);
  const pid_t pid = next_child_++;
  Spawned child{
      pid, own({.label = plan.path, .in = std::make_shared<Channel>(), .child = pid}), {}, 0};
  if (!child_failure_) child_failure_ = failure_in_child(plan);
  if (child_failure_) {
    child.failed_call = child_failure_->first + " " + plan.path;
    child.error = child_failure_->second;
    child_failure_.reset();
    end_child(pid, 127 << 8);
    return child;
  }
  if (const auto program = programs_.find(plan.path); program != programs_.end()) {
    children_[pid] = {std::unique_ptr<FakeKernel>(new FakeKernel(*this, plan)), program->second};
  }
  running_.push_back(pid);
  if (on_spawn_) on_spawn_(plan);
  return child;
}

// What a child meets before its program begins: prlimit(2), execve(2). Nobody in a user namespace
// raises a hard limit.
std::optional<FakeKernel::ChildFailure> FakeKernel::failure_in_child(const SpawnPlan& plan) const {
  for (const ResourceLimit& limit : plan.limits) {
    if (limit.soft > limit.hard) return ChildFailure("prlimit64", EINVAL);
    const auto own = limits_.find(limit.resource);
    if (own != limits_.end() && limit.hard > own->second.hard) {
      return ChildFailure("prlimit64", EPERM);
    }
  }
  if (plan.copy) return std::nullopt;
  const int error = why_not_executable(plan.path, kMostInterpreters);
  if (error == 0) return std::nullopt;
  return ChildFailure(plan.read_only_image && error != EACCES ? "open_tree" : "execve", error);
}

// 0, or the errno of its exec. A script needs its interpreter, which may be a script.
int FakeKernel::why_not_executable(const std::string& path, int interpreters_left) const {
  if (view_.credentials.unlimited) return 0;
  try {
    const FakePlace place = world_->mounts.walk(view_, view_.directory, path, {});
    const FakeFile& file = place.node->file;
    const bool is_program = S_ISREG(file.mode()) && (file.mode() & 0111) != 0;
    const bool may = view_.credentials.may(file, 1);
    if (!is_program || !may || world_->mounts.has_attribute(place, MountAttr::kNoExec)) {
      return EACCES;
    }
    const std::string interpreter = interpreter_of(place.node);
    if (interpreter.empty()) return 0;
    return interpreters_left == 0 ? ELOOP : why_not_executable(interpreter, interpreters_left - 1);
  } catch (const Errno& e) {
    return e.value;
  }
}

// Each to its end: what run_as() was given for it, and then all that it had open is closed.
bool FakeKernel::run_children() {
  bool ran = false;
  for (auto& [pid, child] : children_) {
    if (!child.program) continue;
    ran = true;
    const auto program = std::exchange(child.program, nullptr);
    int status = 0;
    try {
      status = program(*child.process);
    } catch (const ProcessExit& exit) {
      status = exit.status;
    }
    child.process->end();
    end_child(pid, status << 8);
  }
  return ran;
}

void FakeKernel::end() {
  threads_.clear();
  events_.clear();
  while (!open_->empty()) close(open_->begin()->first);
}

std::optional<seccomp_notif> FakeKernel::receive_notification(Fd listener) {
  return step("ioctl SECCOMP_IOCTL_NOTIF_RECV", "", [&]() -> std::optional<seccomp_notif> {
    get(listener);
    if (notifications_.empty()) return std::nullopt;
    const seccomp_notif notification = notifications_.front();
    notifications_.pop_front();
    return notification;
  });
}

bool FakeKernel::answer_notification(Fd listener, uint64_t id, int error) {
  return step("ioctl SECCOMP_IOCTL_NOTIF_SEND", fmt::format(" {} {}", id, errno_name(error)), [&] {
    get(listener);
    return true;
  });
}

size_t FakeKernel::read_memory(pid_t pid, uint64_t address, std::span<std::byte> buffer) {
  return step(fmt::format("process_vm_readv {}", pid), "", [&] {
    const auto found = memory_.find({pid, address});
    if (found == memory_.end()) throw Errno{EFAULT};
    const size_t size = std::min(buffer.size(), found->second.size());
    std::ranges::copy(std::as_bytes(std::span(found->second)).first(size), buffer.begin());
    return size;
  });
}

std::optional<Reaped> FakeKernel::wait4(WaitFor what) {
  return step("wait4", what == WaitFor::kEndOrStop ? " WUNTRACED" : "",
              [&]() -> std::optional<Reaped> {
                if (ended_.empty() && running_.empty()) return std::nullopt;
                if (ended_.empty()) end_child(running_.front(), 0);
                const Reaped reaped = ended_.front();
                ended_.pop_front();
                std::erase(running_, reaped.pid);
                return reaped;
              });
}

std::optional<Reaped> FakeKernel::waitid(Fd pidfd, rusage* usage) {
  if (usage != nullptr) *usage = {};
  return step("waitid " + std::string(pidfd.label), "", [&]() -> std::optional<Reaped> {
    const pid_t pid = get(pidfd).child;
    if (std::ranges::find(ended_, pid, &Reaped::pid) == ended_.end()) run_children();
    auto end = std::ranges::find(ended_, pid, &Reaped::pid);
    if (end == ended_.end() && std::ranges::find(running_, pid) == running_.end()) {
      return std::nullopt;
    }
    const Reaped reaped = end == ended_.end() ? Reaped{pid, 0} : *end;
    if (end != ended_.end()) ended_.erase(end);
    std::erase(running_, pid);
    return reaped;
  });
}

UniqueFd FakeKernel::pidfd_open(pid_t pid) {
  return step(fmt::format("pidfd_open {}", pid), "", [&] {
    return own(
        {.label = fmt::format("process {}", pid), .in = std::make_shared<Channel>(), .child = pid});
  });
}

void FakeKernel::pidfd_send_signal(Fd pidfd, int signo) {
  step("pidfd_send_signal " + signal_name(signo), " -> " + std::string(pidfd.label),
       [&] { get(pidfd); });
}

void FakeKernel::kill(pid_t pid, int signo) {
  step(fmt::format("kill {} {}", pid, signal_name(signo)), "", [] {});
}

void FakeKernel::start_thread(std::function<void()> run) {
  step("clone (thread)", "", [&] { threads_.push_back(std::move(run)); });
}

void FakeKernel::run_threads() {
  const auto ready = std::exchange(threads_, {});
  for (const auto& run : ready) run();
}

void FakeKernel::exit(int status) { throw ProcessExit{status}; }

}  // namespace kekkai::testing
