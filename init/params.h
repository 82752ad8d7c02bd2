// What init is told: the whole of a container, and who asks for it.
#pragma once

#include <kekkai/ops/ops.h>
#include <kekkai/ops/terminal.h>
#include <kekkai/syscall/flags.h>
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
  /// What the program is told to be, in place of its first word.
  std::optional<std::string> argv0;
  /// The environment: "NAME=value", exactly as the program gets it.
  std::vector<std::string> env;
  /// Where the program starts: the first of these that exists in the container.
  std::vector<ContainerPath> working_directories{"/"};
  /// The variable PWD, which is not in `env` then, names the one where it starts.
  bool names_directory = false;

  uint32_t uid = kCallersId;  ///< User id inside; outside it remains the caller's.
  uint32_t gid = kCallersId;  ///< Group id inside; likewise.
  std::string hostname;       ///< Empty leaves the host's name.

  /// The container's own namespaces; all others it shares with the caller (namespaces(7)). A mount
  /// namespace there always is. Without a new user namespace, and without a joined one, the caller
  /// needs CAP_SYS_ADMIN, and ids are the host's. Without a new pid namespace init is a subreaper
  /// (prctl(2)) among the caller's processes: what outlives the program is nobody's then.
  Namespace namespaces = kAllNamespaces;
  /// Namespaces that are joined: descriptors of the launcher's process that lead to files of
  /// /proc/PID/ns, in place of new ones of that kind; a new pid namespace may be made below one
  /// that is joined. Those that are new belong to the user namespace that is joined.
  std::optional<int> user_namespace;
  std::optional<int> pid_namespace;
  /// A user namespace below the container's own, which the program is put into at the end.
  std::optional<int> second_user_namespace;
  /// Somebody else maps the ids of the new user namespace, as newuidmap(1) does: init waits until
  /// there is something to read from this descriptor of the launcher's, or its end.
  std::optional<int> id_map_gate;
  /// Nobody in the container can make user namespaces (user.max_user_namespaces, namespaces(7)).
  /// The program is then in one below that which its mounts belong to.
  bool disable_user_namespaces = false;
  /// The container does not start where the program could make a user namespace.
  bool assert_no_user_namespaces = false;

  /// The program, and what it leaves behind, go on when the launcher has ended, and the container
  /// ends when its last process does. Else all of it ends with the launcher.
  bool outlives_launcher = false;
  /// A pidfd of the launcher's process: the container ends, too, when the process behind it does.
  std::optional<int> companion;
  /// The program takes init's place as pid 1. Nobody else reaps its orphans then, it gets no signal
  /// that it does not handle, and a cancel kills it at once (pid_namespaces(7)).
  bool program_is_init = false;
  /// What is made in the container may be made on the host: mount points, directories, links and
  /// files below writable binds. They stay there.
  bool may_change_host = false;
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
  /// They are kept only where the program's user id is 0 in the container's user namespace, which
  /// nobody can know before it was joined, or its ids were mapped.
  bool only_root_keeps_capabilities = false;
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

/// Throws Refusal for fields that do not go together.
void check(const Params& params);

/// Descriptors of the launcher's process that init needs, each once, in ascending order: those of
/// the ops, and some of the params.
std::vector<int> descriptors_for_init(const Params& params);

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
