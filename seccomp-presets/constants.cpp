#include "constants.h"

#include <linux/personality.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace kekkai::seccomp {
namespace {

#define NAMED(constant) \
  Name { constant, #constant }

constexpr std::array kRequests{NAMED(TIOCSTI),   NAMED(TIOCLINUX),  NAMED(TIOCSCTTY),
                               NAMED(TIOCNOTTY), NAMED(TIOCGWINSZ), NAMED(TIOCSWINSZ),
                               NAMED(TIOCSPGRP), NAMED(TIOCCONS),   NAMED(TIOCSETD)};

constexpr std::array kFamilies{
    NAMED(AF_UNSPEC),     NAMED(AF_UNIX),      NAMED(AF_INET),    NAMED(AF_AX25),
    NAMED(AF_IPX),        NAMED(AF_APPLETALK), NAMED(AF_NETROM),  NAMED(AF_BRIDGE),
    NAMED(AF_ATMPVC),     NAMED(AF_X25),       NAMED(AF_INET6),   NAMED(AF_ROSE),
    NAMED(AF_KEY),        NAMED(AF_NETLINK),   NAMED(AF_PACKET),  NAMED(AF_ATMSVC),
    NAMED(AF_RDS),        NAMED(AF_PPPOX),     NAMED(AF_LLC),     NAMED(AF_IB),
    NAMED(AF_MPLS),       NAMED(AF_CAN),       NAMED(AF_TIPC),    NAMED(AF_BLUETOOTH),
    NAMED(AF_IUCV),       NAMED(AF_RXRPC),     NAMED(AF_ISDN),    NAMED(AF_PHONET),
    NAMED(AF_IEEE802154), NAMED(AF_CAIF),      NAMED(AF_ALG),     NAMED(AF_NFC),
    NAMED(AF_VSOCK),      NAMED(AF_KCM),       NAMED(AF_QIPCRTR), NAMED(AF_SMC),
    NAMED(AF_XDP),        NAMED(AF_MCTP)};

constexpr std::array kCloneFlags{
    NAMED(CLONE_VM),     NAMED(CLONE_FS),      NAMED(CLONE_FILES),     NAMED(CLONE_SIGHAND),
    NAMED(CLONE_PIDFD),  NAMED(CLONE_PTRACE),  NAMED(CLONE_VFORK),     NAMED(CLONE_PARENT),
    NAMED(CLONE_THREAD), NAMED(CLONE_NEWNS),   NAMED(CLONE_NEWCGROUP), NAMED(CLONE_NEWUTS),
    NAMED(CLONE_NEWIPC), NAMED(CLONE_NEWUSER), NAMED(CLONE_NEWPID),    NAMED(CLONE_NEWNET)};

constexpr std::array kTypes{NAMED(SOCK_STREAM), NAMED(SOCK_DGRAM), NAMED(SOCK_RAW),
                            NAMED(SOCK_SEQPACKET)};

constexpr std::array kTraces{NAMED(PTRACE_TRACEME), NAMED(PTRACE_ATTACH), NAMED(PTRACE_SEIZE)};

constexpr std::array kDomains{NAMED(PER_LINUX), NAMED(PER_LINUX32)};

#undef NAMED

constexpr std::array kArguments{Argument{"ioctl", 1, Meaning::kValue, kRequests},
                                Argument{"socket", 0, Meaning::kValue, kFamilies},
                                Argument{"socket", 1, Meaning::kSocketType, kTypes},
                                Argument{"socketpair", 0, Meaning::kValue, kFamilies},
                                Argument{"ptrace", 0, Meaning::kValue, kTraces},
                                Argument{"clone", 0, Meaning::kFlags, kCloneFlags},
                                Argument{"unshare", 0, Meaning::kFlags, kCloneFlags},
                                Argument{"setns", 1, Meaning::kFlags, kCloneFlags},
                                Argument{"personality", 0, Meaning::kValue, kDomains}};

}  // namespace

const Argument* find_argument(std::string_view call, unsigned index) {
  for (const Argument& argument : kArguments) {
    if (argument.call == call && argument.index == index) return &argument;
  }
  return nullptr;
}

std::string_view name_in(std::span<const Name> names, uint64_t value) {
  const auto found = std::ranges::find(names, value, &Name::value);
  return found == names.end() ? "" : found->name;
}

std::pair<std::string, uint64_t> split_flags(std::span<const Name> names, uint64_t value) {
  std::string text;
  for (const Name& flag : names) {
    if ((value & flag.value) == 0) continue;
    text += (text.empty() ? "" : "|") + std::string(flag.name);
    value &= ~flag.value;
  }
  return {text, value};
}

}  // namespace kekkai::seccomp
