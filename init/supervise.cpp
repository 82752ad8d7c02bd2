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
        machine_({.initial_process = what.initial_process.pid,
                  .adopt_wait_delay = params.adopt_wait_delay,
                  .kill_delay = params.kill_delay,
                  .cancel_signal = params.cancel_with_interrupt ? SIGINT : SIGTERM,
                  .daemons = pids_of(what.daemons)}) {}

  int run() {
    while (!finished_) {
      std::array<PollFd, 4> fds{{{.fd = what_.reaped.number()},
                                 {.fd = what_.signals.number()},
                                 {.fd = streams_.lifeline.number()},
                                 {.fd = streams_.launcher.number()}}};
      k_.poll(fds, time_to_next_timer());
      if (fds[0].readable) hear_of_children();
      if (fds[1].readable) read_signal();
      if (fds[2].readable || fds[2].hung_up) read_command();
      if (fds[3].readable) k_.exit(kExitWithoutLauncher);
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

  void carry_out(const ForwardSignal& action) {
    try {
      if (action.to_group) {
        k_.kill(-what_.initial_process.pid, action.signo);
      } else {
        k_.pidfd_send_signal(what_.initial_process.pidfd, action.signo);
      }
    } catch (const SyscallError& e) {
      if (e.error() != ESRCH) throw;  // it has just ended
    }
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
    try {
      k_.kill(-1, action.signo);
    } catch (const SyscallError& e) {
      if (e.error() != ESRCH) throw;
    }
  }
  void carry_out(const StartTimer& action) { timers_[action.timer] = k_.now() + action.delay; }
  void carry_out(const ReportStop& /*action*/) { send_status(k_, streams_.status, Stopped{}); }
  void carry_out(const ReportEnd& action) { send_status(k_, streams_.status, action.status); }
  void carry_out(const Finish& action) {
    if (!finished_) finished_ = action.exit_code;
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
    if (k_.read(streams_.lifeline, command) == 0) k_.exit(kExitWithoutLauncher);
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
