// What init is told: the whole of a container, and who asks for it.
#pragma once

#include <kekkai/ops/ops.h>
#include <kekkai/ops/terminal.h>
#include <kekkai/syscall/spawn.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai {

/// In place of a user or group id: the caller's own.
inline constexpr uint32_t kCallersId = UINT32_MAX;

/// A container and the program in it.
struct Params {
  Ops ops;  ///< How its tree is made, in this order.

  /// The program and its arguments. A first word without "/" is looked up in the PATH of `env`.
  std::vector<std::string> command;
  /// The environment: "NAME=value", exactly as the program gets it.
  std::vector<std::string> env;
  /// Where the program starts: the first of these that exists in the container.
  std::vector<ContainerPath> working_directories{"/"};

  uint32_t uid = kCallersId;  ///< User id inside; outside it remains the caller's.
  uint32_t gid = kCallersId;  ///< Group id inside; likewise.
  std::string hostname;       ///< Empty leaves the host's name.
  bool share_network = false;
  Terminal terminal = Terminal::kNone;  ///< `kOwn` needs the op `dev`.
  winsize window_size{};                ///< Of the program's own terminal, at first.

  /// File mode creation mask of the program; nullopt is the caller's.
  std::optional<uint32_t> umask;
  /// Resource limits of the program; all others are the caller's.
  std::vector<ResourceLimit> limits;
  /// Filters for the program (seccomp(2)), loaded in order just before it is executed.
  std::vector<FilterProgram> filters;
  /// In place of the first of `filters` for the initial process, where it is not empty: one that
  /// asks (SECCOMP_RET_USER_NOTIF). The launcher gets the listener, and has to answer.
  FilterProgram asking_filter;
  /// Capabilities that the program keeps within its user namespace, one bit each (capabilities(7)).
  uint64_t keep_capabilities = 0;
  /// Descriptor numbers at which the program finds the extra files that the launcher passes.
  std::vector<int> extra_files;

  /// How long processes that outlive the initial one may go on before they are killed.
  std::chrono::milliseconds adopt_wait_delay{1000};
  /// How long after a cancel the container is killed, and daemons when the program has ended.
  std::chrono::milliseconds kill_delay{5000};
  bool cancel_with_interrupt = false;  ///< A cancel sends SIGINT instead of SIGTERM.
  mode_t parent_mode = 0755;           ///< Mode of directories that are made on the way to a path.
  bool verbose = false;                ///< Report each phase and op as it happens.
};

/// What the launcher adds of itself.
struct SetupRequest {
  Params params;
  uint32_t host_uid = 0;
  uint32_t host_gid = 0;
  /// The launcher's namespaces that the container must not be in: "pid:[4026531836]", as the links
  /// in /proc/PID/ns read (namespaces(7)).
  std::vector<std::string> host_namespaces;
  /// The launcher is in the foreground of the terminal that is kept: the program takes its place.
  bool in_foreground = false;
};

/// The request as the payload of the setup stream.
std::string encode(SetupRequest request);
/// Throws StreamError for whatever encode() did not make.
SetupRequest decode_setup_request(std::string_view payload);

}  // namespace kekkai
