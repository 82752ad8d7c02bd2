// The command line of bubblewrap: what it says, before anything is made of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace kekkai::cli {

/// --bind and its kin: a file or directory of the host.
struct BwrapBind {
  enum class Access : uint8_t { kReadOnly, kWritable, kDevices };
  std::string source;             ///< As it was written; may be relative.
  std::optional<int> descriptor;  ///< In place of `source`: --bind-fd.
  std::string target;
  Access access = Access::kReadOnly;
  bool optional = false;  ///< A source that does not exist is no error: --bind-try.
  bool operator==(const BwrapBind&) const = default;
};

/// --overlay and its kin.
struct BwrapOverlay {
  std::vector<std::string> sources;  ///< In the order of the command line: the last is on top.
  std::string upper, work;           ///< Of --overlay; else empty.
  bool ephemeral = false;            ///< --tmp-overlay.
  std::string target;
  bool operator==(const BwrapOverlay&) const = default;
};

struct BwrapTmpfs {
  std::string target;
  uint32_t mode = 0755;
  uint64_t size = 0;  ///< Bytes; 0 is the kernel's default.
  bool operator==(const BwrapTmpfs&) const = default;
};

/// A file system that has no options: --proc, --dev, --mqueue.
struct BwrapMount {
  enum class Kind : uint8_t { kProc, kDev, kMqueue };
  Kind kind = Kind::kProc;
  std::string target;
  bool operator==(const BwrapMount&) const = default;
};

struct BwrapDirectory {
  std::string target;
  uint32_t mode = 0755;
  bool operator==(const BwrapDirectory&) const = default;
};

/// What can be read from a descriptor, as a file: --file, --bind-data, --ro-bind-data.
struct BwrapFile {
  enum class Kind : uint8_t { kPlain, kBound, kBoundReadOnly };
  Kind kind = Kind::kPlain;
  int descriptor = -1;
  std::string target;
  uint32_t mode = 0666;
  bool operator==(const BwrapFile&) const = default;
};

struct BwrapSymlink {
  std::string content;
  std::string target;  ///< Where it appears.
  bool operator==(const BwrapSymlink&) const = default;
};

struct BwrapRemount {
  std::string target;
  bool operator==(const BwrapRemount&) const = default;
};

struct BwrapChmod {
  std::string target;
  uint32_t mode = 0;
  bool operator==(const BwrapChmod&) const = default;
};

/// One step of building the container's tree.
using BwrapStep = std::variant<BwrapBind, BwrapOverlay, BwrapTmpfs, BwrapMount, BwrapDirectory,
                               BwrapFile, BwrapSymlink, BwrapRemount, BwrapChmod>;

/// A change of the environment: --clearenv, --setenv, --unsetenv.
struct BwrapVariable {
  std::string name;                  ///< Empty: all of them.
  std::optional<std::string> value;  ///< nullopt takes it away.
  bool operator==(const BwrapVariable&) const = default;
};

/// A change of the capabilities that are kept: --cap-add, --cap-drop.
struct BwrapCapabilities {
  bool keep = false;
  uint64_t which = 0;  ///< One bit each (capabilities(7)); all bits for ALL.
  bool operator==(const BwrapCapabilities&) const = default;
};

struct BwrapOptions {
  std::vector<BwrapStep> steps;                 ///< In order.
  std::vector<std::string> step_options;        ///< For each step what was written: "--dir /srv".
  std::vector<BwrapVariable> environment;       ///< In order.
  std::vector<BwrapCapabilities> capabilities;  ///< In order.

  bool unshare_user = false, unshare_user_try = false;
  bool unshare_ipc = false, unshare_pid = false, unshare_net = false, unshare_uts = false;
  bool unshare_cgroup = false, unshare_cgroup_try = false;
  std::optional<int> userns, userns2, pidns;  ///< Descriptors of namespaces to join.
  bool disable_userns = false, assert_userns_disabled = false;
  std::optional<uint32_t> uid, gid;
  std::optional<std::string> hostname;

  std::optional<std::string> argv0, chdir, exec_label, file_label;
  std::vector<std::string> lock_files;
  std::optional<int> sync_fd, block_fd, userns_block_fd, info_fd, json_status_fd;
  std::optional<int> seccomp;    ///< --seccomp.
  std::vector<int> seccomp_fds;  ///< --add-seccomp-fd, in order.
  std::vector<int> args_fds;     ///< --args: they have been read.
  bool new_session = false, die_with_parent = false, as_pid_1 = false;
  bool not_a_security_boundary = false;  ///< Changes nothing: no failure is ever passed over.

  bool level_prefix = false;          ///< Messages begin with their level: "<3>".
  std::vector<std::string> warnings;  ///< What people are told, although the program starts.
  bool help = false, version = false;
  std::vector<std::string> command;  ///< COMMAND and its arguments.
};

}  // namespace kekkai::cli
