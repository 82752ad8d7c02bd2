// The life of one container on the command line: signals, timeout, terminal.
#pragma once

#include <kekkai/launcher/container.h>
#include <kekkai/launcher/denied_calls.h>

#include <chrono>
#include <functional>
#include <optional>
#include <set>

namespace kekkai::cli {

/// Is told of a start, in this order: that it begins, and how it ended.
class StartListener {
 public:
  StartListener() = default;
  StartListener(const StartListener&) = delete;
  StartListener& operator=(const StartListener&) = delete;
  virtual ~StartListener() = default;
  /// May ask to be told more.
  virtual void begin(ContainerSettings& container) = 0;
  virtual void failed(const Failure& failure, const std::string& cause) = 0;
  virtual void ended(const ExitStatus& status) = 0;
};

struct SessionEnd {
  ExitStatus status;
  rusage usage{};
  bool timed_out = false;
  std::set<int> forwarded;  ///< The signals that came to us and went on to the program.
};

struct SessionSettings {
  ContainerSettings container;
  std::optional<std::chrono::milliseconds> timeout;
  /// Where `container.params` has an asking filter: the policy that it was made of, and what is
  /// told of each call that is refused.
  std::optional<seccomp::Policy> policy;
  std::function<void(const DeniedCall&)> on_denied;
  StartListener* listener = nullptr;  ///< Or nobody.
  /// Called when init has been made, with its process id; what it throws ends the container.
  std::function<void(pid_t init)> on_launched;
  /// Called when the program runs, with the process ids of init and of the program, as we see them;
  /// 0 where the latter is not known. Nobody looks for it where nobody wants to know.
  std::function<void(pid_t init, pid_t program)> on_started;
  /// Called when all is over, before anything of the session is taken apart: whoever ends this
  /// process there saves that.
  std::function<void(const SessionEnd&)> on_ended;
};

/// A start that a signal to this process has ended.
class Interrupted : public StartError {
 public:
  Interrupted(Failure why, int signal) : StartError(std::move(why)), signo(signal) {}
  int signo;
};

/// Starts a container and waits for its end, while signals go through to its program. Throws
/// StartError, Interrupted, InitLost, std::invalid_argument.
SessionEnd run_session(Dispatcher& k, SessionSettings settings);

}  // namespace kekkai::cli
