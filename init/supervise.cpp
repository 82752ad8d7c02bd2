#include <kekkai/init/reaper.h>
#include <kekkai/init/supervise.h>
#include <kekkai/init/supervisor.h>

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <map>

namespace kekkai {
namespace {

constexpr std::array kForwarded{SIGTERM, SIGQUIT, SIGINT,   SIGHUP,
                                SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT};
constexpr int kExitWithoutLauncher = 1;
constexpr int kNothing = -1;  // that poll(2) could wait for

std::optional<std::chrono::milliseconds> adopt_wait_delay(const Params& params) {
  return params.outlives_launcher ? std::nullopt : std::optional(params.adopt_wait_delay);
}

std::vector<pid_t> pids_of(std::span<const Spawned> processes) {
  std::vector<pid_t> pids;
  for (const Spawned& process : processes) pids.push_back(process.pid);
  return pids;
}

// Thin glue: waits, reads what came, and carries out what the state machine answers.
class Loop {
 public:
  Loop(Dispatcher& k, const Params& params, const Streams& streams, Supervised what)
      : k_(k),
        streams_(streams),
        what_(what),
        has_own_pids_(has(params.namespaces, Namespace::kPid)),
        outlives_launcher_(params.outlives_launcher),
        machine_({.initial_process = what.initial_process.pid,
                  .adopt_wait_delay = adopt_wait_delay(params),
                  .kill_delay = params.kill_delay,
                  .cancel_signal = params.cancel_with_interrupt ? SIGINT : SIGTERM,
                  .daemons = pids_of(what.daemons)}) {}

  int run() {
    while (!finished_) {
      std::array<PollFd, 5> fds{{{.fd = what_.reaped.number()},
                                 {.fd = what_.signals.number()},
                                 {.fd = has_launcher_ ? streams_.lifeline.number() : kNothing},
                                 {.fd = has_launcher_ ? streams_.launcher.number() : kNothing},
                                 {.fd = streams_.companion.number()}}};
      k_.poll(fds, time_to_next_timer());
      if (fds[0].readable) hear_of_children();
      if (fds[1].readable) read_signal();
      if (fds[2].readable || fds[2].hung_up) read_command();
      if (fds[3].readable || fds[3].hung_up) lose_launcher();
      if (fds[4].readable || fds[4].hung_up) k_.exit(kExitWithoutLauncher);
      expire_timers();
    }
    return *finished_;
  }

 private:
  void feed(const Event& event) {
    for (const Action& action : machine_.on(event)) {
      std::visit([this](const auto& a) { carry_out(a); }, action);
    }
  }

  // Among the caller's processes a number that was the program's may be anybody's: only what a
  // pidfd stands for is signalled there.
  void carry_out(const ForwardSignal& action) {
    if (action.to_group && has_own_pids_) return signal(-what_.initial_process.pid, action.signo);
    signal_program(action.signo);
  }
  void carry_out(const SignalDaemon& action) {
    const auto daemon = std::ranges::find(what_.daemons, action.pid, &Spawned::pid);
    try {
      k_.pidfd_send_signal(daemon->pidfd, action.signo);
    } catch (const SyscallError& e) {
      if (e.error() != ESRCH) throw;
    }
  }
  void carry_out(const SignalAll& action) {
    if (has_own_pids_) return signal(-1, action.signo);
    signal_program(action.signo);
  }
  void carry_out(const StartTimer& action) { timers_[action.timer] = k_.now() + action.delay; }
  void carry_out(const ReportStop& /*action*/) { tell(Stopped{}); }
  void carry_out(const ReportEnd& action) { tell(action.status); }
  void carry_out(const Finish& action) {
    if (!finished_) finished_ = action.exit_code;
  }

  void signal(pid_t whom, int signo) {
    try {
      k_.kill(whom, signo);
    } catch (const SyscallError& e) {
      if (e.error() != ESRCH) throw;  // it has just ended
    }
  }

  void signal_program(int signo) {
    try {
      k_.pidfd_send_signal(what_.initial_process.pidfd, signo);
    } catch (const SyscallError& e) {
      if (e.error() != ESRCH) throw;
    }
  }

  void tell(const StatusMessage& message) {
    if (!has_launcher_) return;
    try {
      send_status(k_, streams_.status, message);
    } catch (const SyscallError& e) {
      if (e.error() != EPIPE || !outlives_launcher_) throw;
      has_launcher_ = false;
    }
  }

  void lose_launcher() {
    if (!outlives_launcher_) k_.exit(kExitWithoutLauncher);
    has_launcher_ = false;
  }

  void hear_of_children() {
    for (const Reaped& reaped : read_reaped(k_, what_.reaped)) {
      if (reaped.pid < 0) {
        feed(NoChildrenLeft{});
      } else if (WIFSTOPPED(reaped.status)) {
        feed(ChildStopped{reaped.pid});
      } else {
        feed(ChildEnded{reaped.pid, reaped.status});
      }
    }
  }

  void read_signal() { feed(SignalArrived{k_.read_signal(what_.signals)}); }

  void read_command() {
    std::array<std::byte, 1> command{};
    if (k_.read(streams_.lifeline, command) == 0) return lose_launcher();
    switch (static_cast<Command>(command[0])) {
      case Command::kCancel:
        return feed(CancelAsked{});
      case Command::kPause:
        return feed(PauseAsked{});
      case Command::kResume:
        return feed(ResumeAsked{});
      case Command::kAbort:
        return;
    }
  }

  std::optional<std::chrono::milliseconds> time_to_next_timer() {
    if (timers_.empty()) return std::nullopt;
    const auto next =
        std::ranges::min_element(timers_, {}, [](const auto& timer) { return timer.second; });
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next->second - k_.now());
    return std::max(left, std::chrono::milliseconds(0));
  }

  void expire_timers() {
    const auto now = k_.now();
    for (auto it = timers_.begin(); it != timers_.end();) {
      if (it->second > now) {
        ++it;
        continue;
      }
      const Timer timer = it->first;
      it = timers_.erase(it);
      feed(TimerExpired{timer});
    }
  }

  Dispatcher& k_;
  const Streams& streams_;
  Supervised what_;
  const bool has_own_pids_;
  const bool outlives_launcher_;
  bool has_launcher_ = true;
  Supervisor machine_;
  std::map<Timer, std::chrono::steady_clock::time_point> timers_;
  std::optional<int> finished_;
};

}  // namespace

UniqueFd open_forwarded_signals(Dispatcher& k) { return k.signalfd(kForwarded); }

int supervise(Dispatcher& k, const Params& params, const Streams& streams, Supervised what) {
  return Loop(k, params, streams, what).run();
}

}  // namespace kekkai
