// What a container will be: found out by starting it on a fake kernel whose host is a mirror of
// this one, with the very launcher, init and ops of a run.
#pragma once

#include "run_options.h"

#include <kekkai/init/failure.h>
#include <kekkai/init/params.h>
#include <kekkai/syscall/flags.h>

#include <optional>
#include <string>
#include <vector>

namespace kekkai::cli {

struct PlannedOp {
  std::string text;    ///< "bind /srv/data on /data"
  std::string origin;  ///< "--ro /srv/data:/data", or "default".
};

/// A call of launcher or init, as strace would write it.
struct PlannedCall {
  std::string step;          ///< "launch", "identity", or "apply op 3 (bind /srv/data on /data)".
  std::optional<size_t> op;  ///< Which op makes it.
  std::string call;
};

struct PlannedMount {
  std::string path;
  std::string type;       ///< Of the file system: "tmpfs".
  std::string host_path;  ///< What of the host it shows; empty for one of the container's own.
  std::string root;       ///< What of a file system of its own it shows.
  mode_t mode = 0;        ///< Type and permissions of what is there.
  MountAttr attributes = MountAttr::kNone;
  bool slave = false;      ///< Later mounts of the host appear in it.
  bool is_hidden = false;  ///< The program cannot get at it: another one is on top of it.
  /// The host has it at the same place of what it is mounted on, and it is restricted like that.
  bool came_along = false;
};

/// A file that the container has of its own, or a mount.
struct PlannedFile {
  std::string path;
  mode_t mode = 0;
  std::string target;           ///< Of a link.
  std::optional<size_t> mount;  ///< Which of Plan::mounts is there.
};

struct Plan {
  Params params;
  std::vector<PlannedOp> ops;
  std::vector<PlannedCall> calls;
  std::vector<PlannedMount> mounts;
  std::vector<PlannedFile> tree;     ///< In order; what host binds hold is left out.
  std::vector<std::string> sockets;  ///< Of the host, where a program asks for the whole session.
  std::string program;               ///< Path of the program in the container.
  std::string directory;             ///< Where it starts.
  std::optional<Failure> failure;    ///< Why it would not start; then only `ops` is complete.
};

enum class WithCalls { kNo, kYes };

/// Finds out. Without a command everything up to it is tried. Throws what a run throws before its
/// start.
Plan make_plan(Dispatcher& k, RunOptions options, const Caller& caller, WithCalls calls);

}  // namespace kekkai::cli
