// Ready-made policies: groups of rules under names.
#pragma once

#include <kekkai/seccomp-presets/rules.h>

#include <span>
#include <string>
#include <string_view>

namespace kekkai::seccomp {

/// Groups of rules, a set of flags. kCommon has no bit: its rules are in every preset.
enum class Preset : unsigned {
  kCommon = 0,          ///< Kernel log, keyrings, quotas, NUMA placement, rare socket families.
  kExt = 1 << 0,        ///< Clocks, modules, kexec, reboot, swap: useless without capabilities.
  kDenyNs = 1 << 1,     ///< New namespaces and mounts.
  kDenyIds = 1 << 2,    ///< Changes of owner and of the process's ids.
  kDenyTty = 1 << 3,    ///< Typing into the terminal: TIOCSTI and TIOCLINUX.
  kDenyDevel = 1 << 4,  ///< Debuggers and profilers, other execution domains.
  /// The default. What would get around the others is refused too, and every call that is newer
  /// than our tables. Leaves out kDenyIds: a single-id map already makes foreign ids impossible,
  /// and xterm, tar or cp -a take EPERM for their own id as fatal.
  kStrict = kExt | kDenyNs | kDenyTty | kDenyDevel,
};

constexpr Preset operator|(Preset a, Preset b) {
  return static_cast<Preset>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// Whether every flag of `part` is in `all`.
constexpr bool contains(Preset all, Preset part) { return (all | part) == all; }

/// What a program needs beyond its preset.
struct Options {
  bool multiarch = false;  ///< As in Policy; and what only 32-bit programs use is allowed.
  bool linux32 = false;    ///< personality(2): PER_LINUX32 is allowed in place of PER_LINUX.
  bool can = false;        ///< Sockets of AF_CAN.
  bool bluetooth = false;  ///< Sockets of AF_BLUETOOTH.

  bool operator==(const Options&) const = default;
};

/// Presets and what is needed beyond them.
struct Selection {
  Preset presets = Preset::kStrict;
  Options options{};

  bool operator==(const Selection&) const = default;
};

/// A word that a selection may be made of.
struct SelectionWord {
  std::string_view name;     ///< "deny_ns", "can"
  std::string_view meaning;  ///< "new namespaces and mounts"
  Preset preset = Preset::kCommon;
  bool Options::*option = nullptr;  ///< Instead of a preset.
};
/// All of them: presets first, `common` and `strict` included.
std::span<const SelectionWord> selection_words();

/// "strict,can". Throws FilterError for a word that is none, one said twice, and no preset at all.
Selection parse_selection(std::string_view text);
/// The shortest text that parse_selection() makes this of.
std::string to_string(const Selection& selection);

/// The policy of a selection. The origin of each rule is the name of its preset.
Policy preset_policy(const Selection& selection);

/// The same, for the architecture that this was compiled for. Common selections are not compiled
/// but were at build time.
Program preset_program(const Selection& selection);

/// Refuses to type into a terminal, and nothing else: the rules of kDenyTty alone, for programs of
/// this architecture and of its sibling. Those of others (x32, 32-bit ARM), whose calls it could
/// not tell apart, do not run under it.
Program terminal_filter();

}  // namespace kekkai::seccomp
