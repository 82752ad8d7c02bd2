#include <kekkai/syscall/flags.h>

#include <string.h>

#include <array>

namespace kekkai {
namespace {

constexpr std::array<FlagName, 9> kOpenNames{{{O_WRONLY, "O_WRONLY"},
                                              {O_RDWR, "O_RDWR"},
                                              {O_PATH, "O_PATH"},
                                              {O_DIRECTORY, "O_DIRECTORY"},
                                              {O_NOFOLLOW, "O_NOFOLLOW"},
                                              {O_NONBLOCK, "O_NONBLOCK"},
                                              {O_NOCTTY, "O_NOCTTY"},
                                              {O_CREAT, "O_CREAT"},
                                              {O_EXCL, "O_EXCL"}}};
constexpr std::array<FlagName, 4> kResolveNames{{{RESOLVE_NO_MAGICLINKS, "NO_MAGICLINKS"},
                                                 {RESOLVE_NO_SYMLINKS, "NO_SYMLINKS"},
                                                 {RESOLVE_BENEATH, "BENEATH"},
                                                 {RESOLVE_IN_ROOT, "IN_ROOT"}}};
constexpr std::array<FlagName, 4> kMountAttrNames{{{MOUNT_ATTR_RDONLY, "ro"},
                                                   {MOUNT_ATTR_NOSUID, "nosuid"},
                                                   {MOUNT_ATTR_NODEV, "nodev"},
                                                   {MOUNT_ATTR_NOEXEC, "noexec"}}};
constexpr std::array<FlagName, 2> kPropagationNames{{{MS_PRIVATE, "private"}, {MS_SLAVE, "slave"}}};
constexpr std::array<FlagName, 7> kNamespaceNames{{{CLONE_NEWUSER, "user"},
                                                   {CLONE_NEWPID, "pid"},
                                                   {CLONE_NEWNS, "mnt"},
                                                   {CLONE_NEWIPC, "ipc"},
                                                   {CLONE_NEWUTS, "uts"},
                                                   {CLONE_NEWCGROUP, "cgroup"},
                                                   {CLONE_NEWNET, "net"}}};

}  // namespace

std::span<const FlagName> flag_table(Open) { return kOpenNames; }
std::span<const FlagName> flag_table(Resolve) { return kResolveNames; }
std::span<const FlagName> flag_table(MountAttr) { return kMountAttrNames; }
std::span<const FlagName> flag_table(Propagation) { return kPropagationNames; }
std::span<const FlagName> flag_table(Namespace) { return kNamespaceNames; }

std::string flag_names(uint64_t value, std::span<const FlagName> table) {
  std::string text;
  for (const FlagName& flag : table) {
    if ((value & flag.value) != flag.value) continue;
    value &= ~flag.value;
    if (!text.empty()) text += '|';
    text += flag.name;
  }
  if (value != 0) text += (text.empty() ? "" : "|") + std::to_string(value);
  return text.empty() ? "0" : text;
}

std::string signal_name(int signo) {
  const char* name = sigabbrev_np(signo);
  return name == nullptr ? "signal " + std::to_string(signo) : "SIG" + std::string(name);
}

std::string errno_name(int error) {
  const char* name = strerrorname_np(error);
  return name == nullptr ? "errno " + std::to_string(error) : name;
}

}  // namespace kekkai
