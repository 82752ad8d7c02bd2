#include "constants.h"

#include <kekkai/seccomp-presets/arguments.h>
#include <kekkai/seccomp-presets/rules.h>

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace kekkai::seccomp {
namespace {

// What the arguments of a call are, one letter each: d a signed int, u an unsigned one, x any bits,
// o a mode, s a path or another string. Names of values go before.
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
    {"clone", "xxxxx"},
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
    {"ioctl", "dxx"},
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
    {"ptrace", "xdxx"},
    {"quotactl", "xsux"},
    {"quotactl_fd", "dxux"},
    {"read", "dxu"},
    {"rename", "ss"},
    {"request_key", "sssd"},
    {"rmdir", "s"},
    {"setgid", "d"},
    {"setgroups", "dx"},
    {"setns", "dx"},
    {"setregid", "dd"},
    {"setresgid", "ddd"},
    {"setresuid", "ddd"},
    {"setreuid", "dd"},
    {"setuid", "d"},
    {"socket", "uud"},
    {"swapoff", "s"},
    {"swapon", "sx"},
    {"symlink", "ss"},
    {"syslog", "dxd"},
    {"umount2", "sx"},
    {"unlink", "s"},
    {"unlinkat", "dsx"},
    {"unshare", "x"},
    {"uselib", "s"},
    {"write", "dxu"},
};
static_assert(std::ranges::is_sorted(kSignatures, {}, &Signature::call));

std::string hexadecimal(uint64_t value) { return value == 0 ? "0" : fmt::format("{:#x}", value); }

// Of a type the higher bits are flags (socket(2)).
std::string describe_named(const Argument& argument, uint64_t value) {
  static constexpr std::array kTypeFlags{Name{SOCK_CLOEXEC, "SOCK_CLOEXEC"},
                                         Name{SOCK_NONBLOCK, "SOCK_NONBLOCK"}};
  if (argument.meaning == Meaning::kSocketType) {
    const auto [flags, type] = split_flags(kTypeFlags, value & kLow32);
    const std::string_view name = name_in(argument.names, type);
    const std::string text = name.empty() ? hexadecimal(type) : std::string(name);
    return flags.empty() ? text : text + "|" + flags;
  }
  if (argument.meaning == Meaning::kFlags) {
    const auto [flags, rest] = split_flags(argument.names, value);
    if (flags.empty()) return hexadecimal(rest);
    return rest == 0 ? flags : flags + "|" + hexadecimal(rest);
  }
  const std::string_view name = name_in(argument.names, value & kLow32);
  return name.empty() ? hexadecimal(value) : std::string(name);
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
        std::ranges::lower_bound(kSignatures, call->name(), {}, &Signature::call);
    if (found != std::end(kSignatures) && found->call == call->name()) kinds = found->kinds;
  }
  std::vector<std::string> arguments;
  if (!kinds.empty()) {
    for (size_t i = 0; i < kinds.size(); ++i) {
      const Argument* const named = find_argument(call->name(), static_cast<unsigned>(i));
      arguments.push_back(named != nullptr ? describe_named(*named, data.args[i])
                                           : describe(kinds[i], data.args[i], read_string));
    }
    return arguments;
  }
  for (const uint64_t value : data.args) arguments.push_back(hexadecimal(value));
  while (!arguments.empty() && arguments.back() == "0") arguments.pop_back();
  return arguments;
}

}  // namespace kekkai::seccomp
