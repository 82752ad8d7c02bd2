// Which system calls a program may make: rules, and a policy that is made of them.
//
// A policy is a value: presets make one (presets.h), a file says one (policy_file.h), compile()
// makes the BPF program of it that seccomp(2) loads, and decide() answers for it without a kernel.
#pragma once

#include <kekkai/seccomp-presets/calls.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace kekkai::seccomp {

/// Rules that cannot be made into a filter. The text is a sentence for the person who wrote them.
class FilterError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What the kernel does with a call (seccomp(2)).
enum class Action : uint8_t {
  kAllow,
  kLog,          ///< Makes the call, and writes it into the audit log.
  kErrno,        ///< The call is not made: the program gets an errno.
  kTrap,         ///< The program gets SIGSYS, which it may catch.
  kKillThread,   ///< The thread ends as if by SIGSYS.
  kKillProcess,  ///< The program ends by SIGSYS.
  kNotify,       ///< Whoever holds the listener answers (seccomp_unotify(2)).
};

struct Answer {
  Action action = Action::kErrno;
  int error = 0;  ///< With kErrno: 1 to 4095.

  bool operator==(const Answer&) const = default;
};

inline constexpr Answer kAllow{Action::kAllow, 0};
constexpr Answer refuse_with(int error) { return {Action::kErrno, error}; }

/// How an argument is compared with ArgCondition::value; all unsigned.
enum class Comparison : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kMaskedEqual,  ///< Only the bits in ArgCondition::mask.
};

/// A condition on one argument of a call.
///
/// A filter sees 64 bits of every argument, also of those that the kernel cuts to an `int`. What
/// stands in the rest is up to the caller: on x86-64 leftovers of a computation, or an attempt to
/// slip by. Compare such an argument masked by kLow32 (seccomp(2); CVE-2019-10063).
struct ArgCondition {
  unsigned index = 0;  ///< Which argument, 0 to 5.
  Comparison comparison = Comparison::kEqual;
  uint64_t value = 0;
  uint64_t mask = ~uint64_t{0};  ///< For kMaskedEqual, otherwise unused. Must cover `value`.

  bool operator==(const ArgCondition&) const = default;
};

/// The mask for an argument that the kernel takes as 32 bits.
inline constexpr uint64_t kLow32 = 0xffff'ffff;

constexpr ArgCondition masked(unsigned index, uint64_t mask, uint64_t value) {
  return {index, Comparison::kMaskedEqual, value, mask};
}

/// What happens to a call where all `conditions` hold.
struct Rule {
  std::string call;  ///< As syscalls(2) spells it, or its number on the policy's architecture.
  Answer answer = refuse_with(EPERM);
  std::vector<ArgCondition> conditions{};
  std::string origin{};  ///< Who says so: a preset's name, a line of a file. For people only.
  std::string reason{};  ///< Why. Likewise.

  bool operator==(const Rule&) const = default;
};

/// The first rule for a call whose conditions hold decides about it.
struct Policy {
  std::vector<Rule> rules;
  Answer otherwise = kAllow;  ///< For calls without a rule that holds.
  /// For numbers that are in no table here, those of newer kernels above all. Without it they are
  /// calls like any other.
  std::optional<Answer> unclassified;
  /// For calls of other architectures, x32 among them.
  Answer foreign = refuse_with(ENOSYS);
  /// i386 calls on x86-64 are filtered by the same rules instead of being foreign. What i386 passes
  /// in memory no filter can look at: conditions on the arguments of a socket call do not hold for
  /// socketcall(2).
  bool multiarch = false;

  bool operator==(const Policy&) const = default;
};

/// A classic BPF program, ready for SECCOMP_SET_MODE_FILTER (seccomp(2)).
using Program = std::vector<sock_filter>;

/// Makes the filter of a policy.
///
/// A call that exists on other architectures only is passed over. -1, which a tracer puts in place
/// of a call that is not to be made, is let through: the kernel makes none.
///
/// Throws FilterError for a call that no architecture has, an argument index or errno out of range,
/// a condition that holds always or never, multiarch where no second architecture is known, and a
/// program longer than the kernel accepts (4096 instructions).
Program compile(const Policy& policy, Arch arch = kNativeArch);

/// Who decided.
enum class Decider : uint8_t { kRule, kOtherwise, kUnclassified, kForeign };

struct Decision {
  Answer answer;
  Decider decider = Decider::kOtherwise;
  const Rule* rule = nullptr;  ///< With kRule; of the policy that was asked.
};

/// What the filter compile(policy, primary) answers to a call, and why. Throws as compile() does.
Decision decide(const Policy& policy, const seccomp_data& call, Arch primary = kNativeArch);

/// The rule that, put before all others, allows this call and whatever else the policy cannot tell
/// from it. A call made through a multiplexer (socketcall of i386) may need two: this is the one
/// for the call behind it; asked again with that in front, it is the multiplexer's. nullopt where
/// no rule can: for calls of other architectures, and for numbers from 0x4000'0000 on, which no
/// call has.
std::optional<Rule> narrowest_allowance(const Policy& policy, const seccomp_data& call,
                                        Arch arch = kNativeArch);

}  // namespace kekkai::seccomp
