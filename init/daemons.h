// Daemons: what ops start before the initial process, and what becomes known of them until then.
#pragma once

#include <kekkai/init/params.h>
#include <kekkai/init/reaper.h>
#include <kekkai/init/streams.h>
#include <kekkai/ops/daemon_runner.h>
#include <kekkai/syscall/dispatcher.h>

#include <map>
#include <span>

namespace kekkai {

class Daemons final : public DaemonRunner {
 public:
  /// What belongs to init and outlives this object.
  struct Means {
    const Params& params;
    const Streams& streams;
    ChildGate& gate;
    const UniqueFd& reaped;  ///< Where run_reaper writes; until supervise() nobody else reads it.
    const UniqueFd& pty;     ///< Master of the program's own terminal, where it has one.
    /// Set before all others, where init has raised its own.
    std::optional<ResourceLimit> callers_limit;
  };
  Daemons(Dispatcher& k, Means means) : k_(k), means_(std::move(means)) {}

  /// Throws SetupFailure that says why it cannot be executed.
  pid_t start(const std::vector<std::string>& command) override;
  /// Ends init at once where the launcher has gone or cancelled: its signal is blocked by now.
  void wait(std::chrono::milliseconds time) override;
  std::optional<int> end_of(pid_t pid) const override;

  /// Those of whose end nothing is known, in the order of their start.
  std::span<const Spawned> running() const { return running_; }

 private:
  SpawnPlan plan(const std::vector<std::string>& command, std::string path, Fd input,
                 Fd terminal) const;
  void note(const Reaped& reaped);

  Dispatcher& k_;
  Means means_;
  std::vector<Spawned> running_;
  std::map<pid_t, int> ended_;  // of the daemons, not of orphans
};

}  // namespace kekkai
