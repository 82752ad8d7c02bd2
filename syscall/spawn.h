// How a process is started: everything its child side does between clone and exec.
#pragma once

#include <kekkai/syscall/flags.h>
#include <kekkai/syscall/unique_fd.h>

#include <linux/filter.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace kekkai {

/// A classic BPF program for seccomp(2).
using FilterProgram = std::vector<sock_filter>;

/// `source` of the caller becomes `target` of the new process.
struct FdPlacement {
  int source = -1;
  int target = -1;
  bool operator==(const FdPlacement&) const = default;
};

/// A resource limit (getrlimit(2)): RLIMIT_NOFILE and others; RLIM_INFINITY is no limit.
struct ResourceLimit {
  int resource = -1;
  uint64_t soft = 0;
  uint64_t hard = 0;
  bool operator==(const ResourceLimit&) const = default;
};

/// A namespace to enter, by a descriptor of ours (setns(2)).
struct NamespaceJoin {
  int descriptor = -1;
  Namespace type = Namespace::kNone;
  bool operator==(const NamespaceJoin&) const = default;
};

/// Why a program was not executed in place of this process; `call` is empty where nothing failed.
struct FailedExec {
  std::string call;
  int error = 0;
  int report = -1;  ///< The number that SpawnPlan::report has now.
};

struct SpawnPlan {
  std::string path;               ///< Program; no PATH search.
  std::vector<std::string> argv;  ///< argv[0] included.
  std::vector<std::string> env;   ///< "NAME=value"; nothing is inherited.
  std::vector<FdPlacement> fds;   ///< The new process has these descriptors and no others.

  Namespace namespaces = Namespace::kNone;  ///< New namespaces for the new process.
  /// Namespaces that it is put into before the new ones are made, which belong to them then. Needs
  /// a capability over each: a user namespace comes first.
  std::vector<NamespaceJoin> joins;
  /// Capabilities to keep across the exec, although the user id is not mapped yet, as far as there
  /// are any: one bit each, made inheritable and ambient (capabilities(7)).
  uint64_t ambient_capabilities = 0;
  /// Is killed when the thread that starts it ends (PR_SET_PDEATHSIG).
  bool dies_with_parent = false;
  bool no_capabilities = false;  ///< Give up every capability before the exec, also ambient ones.
  /// Execute from a read-only clone of the file's mount, so that no process that gets hold of
  /// /proc/PID/exe can ever write to the file. Needs a new mount namespace. The new process has the
  /// clone open, too, after the last target of `fds`: whoever closes it waits until the kernel has
  /// taken the mount apart (RCU), which would be the exec otherwise. A `copy` moves to the clone of
  /// `path`, which is our own program then, if Dispatcher::can_replace_image().
  bool read_only_image = false;
  bool new_session = false;        ///< setsid(2).
  bool new_process_group = false;  ///< setpgid(2): one of its own in the caller's session.
  /// A terminal of ours that becomes the controlling terminal of the new session (TIOCSCTTY).
  int controlling_terminal = -1;
  /// A terminal of ours that gets the new process group as its foreground group (TIOCSPGRP).
  int foreground_terminal = -1;
  bool ignore_hangup = false;  ///< SIGHUP stays ignored (nohup); all else is SIG_DFL.
  /// From the moment that it executes its program, Dispatcher::exit_on_signal() no longer ends this
  /// process; where it does so before, the new process ends with it. For one at a time, without
  /// `joins`.
  bool ends_exit_on_signal = false;
  std::vector<ResourceLimit> limits;   ///< Set in order; all others are inherited.
  std::vector<FilterProgram> filters;  ///< Loaded in order, last thing before the exec.
  /// A socket of ours over which the listener of the first of `filters` is sent: whoever receives
  /// it answers the calls that this filter asks about (seccomp_unotify(2)). -1: none is made.
  int listener_socket = -1;
  /// A descriptor of ours that stays open until the exec, though its number may be another then.
  int report = -1;
  /// Where this is set nothing is executed: the new process is a copy of this one, memory and all
  /// (fork(2)), whose exit status is what this returns. It is told what failed before, if anything
  /// did; spawn() does not wait for that. In a new user namespace it has
  /// `ambient_capabilities` and no others. For a process of one thread, and without `joins`.
  std::function<int(const FailedExec&)> copy;
};

struct Spawned {
  pid_t pid = -1;
  UniqueFd pidfd;
  /// Empty when the program runs; else the call that failed in the child, and its errno. The child
  /// has ended by then and is waited for like any other.
  std::string failed_call;
  int error = 0;
};

}  // namespace kekkai
