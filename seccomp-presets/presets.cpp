#include <kekkai/seccomp-presets/rules.h>

#include <linux/personality.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <span>
#include <string_view>

namespace kekkai::seccomp {
namespace {

using Calls = std::span<const std::string_view>;

// Shared by all namespaces or rich in past bugs, and of no use to an application.
constexpr std::string_view kCommonCalls[] = {
    "syslog",      "uselib",     "acct",  "quotactl",      "add_key",       "keyctl",
    "request_key", "move_pages", "mbind", "get_mempolicy", "set_mempolicy", "migrate_pages"};

// The machine's own state. All of them need capabilities that the program lacks: a second lock.
constexpr std::string_view kMachineCalls[] = {
    "adjtimex",        "clock_adjtime", "clock_adjtime64", "clock_settime", "settimeofday",
    "delete_module",   "finit_module",  "init_module",     "kexec_load",    "reboot",
    "kexec_file_load", "swapoff",       "swapon"};

// A new user namespace would hand the program every capability in it, and with them the parts of
// the kernel that were written for root.
constexpr std::string_view kNamespaceCalls[] = {"unshare", "setns",      "mount", "umount",
                                                "umount2", "pivot_root", "chroot"};

// No filter can look into the struct that clone3 takes its flags from, so its caller has to fall
// back to clone. ENOSYS does that; EPERM would pass for the answer. The mount calls are younger
// than their users, who fall back to mount in the same way (CVE-2021-41133).
constexpr std::string_view kNewerNamespaceCalls[] = {"clone3", "open_tree",    "move_mount",
                                                     "fsopen", "fsconfig",     "fsmount",
                                                     "fspick", "mount_setattr"};

constexpr std::string_view kIdCalls[] = {
    "chown",      "chown32",   "fchown",      "fchown32",  "fchownat",    "lchown",
    "lchown32",   "setgid",    "setgid32",    "setgroups", "setgroups32", "setregid",
    "setregid32", "setresgid", "setresgid32", "setresuid", "setresuid32", "setreuid",
    "setreuid32", "setuid",    "setuid32"};

constexpr std::string_view kDeveloperCalls[] = {"perf_event_open", "ptrace"};

// What only 32-bit programs, or those of another byte order, have a use for.
constexpr std::string_view kForeignCodeCalls[] = {"modify_ldt"};
constexpr std::string_view kRareForeignCodeCalls[] = {"subpage_prot", "switch_endian", "vm86",
                                                      "vm86old"};

enum class Applies { kAlways, kUnlessMultiarch };

struct Row {
  Preset preset;
  Calls calls;
  int error;
  Applies applies = Applies::kAlways;
};

constexpr Row kRows[] = {
    {Preset::kCommon, kCommonCalls, EPERM},
    {Preset::kCommon, kForeignCodeCalls, EPERM, Applies::kUnlessMultiarch},
    {Preset::kExt, kMachineCalls, EPERM},
    {Preset::kExt, kRareForeignCodeCalls, ENOSYS, Applies::kUnlessMultiarch},
    {Preset::kDenyNs, kNamespaceCalls, EPERM},
    {Preset::kDenyNs, kNewerNamespaceCalls, ENOSYS},
    {Preset::kDenyIds, kIdCalls, EPERM},
    {Preset::kDenyDevel, kDeveloperCalls, EPERM},
};

ArgCondition masked(unsigned index, uint64_t mask, uint64_t value) {
  return {index, Comparison::kMaskedEqual, value, mask};
}

// clone takes its flags first, but on two architectures the stack comes before them (clone(2)).
#if defined(__s390__) || defined(__CRIS__)
constexpr unsigned kCloneFlags = 1;
#else
constexpr unsigned kCloneFlags = 0;
#endif

void refuse_new_user_namespaces(std::vector<Rule>& rules) {
  rules.push_back({"clone", EPERM, masked(kCloneFlags, CLONE_NEWUSER, CLONE_NEWUSER)});
}

void refuse_terminal_input(std::vector<Rule>& rules) {
  for (const uint32_t request : {uint32_t{TIOCSTI}, uint32_t{TIOCLINUX}})
    rules.push_back({"ioctl", EPERM, masked(1, kLow32, request)});
}

// Other domains bring back what was hardened since: ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC. Asking
// (0xffffffff) is refused too. All 64 bits count: the C library passes this one as a long.
void refuse_other_domains(std::vector<Rule>& rules, uint64_t allowed) {
  rules.push_back({"personality", EPERM, ArgCondition{0, Comparison::kNotEqual, allowed}});
}

// Refuses the families from `first` to `first + 2^bits - 1` that are not allowed. The kernel takes
// the family as an int, and "not one of these in the low half" is no comparison that a filter
// offers; blocks of a power of two are, each by one mask. Halving what holds an allowed family
// gives the fewest blocks: 36 for all families there could ever be.
void refuse_families(std::vector<Rule>& rules, std::span<const int> allowed, uint64_t first,
                     unsigned bits) {
  const uint64_t count = uint64_t{1} << bits;
  const bool mixed = std::ranges::any_of(allowed, [=](int family) {
    const auto value = static_cast<uint64_t>(family);
    return value >= first && value - first < count;
  });
  if (!mixed) {
    rules.push_back({"socket", EAFNOSUPPORT, masked(0, kLow32 & ~(count - 1), first)});
    return;
  }
  if (bits == 0) return;
  refuse_families(rules, allowed, first, bits - 1);
  refuse_families(rules, allowed, first + count / 2, bits - 1);
}

// Families that few programs need are where the kernel's local exploits come from.
void refuse_rare_families(std::vector<Rule>& rules, const Options& options) {
  std::vector<int> allowed = {AF_UNSPEC, AF_LOCAL, AF_INET, AF_INET6, AF_NETLINK};
  if (options.can) allowed.push_back(AF_CAN);
  if (options.bluetooth) allowed.push_back(AF_BLUETOOTH);
  refuse_families(rules, allowed, 0, 32);
}

}  // namespace

std::vector<Rule> preset_rules(Preset presets, const Options& options) {
  std::vector<Rule> rules;
  rules.reserve(128);
  for (const Row& row : kRows) {
    if (!contains(presets, row.preset)) continue;
    if (row.applies == Applies::kUnlessMultiarch && options.multiarch) continue;
    for (const std::string_view call : row.calls) rules.push_back({std::string(call), row.error});
  }
  refuse_rare_families(rules, options);
  if (contains(presets, Preset::kDenyNs)) refuse_new_user_namespaces(rules);
  if (contains(presets, Preset::kDenyTty)) refuse_terminal_input(rules);
  if (contains(presets, Preset::kDenyDevel))
    refuse_other_domains(rules, options.linux32 ? PER_LINUX32 : PER_LINUX);
  return rules;
}

Program compile_preset(Preset presets, const Options& options) {
  return compile(
      preset_rules(presets, options),
      {.multiarch = options.multiarch, .refuse_unclassified = contains(presets, Preset::kStrict)});
}

Program terminal_filter() {
  std::vector<Rule> rules;
  refuse_terminal_input(rules);
  return compile(rules, {.multiarch = true});
}

}  // namespace kekkai::seccomp
