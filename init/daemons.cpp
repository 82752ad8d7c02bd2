#include <kekkai/init/daemons.h>
#include <kekkai/init/program.h>

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <span>

namespace kekkai {
namespace {

// As the failure of an op: 126 and 127 are about the program.
[[noreturn]] void fail(const Failure& why) {
  throw SetupFailure({.phase = Phase::kLate, .reason = why.message(), .hint = why.hint});
}

std::string find_daemon(Dispatcher& k, const std::string& name,
                        const std::vector<std::string>& env) {
  try {
    return find_program(k, name, env);
  } catch (const SetupFailure& e) {
    fail(e.failure);
  }
}

}  // namespace

pid_t Daemons::start(const std::vector<std::string>& command) {
  // What is told from here on of the pid that it gets is told of it, and not of an orphan.
  wait(std::chrono::milliseconds(0));
  const std::string path = find_daemon(k_, command.front(), means_.params.env);
  // In a file system that is not ours /dev/null may be anything.
  const UniqueFd input = k_.pipe2("input of a daemon").first;
  UniqueFd terminal;
  if (means_.params.terminal == Terminal::kOwn) {
    terminal = open_own_terminal(k_, means_.pty);
    // It leads a session: if it could open the terminal by name, it would take it from the program.
    k_.lock_pty(means_.pty);
  }
  Spawned daemon = k_.spawn(plan(command, path, input, terminal));
  means_.gate.child_started(false);
  if (!daemon.failed_call.empty()) {
    fail(explain_exec_failure(k_, path, daemon.failed_call, daemon.error));
  }
  const pid_t pid = daemon.pid;
  ended_.erase(pid);
  running_.push_back(std::move(daemon));
  return pid;
}

SpawnPlan Daemons::plan(const std::vector<std::string>& command, std::string path, Fd input,
                        Fd terminal) const {
  SpawnPlan plan;
  plan.path = std::move(path);
  plan.argv = command;
  plan.env = means_.params.env;
  plan.fds = {{input.number, 0}};
  for (const int fd : {1, 2}) plan.fds.push_back({terminal.number < 0 ? fd : terminal.number, fd});
  plan.new_session = true;
  plan.dies_with_parent = dies_with_init(means_.params);
  plan.no_capabilities = true;
  plan.limits = means_.params.limits;
  if (means_.callers_limit) plan.limits.insert(plan.limits.begin(), *means_.callers_limit);
  plan.filters = means_.params.filters;
  return plan;
}

void Daemons::wait(std::chrono::milliseconds time) {
  std::array<PollFd, 4> fds{{{.fd = means_.reaped.number()},
                             {.fd = means_.streams.lifeline.number()},
                             {.fd = means_.streams.launcher.number()},
                             {.fd = means_.streams.companion.number()}}};
  k_.poll(fds, time);
  for (const PollFd& tie : std::span(fds).subspan<1>()) {
    if (tie.readable || tie.hung_up) k_.exit(kExitSetupFailed);
  }
  if (!fds[0].readable) return;
  for (const Reaped& reaped : read_reaped(k_, means_.reaped)) note(reaped);
}

void Daemons::note(const Reaped& reaped) {
  if (WIFSTOPPED(reaped.status)) return;
  const auto daemon = std::ranges::find(running_, reaped.pid, &Spawned::pid);
  if (daemon == running_.end()) return;
  ended_[reaped.pid] = reaped.status;
  running_.erase(daemon);
}

std::optional<int> Daemons::end_of(pid_t pid) const {
  const auto end = ended_.find(pid);
  return end == ended_.end() ? std::nullopt : std::optional(end->second);
}

}  // namespace kekkai
