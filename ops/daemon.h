#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

#include <chrono>
#include <string>
#include <vector>

namespace kekkai::ops {

/// Starts a program that serves the container's own, and waits until it is ready: until `ready`
/// exists. The daemons of a list start one after the other, each when the one before is ready.
///
/// It is confined as the program is: container, environment, limits, umask and filters are the
/// same, and it never has a capability, also where the program keeps some. It leads a session of
/// its own without a terminal, and starts in the root. Its input is empty (a pipe that nobody
/// writes to); output and errors go where the program's go; it has no other descriptor.
///
/// Its end while the program runs concerns nobody. When the program has ended it gets SIGTERM, and
/// SIGKILL after Params::kill_delay; its own exit status does not count. One that puts itself into
/// the background (exits with 0 before it is ready) is waited for all the same; what it leaves
/// behind is then ended like whatever else lingers, after Params::adopt_wait_delay.
struct Daemon {
  static constexpr std::chrono::hours kLongestTimeout{24};

  std::vector<std::string> command;  ///< A first word without "/" is looked up in the PATH.
  /// What it makes when it is ready: a socket, say. Looked up inside the container only. It must
  /// not exist before, for it would tell nothing.
  ContainerPath ready;
  std::chrono::milliseconds timeout{5000};  ///< How long that may take; at most a day.

  void check() const;
  void late(SetupState& state, Dispatcher& k) const;
  std::string describe() const { return "daemon " + (command.empty() ? "" : command.front()); }
  bool operator==(const Daemon&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(command, ready, timeout);
  }
};

}  // namespace kekkai::ops
