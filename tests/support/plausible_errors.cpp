#include <kekkai/testing/plausible_errors.h>

#include <errno.h>

#include <array>

namespace kekkai::testing {
namespace {

constexpr size_t kMost = 12;

struct Row {
  std::string_view call;          // the beginning of a call's text, whole words
  std::array<int, kMost> errors;  // then zeros
};

// By name, each from the section ERRORS of its man page unless another source is given.
constexpr std::array kRows{
    Row{"capget", {EFAULT, EINVAL}},
    Row{"capset", {EPERM, EINVAL, EFAULT}},
    Row{"clone", {EAGAIN, ENOMEM, EPERM, ENOSPC, EUSERS, EINVAL}},
    Row{"clone (thread)", {EAGAIN, EPERM}},  // pthread_create(3)
    Row{"faccessat2", {EACCES, ENOENT, ENOTDIR, ELOOP, EROFS, ENOMEM, EIO, ETXTBSY, ENAMETOOLONG}},
    Row{"fchdir", {EACCES, ENOTDIR, EBADF, ENOENT, EIO}},
    Row{"fchmod", {EPERM, EROFS, EIO, ENOMEM, EBADF}},
    Row{"fcntl F_ADD_SEALS", {EPERM, EBUSY, EINVAL, EBADF}},
    Row{"fcntl F_GETFL", {EBADF, EACCES}},  // EACCES: a security module, as security_file_fcntl
    Row{"fcntl F_SETFL", {EPERM, EBADF, EINVAL}},
    Row{"fcntl F_SETLK", {EAGAIN, ENOLCK, EBADF, EINVAL}},
    Row{"fcntl O_ASYNC", {EBADF, EPERM, EINVAL, ESRCH}},          // F_SETOWN and F_SETFL
    Row{"fsconfig", {EINVAL, ENOMEM, E2BIG, EOPNOTSUPP, EBUSY}},  // fs/fsopen.c; fsconfig(2)
    Row{"fsconfig create",  // likewise; those of mount(2) that the file system decides on
        {EPERM, EINVAL, ENOMEM, ENODEV, EBUSY, ELOOP, ESTALE, EROFS, ENOTDIR, ENAMETOOLONG}},
    Row{"fsmount", {EPERM, ENOSPC, ENOMEM, EMFILE, ENFILE, EBUSY, EINVAL}},  // fsmount(2)
    Row{"fsopen", {EPERM, ENODEV, EMFILE, ENFILE, ENOMEM}},                  // fsopen(2)
    Row{"fstatfs", {EIO, ENOSYS, ENOMEM, EBADF, EOVERFLOW}},
    Row{"ftruncate", {EPERM, EIO, EROFS, EINVAL, EBADF}},  // EROFS: the file system's
    Row{"getcwd", {ENOENT, ENOMEM, ERANGE, ENAMETOOLONG}},
    Row{"getdents64", {ENOENT, ENOTDIR, EBADF, EIO, ENOMEM}},  // EIO, ENOMEM: the file system's
    Row{"getpgid", {EPERM, ESRCH}},
    Row{"getresgid", {EFAULT}},
    Row{"getresuid", {EFAULT}},
    Row{"ioctl SECCOMP_IOCTL_NOTIF_RECV", {EINVAL, ENOTTY, EBADF, ENOMEM}},  // seccomp_unotify(2)
    Row{"ioctl SECCOMP_IOCTL_NOTIF_SEND", {EINVAL, EINPROGRESS, EBADF, EFAULT}},  // likewise
    Row{"ioctl SIOCSIFFLAGS",
        {EPERM, ENODEV, ENOMEM, EBUSY}},                // netdevice(7), net/core/dev_ioctl.c
    Row{"ioctl TCGETS", {ENOTTY, EIO, EBADF}},          // this and below: TCSETS(2const)
    Row{"ioctl TCSETS", {EIO, ENOTTY, EINVAL, EBADF}},  // EIO: tty_check_change(), orphaned
    Row{"ioctl TCXONC", {EIO, ENOTTY, EBADF}},
    Row{"ioctl TIOCGPGRP", {ENOTTY, EIO, EBADF}},
    Row{"ioctl TIOCGPTPEER",
        {EIO, EMFILE, ENFILE, ENOMEM, ENOTTY}},  // EIO: locked, ptm_open_peer()
    Row{"ioctl TIOCGWINSZ", {ENOTTY, EIO, EBADF}},
    Row{"ioctl TIOCNXCL", {ENOTTY, EIO, EBADF}},
    Row{"ioctl TIOCSETD", {EPERM, ENODEV, EIO, ENOMEM, ENOTTY}},
    Row{"ioctl TIOCSPGRP", {ENOTTY, EPERM, EIO, ESRCH, EINVAL}},
    Row{"ioctl TIOCSPTLCK", {ENOTTY, EIO, EFAULT}},
    Row{"ioctl TIOCSWINSZ", {ENOTTY, EIO, EFAULT}},
    Row{"kill", {EPERM, ESRCH, EINVAL}},
    Row{"landlock_create_ruleset", {ENOSYS, EOPNOTSUPP}},  // landlock_create_ruleset(2)
    Row{"lseek", {ESPIPE, EBADF, EINVAL, EOVERFLOW}},
    Row{"memfd_create", {EMFILE, ENFILE, ENOMEM, EINVAL, EPERM}},
    Row{"mkdirat",
        {EACCES, ENOSPC, EROFS, EDQUOT, EEXIST, EMLINK, ENOENT, ENOTDIR, EPERM, ENOMEM, EIO,
         EOVERFLOW}},  // EOVERFLOW: an owner without a mapping, may_o_create() of fs/namei.c
    Row{"mount_setattr", {EPERM, EINVAL, EBUSY, ENOMEM, EBADF}},
    Row{"move_mount",  // move_mount(2); EBUSY, ENOSPC: do_move_mount(), count_mounts()
        {EPERM, EINVAL, ENOSPC, ENOENT, ENOTDIR, ELOOP, EBUSY, ENOMEM, EACCES}},
    Row{"open_tree",  // open_tree(2); ENOSPC: count_mounts()
        {EPERM, EINVAL, ENOSPC, EMFILE, ENFILE, ENOMEM, EACCES, ENOENT}},
    Row{"openat2",
        {EACCES, ENOENT, ELOOP, ENOTDIR, EMFILE, ENFILE, ENOMEM, EPERM, EAGAIN, EXDEV, ENXIO,
         EIO}},  // EIO: the file system's, and a terminal's that has hung up
    Row{"pidfd_open", {ESRCH, EMFILE, ENFILE, ENOMEM, ENODEV, EINVAL}},
    Row{"pidfd_send_signal", {EPERM, ESRCH, EINVAL, EBADF}},
    Row{"pipe2", {EMFILE, ENFILE, ENOMEM}},  // ENOMEM: alloc_pipe_info()
    Row{"pivot_root", {EPERM, EINVAL, EBUSY, ENOTDIR, ENOENT}},
    Row{"poll", {ENOMEM, EINVAL, EFAULT}},
    Row{"prctl PR_CAPBSET_DROP", {EPERM, EINVAL}},
    Row{"prctl PR_CAPBSET_READ", {EINVAL}},
    Row{"prctl PR_CAP_AMBIENT_CLEAR_ALL", {EINVAL, EPERM}},  // EPERM: SECBIT_NO_CAP_AMBIENT_RAISE
    Row{"prctl PR_CAP_AMBIENT_RAISE", {EPERM, EINVAL}},
    Row{"prctl PR_SET_DUMPABLE", {EINVAL, EPERM}},  // EPERM: a security module, security_task_prctl
    Row{"prctl PR_SET_NAME", {EFAULT, EPERM}},      // likewise
    Row{"prctl PR_SET_CHILD_SUBREAPER", {EINVAL}},  // a filter of a sandbox around us
    Row{"prctl PR_SET_MM_MAP_SIZE", {EINVAL}},      // likewise
    Row{"prctl PR_SET_NO_NEW_PRIVS", {EINVAL, EPERM}},  // likewise
    Row{"prctl PR_SET_PDEATHSIG", {EINVAL}},            // likewise
    Row{"prctl PR_SET_PTRACER", {EINVAL, EPERM}},       // EINVAL: without Yama
    Row{"prlimit64", {EPERM, EINVAL, EFAULT, ESRCH}},
    Row{"process_vm_readv", {EPERM, ESRCH, EFAULT, EINVAL, ENOMEM}},
    Row{"read", {EIO, EISDIR, EINVAL, EBADF, ENOMEM, EAGAIN}},  // ENOMEM: proc's
    Row{"read signalfd", {EINVAL, EBADF, EAGAIN}},              // signalfd(2)
    Row{"readlinkat", {EACCES, ENOENT, EINVAL, ELOOP, EIO, ENOTDIR, ENOMEM, ENAMETOOLONG}},
    Row{"recvmsg", {EAGAIN, ENOMSG, ECONNRESET, ENOMEM, ENOBUFS, EMFILE, EBADF}},  // ENOMSG: ours
    Row{"renameat",
        {EACCES, ENOSPC, EROFS, EDQUOT, EEXIST, ENOENT, EPERM, EXDEV, EBUSY, ENOMEM, EIO, EMLINK}},
    Row{"seccomp", {EINVAL, EACCES, ENOMEM, ESRCH, EFAULT}},
    Row{"send", {EPIPE, ECONNRESET, EAGAIN, ENOBUFS, ENOMEM, EMSGSIZE}},
    Row{"sendmsg", {EPIPE, ECONNRESET, EAGAIN, ETOOMANYREFS, ENOBUFS, ENOMEM, EBADF}},  // unix(7)
    Row{"sethostname", {EPERM, EINVAL, ENAMETOOLONG, EFAULT}},
    Row{"setns", {EBADF, EINVAL, ENOMEM, EPERM, ESRCH}},
    Row{"sigaction", {EINVAL, EFAULT}},
    Row{"signalfd", {EMFILE, ENFILE, ENOMEM, ENODEV, EINVAL}},
    Row{"socket AF_INET", {EACCES, EAFNOSUPPORT, EMFILE, ENFILE, ENOBUFS, ENOMEM}},
    Row{"socketpair", {EMFILE, ENFILE, EAFNOSUPPORT, EOPNOTSUPP, ENOMEM}},
    Row{"statx", {EACCES, EIO, ENOMEM, ENOENT, EBADF}},  // EIO: the file system's
    Row{"symlinkat",
        {EACCES, ENOSPC, EROFS, EDQUOT, EEXIST, ENOENT, ENOTDIR, EPERM, ENOMEM, EIO, EOVERFLOW}},
    Row{"umount2", {EPERM, EINVAL, EBUSY, EAGAIN, ENOMEM}},
    Row{"unlinkat", {EACCES, EROFS, EBUSY, EPERM, ENOENT, EISDIR, EIO, ENOMEM}},
    Row{"unshare", {EINVAL, ENOMEM, ENOSPC, EPERM, EUSERS}},
    Row{"wait4", {EINVAL}},
    Row{"waitid", {EINVAL, EBADF}},
    Row{"write", {EIO, ENOSPC, EDQUOT, EFBIG, EPERM, EPIPE, EINVAL, EACCES, EAGAIN, EBADF}},
};

bool begins_with_words(std::string_view call, std::string_view words) {
  return call.starts_with(words) && (call.size() == words.size() || call[words.size()] == ' ');
}

}  // namespace

std::span<const int> plausible_errors(std::string_view call) {
  const Row* longest = nullptr;
  for (const Row& row : kRows) {
    if (!begins_with_words(call, row.call)) continue;
    if (longest == nullptr || row.call.size() > longest->call.size()) longest = &row;
  }
  if (longest == nullptr) return {};
  size_t count = 0;
  while (count < kMost && longest->errors.at(count) != 0) ++count;
  return std::span(longest->errors).first(count);
}

}  // namespace kekkai::testing
