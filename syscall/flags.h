// Typed flags: enum classes whose values are the kernel's, with their names for people.
#pragma once

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sys/mount.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace kekkai {

/// openat2(2) flags. O_CLOEXEC is always added.
enum class Open : uint64_t {
  kReadOnly = O_RDONLY,
  kWriteOnly = O_WRONLY,
  kReadWrite = O_RDWR,
  kPath = O_PATH,
  kDirectory = O_DIRECTORY,
  kNoFollow = O_NOFOLLOW,
  kNonBlock = O_NONBLOCK,
  kNoControllingTerminal = O_NOCTTY,
  kCreate = O_CREAT,
  kExclusive = O_EXCL,
};

/// openat2(2) resolve flags.
enum class Resolve : uint64_t {
  kAnywhere = 0,
  kNoMagicLinks = RESOLVE_NO_MAGICLINKS,
  kNoSymlinks = RESOLVE_NO_SYMLINKS,
  kBeneath = RESOLVE_BENEATH,
  kInRoot = RESOLVE_IN_ROOT,
};

/// Attributes of a mount: mount_setattr(2), fsmount(2).
enum class MountAttr : uint64_t {
  kNone = 0,
  kReadOnly = MOUNT_ATTR_RDONLY,
  kNoSuid = MOUNT_ATTR_NOSUID,
  kNoDev = MOUNT_ATTR_NODEV,
  kNoExec = MOUNT_ATTR_NOEXEC,
};

/// Propagation types: mount_namespaces(7).
enum class Propagation : uint64_t { kKeep = 0, kPrivate = MS_PRIVATE, kSlave = MS_SLAVE };

/// Whether a call concerns one mount or everything below it too (AT_RECURSIVE).
enum class Reach { kOne, kRecursive };

/// Namespaces to make: clone(2).
enum class Namespace : uint64_t {
  kNone = 0,
  kUser = CLONE_NEWUSER,
  kPid = CLONE_NEWPID,
  kMount = CLONE_NEWNS,
  kIpc = CLONE_NEWIPC,
  kUts = CLONE_NEWUTS,
  kCgroup = CLONE_NEWCGROUP,
  kNet = CLONE_NEWNET,
};
/// Every one of them.
inline constexpr Namespace kAllNamespaces{CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS |
                                          CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP |
                                          CLONE_NEWNET};

struct FlagName {
  uint64_t value;
  std::string_view name;
};
std::span<const FlagName> flag_table(Open);
std::span<const FlagName> flag_table(Resolve);
std::span<const FlagName> flag_table(MountAttr);
std::span<const FlagName> flag_table(Propagation);
std::span<const FlagName> flag_table(Namespace);

template <class E>
concept FlagEnum = std::is_enum_v<E> && requires(E flags) {
  flag_table(flags);
};

template <FlagEnum E>
constexpr uint64_t bits(E flags) {
  return static_cast<uint64_t>(flags);
}
template <FlagEnum E>
constexpr E operator|(E a, E b) {
  return static_cast<E>(bits(a) | bits(b));
}
template <FlagEnum E>
constexpr E operator&(E a, E b) {
  return static_cast<E>(bits(a) & bits(b));
}
template <FlagEnum E>
constexpr E operator~(E a) {
  return static_cast<E>(~bits(a));
}
/// Whether all of `wanted` is set in `flags`.
template <FlagEnum E>
constexpr bool has(E flags, E wanted) {
  return (bits(flags) & bits(wanted)) == bits(wanted);
}

/// Names joined by "|", as strace writes them; "0" when nothing is set. A bit without a name is an
/// error of the program and shown as a number.
std::string flag_names(uint64_t value, std::span<const FlagName> table);
template <FlagEnum E>
std::string names(E flags) {
  return flag_names(bits(flags), flag_table(flags));
}

/// "SIGTERM" for 15; "signal 70" for one without a name.
std::string signal_name(int signo);

/// "ENOENT" for 2; "errno 999" for one without a name.
std::string errno_name(int error);

}  // namespace kekkai
