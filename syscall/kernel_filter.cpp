// The calls on what a program may do: seccomp(2), seccomp_unotify(2), landlock(7).
#include <kekkai/syscall/kernel.h>

#include <errno.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace kekkai {

void Kernel::load_filter(const FilterProgram& program) {
  const sock_fprog prog{static_cast<unsigned short>(program.size()),
                        const_cast<sock_filter*>(program.data())};  // NOLINT: the kernel only reads
  const long result =
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &prog);
  if (result > 0) {
    throw SyscallError(ESRCH, "seccomp: cannot reach thread " + std::to_string(result));
  }
  if (result < 0) throw SyscallError(errno, "seccomp");
}

int Kernel::landlock_abi() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, size_t{0}, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 0) throw SyscallError(errno, "landlock_create_ruleset");
  return static_cast<int>(version);
}

std::optional<seccomp_notif> Kernel::receive_notification(Fd listener) {
  seccomp_notif notification{};
  if (::ioctl(listener.number, SECCOMP_IOCTL_NOTIF_RECV, &notification) == 0) return notification;
  if (errno == ENOENT) return std::nullopt;
  throw SyscallError(errno, "ioctl SECCOMP_IOCTL_NOTIF_RECV");
}

bool Kernel::answer_notification(Fd listener, uint64_t id, int error) {
  seccomp_notif_resp answer{.id = id, .val = 0, .error = -error, .flags = 0};
  if (::ioctl(listener.number, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0) return true;
  if (errno == ENOENT) return false;
  throw SyscallError(errno, "ioctl SECCOMP_IOCTL_NOTIF_SEND");
}

size_t Kernel::read_memory(pid_t pid, uint64_t address, std::span<std::byte> buffer) {
  const iovec ours{buffer.data(), buffer.size()};
  const iovec theirs{reinterpret_cast<void*>(address), buffer.size()};  // NOLINT: in its memory
  const ssize_t got = ::process_vm_readv(pid, &ours, 1, &theirs, 1, 0);
  if (got < 0) throw SyscallError(errno, "process_vm_readv " + std::to_string(pid));
  return static_cast<size_t>(got);
}

}  // namespace kekkai
