#include "kernel_child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// A sanitizer's run-time has no idea of a child on borrowed memory.
#define KEKKAI_IN_CHILD \
  __attribute__((no_sanitize("address", "thread", "undefined"), no_stack_protector))

// The name of libc's clone() that no sanitizer takes the place of.
extern "C" int __clone(int (*run)(void*), void* stack, int flags, void* argument, ...);  // NOLINT

namespace kekkai {
namespace {

constexpr int kSignals = 64;
constexpr size_t kKernelSigsetBytes = 8;

// What rt_sigaction(2) takes; libc's struct differs and its wrapper refuses two signals.
struct KernelSigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  uint64_t mask;
};

struct ChildCall {
  ChildBlock& block;

  // Remembers the first failure and answers whether to go on.
  KEKKAI_IN_CHILD bool ok(const char* name, long result) {
    if (result >= 0) return true;
    block.failed_call = name;
    block.error = errno;
    return false;
  }
};

KEKKAI_IN_CHILD bool reset_signals(ChildCall c) {
  for (int signo = 1; signo <= kSignals; ++signo) {
    if (signo == SIGKILL || signo == SIGSTOP) continue;
    const bool ignore = signo == SIGHUP && c.block.plan->ignore_hangup;
    const KernelSigaction action{ignore ? SIG_IGN : SIG_DFL, 0, nullptr, 0};
    if (!c.ok("rt_sigaction",
              ::syscall(SYS_rt_sigaction, signo, &action, nullptr, kKernelSigsetBytes))) {
      return false;
    }
  }
  return true;
}

// All signals are blocked, SIGTTOU too: a process in the background may change the foreground then.
KEKKAI_IN_CHILD bool take_place_at_terminal(ChildCall c) {
  const SpawnPlan& plan = *c.block.plan;
  if (plan.new_session && !c.ok("setsid", ::syscall(SYS_setsid))) return false;
  if (plan.new_process_group && !c.ok("setpgid", ::syscall(SYS_setpgid, 0, 0))) return false;
  if (plan.controlling_terminal >= 0 &&
      !c.ok("ioctl TIOCSCTTY", ::syscall(SYS_ioctl, plan.controlling_terminal, TIOCSCTTY, 0))) {
    return false;
  }
  if (plan.foreground_terminal < 0) return true;
  const int group = static_cast<int>(::syscall(SYS_getpid));
  return c.ok("ioctl TIOCSPGRP", ::syscall(SYS_ioctl, plan.foreground_terminal, TIOCSPGRP, &group));
}

KEKKAI_IN_CHILD bool raise_ambient_capabilities(ChildCall c) {
  uint64_t raised = c.block.plan->ambient_capabilities;
  if (raised == 0) return true;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2];  // NOLINT: std::array's members are instrumented
  if (!c.ok("capget", ::syscall(SYS_capget, &header, data))) return false;
  raised &= data[0].permitted | uint64_t{data[1].permitted} << 32;
  data[0].inheritable |= static_cast<uint32_t>(raised);
  data[1].inheritable |= static_cast<uint32_t>(raised >> 32);
  if (!c.ok("capset", ::syscall(SYS_capset, &header, data))) return false;
  for (int capability = 0; capability < 64; ++capability) {
    if ((raised >> capability & 1) == 0) continue;
    if (!c.ok("prctl PR_CAP_AMBIENT_RAISE",
              ::syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0))) {
      return false;
    }
  }
  return true;
}

// What an exec in a namespace in which no id is mapped yet would leave of all the capabilities.
KEKKAI_IN_CHILD bool keep_few_capabilities(ChildCall c) {
  if ((static_cast<uint64_t>(c.block.plan->namespaces) & CLONE_NEWUSER) == 0) return true;
  const uint64_t kept = c.block.plan->ambient_capabilities;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2];  // NOLINT: std::array's members are instrumented
  for (int i = 0; i < 2; ++i) {
    const auto set = static_cast<uint32_t>(kept >> (32 * i));
    data[i] = {set, set, 0};
  }
  return c.ok("capset", ::syscall(SYS_capset, &header, data));
}

const __user_cap_data_struct no_capability[2] = {};  // NOLINT: std::array is instrumented

KEKKAI_IN_CHILD bool give_up_capabilities(ChildCall c) {
  if (!c.block.plan->no_capabilities) return true;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  return c.ok("prctl PR_CAP_AMBIENT_CLEAR_ALL",
              ::syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)) &&
         c.ok("capset", ::syscall(SYS_capset, &header, no_capability));
}

// Who has ended before cannot be waited for: another process is our parent then.
KEKKAI_IN_CHILD bool die_with_parent(ChildCall c) {
  if (!c.block.plan->dies_with_parent) return true;
  if (!c.ok("prctl PR_SET_PDEATHSIG", ::syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))) {
    return false;
  }
  if (::syscall(SYS_getppid) == c.block.parent) return true;
  errno = ESRCH;
  return c.ok("getppid", -1);
}

// Gives a descriptor a number above all that are placed, and that of the image.
KEKKAI_IN_CHILD bool stage(ChildCall c, int& descriptor) {
  if (descriptor < 0) return true;
  const long staged = ::syscall(SYS_fcntl, descriptor, F_DUPFD_CLOEXEC, c.block.first_unplaced + 1);
  if (!c.ok("fcntl F_DUPFD", staged)) return false;
  descriptor = static_cast<int>(staged);
  return true;
}

KEKKAI_IN_CHILD bool close_from(ChildCall c, unsigned first, unsigned flags) {
  return c.ok("close_range", ::syscall(SYS_close_range, first, ~0U, flags));
}

// Gives the descriptors their places. They are staged above all of them first, because a source may
// be in the place of another. Whatever is not placed is closed: by the exec, where there is one.
KEKKAI_IN_CHILD bool place_descriptors(ChildCall c) {
  const ChildBlock& b = c.block;
  for (size_t i = 0; i < b.fd_count; ++i) {
    b.staged[i] = b.fds[i].source;
    if (!stage(c, b.staged[i])) return false;
  }
  if (!stage(c, c.block.listener_socket) || !stage(c, c.block.report)) return false;
  const auto last_placed = static_cast<unsigned>(b.first_unplaced - 1);
  if (!close_from(c, 0, CLOSE_RANGE_CLOEXEC)) return false;
  if (b.is_copy && !c.ok("close_range", ::syscall(SYS_close_range, 0, last_placed, 0)))
    return false;
  for (size_t i = 0; i < b.fd_count; ++i) {
    if (!c.ok("dup3", ::syscall(SYS_dup3, b.staged[i], b.fds[i].target, 0))) return false;
  }
  return true;
}

KEKKAI_IN_CHILD bool set_limits(ChildCall c) {
  for (size_t i = 0; i < c.block.limit_count; ++i) {
    const ResourceLimit& limit = c.block.limits[i];
    const uint64_t values[2] = {limit.soft, limit.hard};  // NOLINT: std::array is instrumented
    if (!c.ok("prlimit64", ::syscall(SYS_prlimit64, 0, limit.resource, values, nullptr))) {
      return false;
    }
  }
  return true;
}

// The listener has to leave before the exec, which closes it here.
KEKKAI_IN_CHILD bool send_listener(ChildCall c, int listener) {
  char byte = 0;
  iovec content{&byte, sizeof byte};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof listener)];  // NOLINT: std::array is instrumented
  auto* header = reinterpret_cast<cmsghdr*>(control);          // NOLINT: as CMSG_FIRSTHDR does
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof listener);
  *reinterpret_cast<int*>(CMSG_DATA(header)) = listener;  // NOLINT: that is where it stands
  msghdr message{nullptr, 0, &content, 1, control, sizeof control, 0};
  return c.ok("sendmsg", ::syscall(SYS_sendmsg, c.block.listener_socket, &message,
                                   MSG_NOSIGNAL | MSG_DONTWAIT));
}

KEKKAI_IN_CHILD bool load_filters(ChildCall c) {
  for (size_t i = 0; i < c.block.filter_count; ++i) {
    const bool listens = i == 0 && c.block.listener_socket >= 0;
    // A signal then does not end a call that is being answered, to begin it anew.
    const unsigned long flags =
        listens ? SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0;
    const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &c.block.filters[i]);
    if (!c.ok("seccomp", result)) return false;
    if (listens && !send_listener(c, static_cast<int>(result))) return false;
  }
  return true;
}

KEKKAI_IN_CHILD void execute(ChildCall c) {
  const ChildBlock& b = c.block;
  c.ok("execve", ::syscall(SYS_execve, b.path, b.argv, b.env));
}

// Open at `first_unplaced` then, where nothing else is.
KEKKAI_IN_CHILD bool clone_image(ChildCall c) {
  const long image =
      ::syscall(SYS_open_tree, AT_FDCWD, c.block.path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (!c.ok("open_tree", image)) return false;
  ::mount_attr attr{MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0, MS_PRIVATE, 0};
  if (!c.ok("mount_setattr",
            ::syscall(SYS_mount_setattr, image, "", AT_EMPTY_PATH, &attr, sizeof attr))) {
    return false;
  }
  const int kept = c.block.first_unplaced;
  return image == kept ? c.ok("fcntl F_SETFD", ::syscall(SYS_fcntl, kept, F_SETFD, 0))
                       : c.ok("dup3", ::syscall(SYS_dup3, image, kept, 0));
}

KEKKAI_IN_CHILD void execute_read_only(ChildCall c) {
  const ChildBlock& b = c.block;
  if (!clone_image(c)) return;
  c.ok("execveat", ::syscall(SYS_execveat, b.first_unplaced, "", b.argv, b.env, AT_EMPTY_PATH));
}

KEKKAI_IN_CHILD bool prepare(ChildCall c) {
  const uint64_t no_signals = 0;
  return reset_signals(c) && take_place_at_terminal(c) &&
         (c.block.is_copy ? keep_few_capabilities(c) : raise_ambient_capabilities(c)) &&
         give_up_capabilities(c) && die_with_parent(c) && place_descriptors(c) &&
         c.ok("rt_sigprocmask", ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &no_signals, nullptr,
                                          kKernelSigsetBytes)) &&
         set_limits(c) && load_filters(c);
}

[[noreturn]] KEKKAI_IN_CHILD void end(int status) {
  ::syscall(SYS_exit_group, status);
  // A filter may have refused that too, and what follows here is the parent's code.
  __builtin_trap();
}

}  // namespace

KEKKAI_IN_CHILD void run_in_place(ChildBlock& block) {
  ChildCall c{block};
  if (!prepare(c)) return;
  if (block.plan->read_only_image) {
    execute_read_only(c);
  } else {
    execute(c);
  }
}

KEKKAI_IN_CHILD bool prepare_copy(ChildBlock& block) {
  ChildCall c{block};
  return prepare(c) && (!block.plan->read_only_image || clone_image(c));
}

KEKKAI_IN_CHILD bool close_the_rest(ChildBlock& block) {
  const int image = block.plan->read_only_image ? 1 : 0;
  return close_from({block}, static_cast<unsigned>(block.first_unplaced + image), 0);
}

KEKKAI_IN_CHILD int run_child(void* block) {
  run_in_place(*static_cast<ChildBlock*>(block));
  end(127);
}

namespace {

KEKKAI_IN_CHILD int run_entered_child(void* block) {
  ChildCall c{*static_cast<ChildBlock*>(block)};
  c.ok("clone", __clone(run_child, c.block.init_stack, c.block.clone_flags, block, &c.block.pidfd));
  end(0);
}

}  // namespace

KEKKAI_IN_CHILD int run_joining_child(void* block) {
  ChildCall c{*static_cast<ChildBlock*>(block)};
  for (size_t i = 0; i < c.block.join_count; ++i) {
    const NamespaceJoin& join = c.block.joins[i];
    if (!c.ok("setns", ::syscall(SYS_setns, join.descriptor, static_cast<int>(join.type))))
      end(127);
  }
  if (c.block.entering_stack == nullptr) return run_entered_child(block);
  constexpr int kFlags = CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PARENT | SIGCHLD;
  const int pid = __clone(run_entered_child, c.block.entering_stack, kFlags, block);
  if (c.ok("clone", pid)) c.block.entered = pid;
  end(0);
}

}  // namespace kekkai
