#pragma once

#include <kekkai/launcher/container.h>

#include <chrono>
#include <functional>
#include <optional>

namespace kekkai::cli {

struct SessionSettings {
  ContainerSettings container;
  std::optional<std::chrono::milliseconds> timeout;
  /// Called when the program runs, with init's process id.
  std::function<void(pid_t)> on_started;
};

struct SessionEnd {
  ExitStatus status;
  rusage usage{};
  bool timed_out = false;
};

/// Starts a container and waits for its end, while signals go through to its program. Throws
/// StartError, InitLost.
SessionEnd run_session(Dispatcher& k, SessionSettings settings);

}  // namespace kekkai::cli
