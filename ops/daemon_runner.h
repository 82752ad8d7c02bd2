#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace kekkai {

/// What init does for ops that start processes before the program. Only in the late phase, and in
/// one thread; at the end init asks these processes to end.
class DaemonRunner {
 public:
  virtual ~DaemonRunner() = default;
  /// Starts a program, confined as ops::Daemon says, and returns when it runs. Throws where it
  /// cannot be executed.
  virtual pid_t start(const std::vector<std::string>& command) = 0;
  /// Waits until some process of the container has ended, or until the time has passed. Does not
  /// return where nobody wants the container any more.
  virtual void wait(std::chrono::milliseconds time) = 0;
  /// The wait status (wait4(2)) of what start() started; nullopt where no wait() has told of its
  /// end yet.
  virtual std::optional<int> end_of(pid_t pid) const = 0;

 protected:
  DaemonRunner() = default;
  DaemonRunner(const DaemonRunner&) = default;
  DaemonRunner& operator=(const DaemonRunner&) = default;
};

}  // namespace kekkai
