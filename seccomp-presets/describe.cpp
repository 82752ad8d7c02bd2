#include <kekkai/seccomp-presets/describe.h>

#include <linux/personality.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <bit>
#include <charconv>

namespace kekkai::seccomp {
namespace {

struct Name {
  uint64_t value;
  std::string_view name;
};

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

constexpr std::array kDomains{NAMED(PER_LINUX), NAMED(PER_LINUX32)};

#undef NAMED

enum class Meaning : uint8_t { kValue, kFlags };

// An argument whose values have names.
struct Argument {
  std::string_view call;
  unsigned index;
  Meaning meaning;
  std::span<const Name> names;
};

constexpr std::array kArguments{Argument{"ioctl", 1, Meaning::kValue, kRequests},
                                Argument{"socket", 0, Meaning::kValue, kFamilies},
                                Argument{"socketpair", 0, Meaning::kValue, kFamilies},
                                Argument{"clone", 0, Meaning::kFlags, kCloneFlags},
                                Argument{"unshare", 0, Meaning::kFlags, kCloneFlags},
                                Argument{"setns", 1, Meaning::kFlags, kCloneFlags},
                                Argument{"personality", 0, Meaning::kValue, kDomains}};

std::string to_hex(uint64_t value) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

std::string describe_number(uint64_t value) {
  constexpr uint64_t kLarge = 1000;  // more are flags or addresses, which people know in hex
  return value < kLarge ? std::to_string(value) : to_hex(value);
}

// " (bind)": the call that is made through a multiplexer, which its first argument tells.
std::string describe_function(const ArgCondition& condition, std::string_view call) {
  for (const Multiplexed& way : multiplexed_calls()) {
    if (way.through == call && condition.index == 0 && way.function == condition.value) {
      return " (" + std::string(way.call) + ")";
    }
  }
  return "";
}

// "CLONE_NEWNS|CLONE_NEWUSER"; empty where a bit has no name.
std::string describe_flags(uint64_t value, std::span<const Name> names) {
  std::string text;
  for (const Name& flag : names) {
    if ((value & flag.value) == 0) continue;
    text += (text.empty() ? "" : "|") + std::string(flag.name);
    value &= ~flag.value;
  }
  return value == 0 ? text : "";
}

const Argument* find_argument(std::string_view call, unsigned index) {
  for (const Argument& argument : kArguments) {
    if (argument.call == call && argument.index == index) return &argument;
  }
  return nullptr;
}

std::string describe_value(uint64_t value, const Argument* argument) {
  if (argument != nullptr && argument->meaning == Meaning::kValue) {
    for (const Name& name : argument->names) {
      if (name.value == value) return std::string(name.name);
    }
  }
  return describe_number(value);
}

std::string describe_bits(uint64_t bits, const Argument* argument) {
  if (argument != nullptr && argument->meaning == Meaning::kFlags) {
    std::string flags = describe_flags(bits, argument->names);
    if (!flags.empty()) return flags;
  }
  return bits == 0 ? "0" : to_hex(bits);
}

std::string describe_masked(const ArgCondition& condition, const Argument* argument) {
  if (condition.mask == kLow32) {
    return " & 0xffffffff == " + describe_value(condition.value, argument);
  }
  const std::string value = describe_bits(condition.value, argument);
  if (condition.mask == condition.value) {
    return (std::has_single_bit(condition.mask) ? " has " : " has all of ") + value;
  }
  const std::string mask = describe_bits(condition.mask, argument);
  const bool is_list = mask.find('|') != mask.npos;
  return " & " + (is_list ? "(" + mask + ")" : mask) + " == " + value;
}

std::string_view sign_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::kNotEqual:
      return " != ";
    case Comparison::kLess:
      return " < ";
    case Comparison::kLessOrEqual:
      return " <= ";
    case Comparison::kGreater:
      return " > ";
    case Comparison::kGreaterOrEqual:
      return " >= ";
    default:
      return " == ";
  }
}

}  // namespace

std::string describe(const Answer& answer) {
  switch (answer.action) {
    case Action::kAllow:
      return "allow";
    case Action::kLog:
      return "log";
    case Action::kTrap:
      return "trap";
    case Action::kKillThread:
      return "kill thread";
    case Action::kKillProcess:
      return "kill process";
    case Action::kNotify:
      return "notify";
    case Action::kErrno:
      break;
  }
  const char* const name = ::strerrorname_np(answer.error);
  return name == nullptr ? "errno " + std::to_string(answer.error) : name;
}

std::string describe(const ArgCondition& condition, std::string_view call) {
  const Argument* const argument = find_argument(call, condition.index);
  const std::string text = "argument " + std::to_string(condition.index);
  if (condition.comparison == Comparison::kMaskedEqual) {
    return text + describe_masked(condition, argument) + describe_function(condition, call);
  }
  const std::string value = argument != nullptr && argument->meaning == Meaning::kFlags
                                ? describe_bits(condition.value, argument)
                                : describe_value(condition.value, argument);
  return text + std::string(sign_of(condition.comparison)) + value +
         describe_function(condition, call);
}

std::string describe(std::span<const ArgCondition> conditions, std::string_view call) {
  std::string text;
  for (const ArgCondition& condition : conditions) {
    text += (text.empty() ? "" : " and ") + describe(condition, call);
  }
  return text;
}

}  // namespace kekkai::seccomp
