#include <kekkai/seccomp-presets/presets.h>

#include <linux/personality.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

namespace kekkai::seccomp {
namespace {

enum class Applies : uint8_t { kAlways, kUnlessMultiarch };

// Calls that are refused whatever their arguments are, and what for.
struct Row {
  Preset preset;
  int error;
  std::string_view reason;
  std::initializer_list<std::string_view> calls;
  Applies applies = Applies::kAlways;
};

const Row kRows[] = {
    {Preset::kCommon,
     EPERM,
     "it reads and clears the kernel's log, where its addresses stand",
     {"syslog"}},
    {Preset::kCommon, EPERM, "only programs of the nineties load libraries so", {"uselib"}},
    {Preset::kCommon, EPERM, "accounting and quotas are the administrator's", {"acct", "quotactl"}},
    {Preset::kCommon,
     EPERM,
     "keyrings are not separated by namespaces, and rich in past bugs",
     {"add_key", "keyctl", "request_key"}},
    {Preset::kCommon,
     EPERM,
     "placement in memory is for servers, and rich in past bugs",
     {"move_pages", "mbind", "get_mempolicy", "set_mempolicy", "migrate_pages"}},
    {Preset::kCommon,
     EPERM,
     "only 16-bit code in 32-bit programs needs it",
     {"modify_ldt"},
     Applies::kUnlessMultiarch},
    {Preset::kExt,
     EPERM,
     "the clock is the machine's",
     {"adjtimex", "clock_adjtime", "clock_adjtime64", "clock_settime", "clock_settime64",
      "settimeofday"}},
    {Preset::kExt,
     EPERM,
     "the kernel is the machine's",
     {"delete_module", "finit_module", "init_module", "kexec_file_load", "kexec_load", "reboot"}},
    {Preset::kExt, EPERM, "swap space is the machine's", {"swapoff", "swapon"}},
    {Preset::kExt,
     ENOSYS,
     "only 32-bit programs, or those of another byte order, need it",
     {"subpage_prot", "switch_endian", "vm86", "vm86old"},
     Applies::kUnlessMultiarch},
    {Preset::kDenyNs,
     EPERM,
     "in a new user namespace a program has every capability, and reaches code written for root",
     {"unshare", "setns"}},
    {Preset::kDenyNs,
     EPERM,
     "mounts are what the sandbox is made of",
     {"mount", "umount", "umount2", "pivot_root", "chroot"}},
    {Preset::kDenyNs,
     ENOSYS,
     "its flags are in memory: to allow it allows new user namespaces; programs fall back to clone",
     {"clone3"}},
    {Preset::kDenyNs,
     ENOSYS,
     "mounts are what the sandbox is made of; programs fall back to mount (CVE-2021-41133)",
     {"open_tree", "open_tree_attr", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick",
      "mount_setattr"}},
    {Preset::kDenyIds,
     EPERM,
     "files keep the owner that they have",
     {"chown", "chown32", "fchown", "fchown32", "fchownat", "lchown", "lchown32"}},
    {Preset::kDenyIds,
     EPERM,
     "the process keeps the ids that it has",
     {"setgid", "setgid32", "setgroups", "setgroups32", "setregid", "setregid32", "setresgid",
      "setresgid32", "setresuid", "setresuid32", "setreuid", "setreuid32", "setuid", "setuid32"}},
    {Preset::kDenyDevel, EPERM, "one process would look into another", {"ptrace"}},
    {Preset::kDenyDevel,
     EPERM,
     "it watches the machine, and is rich in past bugs",
     {"perf_event_open"}},
    {Preset::kStrict, EPERM, "it does what quotactl is refused for", {"quotactl_fd"}},
    {Preset::kStrict, EPERM, "it does what mbind is refused for", {"set_mempolicy_home_node"}},
    {Preset::kStrict,
     ENOSYS,
     "through a ring come calls that no filter sees, such as sockets of any family",
     {"io_uring_setup", "io_uring_enter", "io_uring_register"}},
};

constexpr SelectionWord kWords[] = {
    {"common", "the kernel's log, keyrings, quotas, memory placement, rare socket families"},
    {"ext", "common, and clocks, modules, kexec, reboot, swap", Preset::kExt},
    {"deny_ns", "common, and new namespaces and mounts", Preset::kDenyNs},
    {"deny_ids", "common, and changes of owners and of the process's ids", Preset::kDenyIds},
    {"deny_tty", "common, and typing into the terminal", Preset::kDenyTty},
    {"deny_devel", "common, and debuggers, profilers, other execution domains", Preset::kDenyDevel},
    {"strict",
     "ext, deny_ns, deny_tty and deny_devel, what gets around these, and calls newer than 6.18",
     Preset::kStrict},
    {"multiarch", "programs of the machine's second architecture run (i386)", Preset::kCommon,
     &Options::multiarch},
    {"linux32", "personality PER_LINUX32 in place of PER_LINUX", Preset::kCommon,
     &Options::linux32},
    {"can", "sockets of the family AF_CAN", Preset::kCommon, &Options::can},
    {"bluetooth", "sockets of the family AF_BLUETOOTH", Preset::kCommon, &Options::bluetooth},
};

// The name of a preset as a whole; of a group of rows.
std::string origin_of(Preset preset) {
  const auto* const word = std::ranges::find_if(
      kWords, [&](const SelectionWord& w) { return w.option == nullptr && w.preset == preset; });
  return std::string(word->name);
}

class PolicyMaker {
 public:
  explicit PolicyMaker(const Selection& selection) : selection_(selection) {
    policy_.multiarch = selection.options.multiarch;
  }

  Policy make() {
    for (const Row& row : kRows) {
      if (!contains(selection_.presets, row.preset)) continue;
      if (row.applies == Applies::kUnlessMultiarch && selection_.options.multiarch) continue;
      for (const std::string_view call : row.calls) {
        add(row.preset, call, refuse_with(row.error), {}, row.reason);
      }
    }
    refuse_rare_families(Preset::kCommon, "socket", "rare socket families are rich in past bugs");
    if (contains(selection_.presets, Preset::kStrict)) {
      refuse_rare_families(Preset::kStrict, "socketpair", "it makes sockets as socket does");
    }
    if (contains(selection_.presets, Preset::kDenyNs)) refuse_new_user_namespaces();
    if (contains(selection_.presets, Preset::kDenyTty)) refuse_terminal_input();
    if (contains(selection_.presets, Preset::kDenyDevel)) refuse_other_domains();
    if (contains(selection_.presets, Preset::kStrict)) policy_.unclassified = refuse_with(ENOSYS);
    return std::move(policy_);
  }

  Policy make_terminal_filter() {
    refuse_terminal_input();
    policy_.multiarch = sibling_of(kNativeArch).has_value();
    return std::move(policy_);
  }

 private:
  void add(Preset preset, std::string_view call, Answer answer,
           std::vector<ArgCondition> conditions, std::string_view reason) {
    policy_.rules.push_back(
        {std::string(call), answer, std::move(conditions), origin_of(preset), std::string(reason)});
  }

  // The kernel takes the family as an int; the frequent ones come first.
  void refuse_rare_families(Preset preset, std::string_view call, std::string_view reason) {
    std::vector<uint32_t> allowed{AF_LOCAL, AF_INET, AF_INET6, AF_NETLINK, AF_UNSPEC};
    if (selection_.options.can) allowed.push_back(AF_CAN);
    if (selection_.options.bluetooth) allowed.push_back(AF_BLUETOOTH);
    for (const uint32_t family : allowed) {
      add(preset, call, kAllow, {masked(0, kLow32, family)}, "a common family");
    }
    add(preset, call, refuse_with(EAFNOSUPPORT), {}, reason);
  }

  // clone takes its flags first on all of our architectures (clone(2)).
  void refuse_new_user_namespaces() {
    add(Preset::kDenyNs, "clone", refuse_with(EPERM), {masked(0, CLONE_NEWUSER, CLONE_NEWUSER)},
        "in a new user namespace a program has every capability, and reaches code written for "
        "root");
  }

  void refuse_terminal_input() {
    for (const uint32_t request : {uint32_t{TIOCSTI}, uint32_t{TIOCLINUX}}) {
      add(Preset::kDenyTty, "ioctl", refuse_with(EPERM), {masked(1, kLow32, request)},
          "what is typed into a terminal runs outside (CVE-2017-5226, CVE-2023-28100)");
    }
  }

  // Other domains bring back what was hardened since: ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC. Asking
  // (0xffffffff) is refused too. All 64 bits count: the C library passes this one as a long.
  void refuse_other_domains() {
    const uint64_t allowed = selection_.options.linux32 ? PER_LINUX32 : PER_LINUX;
    add(Preset::kDenyDevel, "personality", refuse_with(EPERM),
        {{0, Comparison::kNotEqual, allowed}},
        "other execution domains undo hardening, such as random addresses");
  }

  Selection selection_;
  Policy policy_;
};

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  for (;;) {
    const size_t comma = text.find(',');
    words.push_back(text.substr(0, comma));
    if (comma == text.npos) return words;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::span<const SelectionWord> selection_words() { return kWords; }

Selection parse_selection(std::string_view text) {
  Selection selection{Preset::kCommon, {}};
  std::vector<std::string_view> seen;
  bool has_preset = false;
  for (const std::string_view name : split(text)) {
    const auto* const word = std::ranges::find(kWords, name, &SelectionWord::name);
    if (word == std::end(kWords)) {
      throw FilterError(name.empty() ? "a name is missing"
                                     : "there is no preset \"" + std::string(name) + "\"");
    }
    if (std::ranges::find(seen, name) != seen.end()) {
      throw FilterError("\"" + std::string(name) + "\" is said twice");
    }
    seen.push_back(name);
    if (word->option != nullptr) {
      selection.options.*(word->option) = true;
    } else {
      selection.presets = selection.presets | word->preset;
      has_preset = true;
    }
  }
  if (!has_preset)
    throw FilterError("\"" + std::string(text) + "\" goes with a preset: strict," +
                      std::string(text));
  return selection;
}

std::string to_string(const Selection& selection) {
  const bool is_strict = contains(selection.presets, Preset::kStrict);
  std::string text;
  const auto add = [&](std::string_view name) {
    if (!text.empty()) text += ',';
    text += name;
  };
  if (selection.presets == Preset::kCommon) add("common");
  if (is_strict) add("strict");
  for (const SelectionWord& word : kWords) {
    if (word.option != nullptr) {
      if (selection.options.*(word.option)) add(word.name);
      continue;
    }
    const bool is_said = word.preset == Preset::kCommon || word.preset == Preset::kStrict ||
                         (is_strict && contains(Preset::kStrict, word.preset));
    if (!is_said && contains(selection.presets, word.preset)) add(word.name);
  }
  return text;
}

Policy preset_policy(const Selection& selection) { return PolicyMaker(selection).make(); }

Program terminal_filter() { return compile(PolicyMaker({}).make_terminal_filter()); }

}  // namespace kekkai::seccomp
