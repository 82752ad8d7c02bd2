// What init does while the program runs, as a pure state machine: no calls, no clock, no threads.
#pragma once

#include <kekkai/init/status.h>

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <variant>
#include <vector>

namespace kekkai {

enum class Timer : uint8_t { kKill, kAdopt };

struct ChildEnded {
  pid_t pid;
  int wait_status;
};
struct ChildStopped {
  pid_t pid;
};
struct NoChildrenLeft {};
struct SignalArrived {
  int signo;
};
struct CancelAsked {};
struct PauseAsked {};
struct ResumeAsked {};
struct TimerExpired {
  Timer timer;
};
using Event = std::variant<ChildEnded, ChildStopped, NoChildrenLeft, SignalArrived, CancelAsked,
                           PauseAsked, ResumeAsked, TimerExpired>;

/// Sends a signal to the initial process, or to its process group.
struct ForwardSignal {
  int signo;
  bool to_group = false;
  bool operator==(const ForwardSignal&) const = default;
};
/// Sends a signal to one daemon.
struct SignalDaemon {
  pid_t pid;
  int signo;
  bool operator==(const SignalDaemon&) const = default;
};
/// Sends a signal to every process of the container but init.
struct SignalAll {
  int signo;
  bool operator==(const SignalAll&) const = default;
};
struct StartTimer {
  Timer timer;
  std::chrono::milliseconds delay;
  bool operator==(const StartTimer&) const = default;
};
/// Tells the launcher that the initial process has been stopped.
struct ReportStop {
  bool operator==(const ReportStop&) const = default;
};
/// Tells the launcher how the initial process ended.
struct ReportEnd {
  ExitStatus status;
  bool operator==(const ReportEnd&) const = default;
};
/// Ends init, and with it everything in its pid namespace.
struct Finish {
  int exit_code;
  bool operator==(const Finish&) const = default;
};
using Action =
    std::variant<ForwardSignal, SignalDaemon, SignalAll, StartTimer, ReportStop, ReportEnd, Finish>;

class Supervisor {
 public:
  struct Settings {
    pid_t initial_process;
    /// How long what outlives the initial process may go on; nothing: for ever.
    std::optional<std::chrono::milliseconds> adopt_wait_delay;
    std::chrono::milliseconds kill_delay;
    int cancel_signal;
    std::vector<pid_t> daemons{};  ///< Those that were started before the initial process.
  };
  explicit Supervisor(Settings settings)
      : settings_(std::move(settings)), daemons_(settings_.daemons) {}

  /// What to do about an event, in this order.
  std::vector<Action> on(const Event& event);

 private:
  std::vector<Action> handle(const ChildEnded& ended);
  std::vector<Action> handle(const ChildStopped& stopped) const;
  std::vector<Action> handle(const NoChildrenLeft&) const;
  std::vector<Action> handle(const SignalArrived& signal) const;
  std::vector<Action> handle(const CancelAsked&);
  std::vector<Action> handle(const PauseAsked&);
  std::vector<Action> handle(const ResumeAsked&);
  std::vector<Action> handle(const TimerExpired& expired);
  std::vector<Action> end_daemons();
  std::vector<Action> kill_daemons();
  std::vector<Action> finish_if_over() const;

  Settings settings_;
  std::vector<pid_t> daemons_;  // that have not been reaped
  bool running_ = true;
  bool cancelled_ = false;
  bool paused_ = false;
  bool lingered_ = false;  // long enough
  ExitStatus end_{};
};

}  // namespace kekkai
