// The thread that waits for children: ours, and the orphans that pid 1 inherits.
#pragma once

#include <kekkai/syscall/dispatcher.h>

#include <condition_variable>
#include <mutex>
#include <vector>

namespace kekkai {

/// Tells the reaper that there are children to wait for. Without any, wait4(2) says ECHILD: before
/// the initial process that is no reason to stop.
class ChildGate {
 public:
  /// A child has been started; `initial` says that no more will come.
  void child_started(bool initial);

  struct Seen {
    unsigned started = 0;
    bool initial = false;
  };
  Seen seen() const;
  /// Waits until more children have been started than in `before`.
  void wait_beyond(Seen before);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Seen now_;
};

/// Waits for children until there are none after the initial process. Writes each Reaped to
/// `events`, and one with pid -1 at the end; a pipe keeps the exit of a child that the spawner does
/// not know yet.
void run_reaper(Dispatcher& k, ChildGate& gate, Fd events, WaitFor what);

/// Some of what run_reaper has written, in its order: waits until there is anything.
std::vector<Reaped> read_reaped(Dispatcher& k, Fd events);

}  // namespace kekkai
