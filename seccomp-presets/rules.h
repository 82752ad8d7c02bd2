// Which system calls a program may not make: rules, the presets that are made of them, and the
// compiler from rules to the BPF program that seccomp(2) loads.
//
// A filter allows whatever no rule refuses, and refuses by errno: nothing is killed, so a program
// that probes for a call sees what an old kernel would have shown it.
#pragma once

#include <linux/filter.h>

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

/// How an argument is compared with ArgCondition::value; all unsigned (seccomp_rule_add(3)).
enum class Comparison {
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

/// Refuses a call: with `error`, and only under `condition` if there is one.
struct Rule {
  std::string call;   ///< As syscalls(2) spells it.
  int error = EPERM;  ///< What the program gets as errno: 1 to 4094.
  std::optional<ArgCondition> condition = std::nullopt;

  bool operator==(const Rule&) const = default;
};

/// Groups of rules, a set of flags. kCommon has no bit: its rules are in every preset.
enum class Preset : unsigned {
  kCommon = 0,          ///< Kernel log, keyrings, quotas, NUMA placement, rare socket families.
  kExt = 1 << 0,        ///< Clocks, modules, kexec, reboot, swap: useless without capabilities.
  kDenyNs = 1 << 1,     ///< New namespaces and mounts.
  kDenyIds = 1 << 2,    ///< Changes of owner and of the process's ids.
  kDenyTty = 1 << 3,    ///< Typing into the terminal: TIOCSTI and TIOCLINUX.
  kDenyDevel = 1 << 4,  ///< Debuggers and profilers, other execution domains.
  /// The default. Leaves out kDenyIds: a single-id map already makes foreign ids impossible, and
  /// xterm, tar or cp -a take EPERM for their own id as fatal.
  kStrict = kExt | kDenyNs | kDenyTty | kDenyDevel,
};

constexpr Preset operator|(Preset a, Preset b) {
  return static_cast<Preset>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// Whether every flag of `part` is in `all`.
constexpr bool contains(Preset all, Preset part) { return (all | part) == all; }

/// What a program needs beyond its preset.
struct Options {
  /// i386 calls on x86-64 are filtered by the same rules instead of refused altogether; x32 stays
  /// refused. What i386 passes in memory no filter can look at: the families of sockets, which
  /// come by socketcall(2), are then not filtered.
  bool multiarch = false;
  bool linux32 = false;    ///< personality(2): PER_LINUX32 is allowed in place of PER_LINUX.
  bool can = false;        ///< Sockets of AF_CAN.
  bool bluetooth = false;  ///< Sockets of AF_BLUETOOTH.

  bool operator==(const Options&) const = default;
};

/// The rules of `presets` for the architecture that this was compiled for.
std::vector<Rule> preset_rules(Preset presets, const Options& options);

/// The last call that the presets were checked against: set_mempolicy_home_node, the end of the
/// system call table of Linux 6.1, the oldest kernel that Kekkai runs on (asm-generic/unistd.h;
/// from number 424 on, all architectures count alike). To raise it, look at every call in between.
inline constexpr uint32_t kLastClassifiedCall = 450;

struct CompileOptions {
  bool multiarch = false;  ///< As in Options.
  /// Calls that no table of ours knows, those after kLastClassifiedCall above all, get ENOSYS.
  bool refuse_unclassified = false;

  bool operator==(const CompileOptions&) const = default;
};

/// A classic BPF program, ready for SECCOMP_SET_MODE_FILTER (seccomp(2)).
using Program = std::vector<sock_filter>;

/// Makes a filter of `rules` for the native architecture. Calls of other architectures get ENOSYS.
///
/// A call that exists on other architectures only is passed over: there is nothing to refuse. Where
/// several rules apply to one call, it is not specified which one's errno is given.
///
/// Throws FilterError for a call that no architecture has, an argument index, errno or mask out of
/// range, rules that contradict each other, a program longer than the kernel accepts (4096
/// instructions), or an option that is not known for the native architecture.
Program compile(const std::vector<Rule>& rules, const CompileOptions& options);

/// The filter of a preset. One that contains kStrict refuses unclassified calls as well.
Program compile_preset(Preset presets, const Options& options);

/// Refuses to type into a terminal, and nothing else: the rules of kDenyTty alone, for programs of
/// every architecture that runs on this one.
Program terminal_filter();

}  // namespace kekkai::seccomp
