#pragma once

#include <kekkai/init/params.h>
#include <kekkai/init/streams.h>
#include <kekkai/syscall/dispatcher.h>

#include <span>

namespace kekkai {

/// The signals that init hands on to the initial process.
UniqueFd open_forwarded_signals(Dispatcher& k);

/// The initial process, and where news of it comes from.
struct Supervised {
  const Spawned& initial_process;
  const UniqueFd& signals;             ///< open_forwarded_signals
  const UniqueFd& reaped;              ///< Where run_reaper writes.
  std::span<const Spawned> daemons{};  ///< Those that ran when the initial process started.
};

/// Feeds a Supervisor with what happens and does what it says. Returns the exit status for init; a
/// launcher that is gone ends it at once.
int supervise(Dispatcher& k, const Params& params, const Streams& streams, Supervised what);

}  // namespace kekkai
