#include <kekkai/seccomp-presets/arguments.h>

#include <fmt/format.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include <algorithm>
#include <span>

namespace kekkai::seccomp {
namespace {

struct Name {
  uint64_t value;
  std::string_view name;
};

#define NAME(constant) \
  Name { constant, #constant }
constexpr Name kFamilies[] = {
    NAME(AF_UNSPEC),    NAME(AF_UNIX), NAME(AF_INET),  NAME(AF_AX25), NAME(AF_IPX),
    NAME(AF_APPLETALK), NAME(AF_X25),  NAME(AF_INET6), NAME(AF_KEY),  NAME(AF_NETLINK),
    NAME(AF_PACKET),    NAME(AF_RDS),  NAME(AF_PPPOX), NAME(AF_CAN),  NAME(AF_TIPC),
    NAME(AF_BLUETOOTH), NAME(AF_ALG),  NAME(AF_VSOCK), NAME(AF_NFC),  NAME(AF_XDP),
};
constexpr Name kTypes[] = {NAME(SOCK_STREAM), NAME(SOCK_DGRAM), NAME(SOCK_RAW),
                           NAME(SOCK_SEQPACKET)};
constexpr Name kTypeFlags[] = {NAME(SOCK_CLOEXEC), NAME(SOCK_NONBLOCK)};
constexpr Name kIoctls[] = {NAME(TIOCSTI), NAME(TIOCLINUX)};
constexpr Name kTraces[] = {NAME(PTRACE_TRACEME), NAME(PTRACE_ATTACH), NAME(PTRACE_SEIZE)};
constexpr Name kCloneFlags[] = {
    NAME(CLONE_NEWUSER), NAME(CLONE_NEWPID), NAME(CLONE_NEWNS),     NAME(CLONE_NEWNET),
    NAME(CLONE_NEWIPC),  NAME(CLONE_NEWUTS), NAME(CLONE_NEWCGROUP), NAME(CLONE_VM),
    NAME(CLONE_FS),      NAME(CLONE_FILES),  NAME(CLONE_SIGHAND),   NAME(CLONE_VFORK),
    NAME(CLONE_THREAD),
};
#undef NAME

// What the arguments of a call are, one letter each: d a signed int, u an unsigned one, x any bits,
// o a mode, s a path or another string, c clone flags, i a request of ioctl, r one of ptrace, f a
// socket family, t a socket type.
struct Signature {
  std::string_view call, kinds;
};
constexpr Signature kSignatures[] = {
    {"acct", "s"},
    {"add_key", "ssxud"},
    {"chdir", "s"},
    {"chmod", "so"},
    {"chown", "sdd"},
    {"chroot", "s"},
    {"clock_adjtime", "dx"},
    {"clock_settime", "dx"},
    {"clone", "cxxxx"},
    {"clone3", "xu"},
    {"connect", "dxu"},
    {"delete_module", "sx"},
    {"execve", "sxx"},
    {"fchmodat", "dso"},
    {"fchown", "ddd"},
    {"fchownat", "dsddx"},
    {"finit_module", "dsx"},
    {"fsconfig", "dusxd"},
    {"fsmount", "dxx"},
    {"fsopen", "sx"},
    {"fspick", "dsx"},
    {"init_module", "xus"},
    {"io_uring_setup", "ux"},
    {"ioctl", "dix"},
    {"keyctl", "dxxxx"},
    {"kill", "dd"},
    {"lchown", "sdd"},
    {"link", "ss"},
    {"mbind", "xudxux"},
    {"mkdir", "so"},
    {"mkdirat", "dso"},
    {"mknod", "sox"},
    {"mknodat", "dsox"},
    {"modify_ldt", "dxu"},
    {"mount", "sssxs"},
    {"mount_setattr", "dsxxu"},
    {"move_mount", "dsdsx"},
    {"open", "sxo"},
    {"open_tree", "dsx"},
    {"open_tree_attr", "dsxxu"},
    {"openat", "dsxo"},
    {"openat2", "dsxu"},
    {"perf_event_open", "xdddx"},
    {"personality", "x"},
    {"pivot_root", "ss"},
    {"ptrace", "rdxx"},
    {"quotactl", "xsux"},
    {"quotactl_fd", "dxux"},
    {"read", "dxu"},
    {"rename", "ss"},
    {"request_key", "sssd"},
    {"rmdir", "s"},
    {"setgid", "d"},
    {"setgroups", "dx"},
    {"setns", "dc"},
    {"setregid", "dd"},
    {"setresgid", "ddd"},
    {"setresuid", "ddd"},
    {"setreuid", "dd"},
    {"setuid", "d"},
    {"socket", "ftd"},
    {"swapoff", "s"},
    {"swapon", "sx"},
    {"symlink", "ss"},
    {"syslog", "dxd"},
    {"umount2", "sx"},
    {"unlink", "s"},
    {"unlinkat", "dsx"},
    {"unshare", "c"},
    {"uselib", "s"},
    {"write", "dxu"},
};
static_assert(std::ranges::is_sorted(kSignatures, {}, &Signature::call));

std::string hexadecimal(uint64_t value) { return value == 0 ? "0" : fmt::format("{:#x}", value); }

std::string one_of(std::span<const Name> names, uint64_t value) {
  const auto found = std::ranges::find(names, value, &Name::value);
  return found == names.end() ? hexadecimal(value) : std::string(found->name);
}

// "CLONE_NEWUSER|0x11"
std::string flags_of(std::span<const Name> names, uint64_t value) {
  std::string text;
  for (const Name& name : names) {
    if ((value & name.value) == 0) continue;
    text += (text.empty() ? "" : "|") + std::string(name.name);
    value &= ~name.value;
  }
  if (text.empty()) return hexadecimal(value);
  return value == 0 ? text : text + "|" + hexadecimal(value);
}

std::string socket_type(uint64_t value) {
  uint64_t flags = 0;
  for (const Name& flag : kTypeFlags) flags |= value & flag.value;
  const std::string type = one_of(kTypes, value & ~flags);
  return flags == 0 ? type : type + "|" + flags_of(kTypeFlags, flags);
}

std::string describe(char kind, uint64_t value, const ReadString& read_string) {
  const auto low = static_cast<uint32_t>(value);
  switch (kind) {
    case 'd':
      return std::to_string(static_cast<int32_t>(low));
    case 'u':
      return std::to_string(low);
    case 'o':
      return fmt::format("{:04o}", low);
    case 'c':
      return flags_of(kCloneFlags, value);
    case 'i':
      return one_of(kIoctls, low);
    case 'r':
      return one_of(kTraces, value);
    case 'f':
      return one_of(kFamilies, low);
    case 't':
      return socket_type(low);
    case 's':
      if (const auto text = read_string(value)) return '"' + *text + '"';
      break;
    default:
      break;
  }
  return hexadecimal(value);
}

}  // namespace

std::vector<std::string> describe_arguments(const Call* call, const seccomp_data& data,
                                            const ReadString& read_string) {
  std::string_view kinds;
  if (call != nullptr) {
    const auto* const found =
        std::ranges::lower_bound(kSignatures, call->name, {}, &Signature::call);
    if (found != std::end(kSignatures) && found->call == call->name) kinds = found->kinds;
  }
  std::vector<std::string> arguments;
  if (!kinds.empty()) {
    for (size_t i = 0; i < kinds.size(); ++i) {
      arguments.push_back(describe(kinds[i], data.args[i], read_string));
    }
    return arguments;
  }
  for (const uint64_t value : data.args) arguments.push_back(hexadecimal(value));
  while (!arguments.empty() && arguments.back() == "0") arguments.pop_back();
  return arguments;
}

}  // namespace kekkai::seccomp
