#include "bwrap_rules.h"

#include "bwrap_error.h"

#include <algorithm>
#include <set>

namespace kekkai::cli {
namespace {

struct Rule {
  bool broken;
  const char* text;
  const char* hint;
};

void require(std::initializer_list<Rule> rules) {
  for (const Rule& rule : rules) {
    if (rule.broken) throw BwrapError(rule.text, rule.hint);
  }
}

bool makes_user_namespace(const BwrapOptions& options, const BwrapCaller& caller) {
  const bool needs_one = caller.uid != 0 && !options.userns;
  return options.unshare_user || needs_one ||
         (options.unshare_user_try && caller.has_user_namespaces);
}

void check_labels(const BwrapOptions& options, const BwrapCaller& caller) {
  if (!options.exec_label && !options.file_label) return;
  const std::string option = options.exec_label ? "--exec-label" : "--file-label";
  if (!caller.has_selinux) {
    throw BwrapError("labeling not supported on this system",
                     option + ": this kernel has no SELinux; leave the option away");
  }
  throw BwrapError("labeling not supported",
                   option + ": Kekkai sets no SELinux labels; use bubblewrap for that");
}

// What has to be written on the command line itself, whoever the caller is.
void check_written(const BwrapOptions& o) {
  const bool gates_ids = o.userns_block_fd.has_value();
  constexpr const char* kAddUser = "add --unshare-user; --unshare-all does not stand for it";
  constexpr const char* kOneOfBoth = "a namespace is either joined or made: leave one of them away";
  require({
      {gates_ids && !o.unshare_user, "--userns-block-fd requires --unshare-user", kAddUser},
      {gates_ids && !o.info_fd, "--userns-block-fd requires --info-fd",
       "whoever maps the ids learns from it for which process"},
      {o.userns && o.unshare_user, "--userns not compatible --unshare-user", kOneOfBoth},
      {o.userns && o.unshare_user_try, "--userns not compatible --unshare-user-try", kOneOfBoth},
      {o.disable_userns && !o.unshare_user, "--disable-userns requires --unshare-user", kAddUser},
      {o.disable_userns && gates_ids, "--disable-userns is not compatible with  --userns-block-fd",
       "leave one of them away"},
  });
}

void check_meaning(const BwrapOptions& o, const BwrapCaller& caller) {
  const bool has_ids = makes_user_namespace(o, caller) || o.userns;
  require({
      {o.chdir == "", "Can't chdir to : No such file or directory", "--chdir needs a directory"},
      {o.hostname == "", "Can't set hostname to : Invalid argument",
       "leave --hostname away to keep the name of the host"},
      {!has_ids && o.uid.value_or(caller.uid) != caller.uid,
       "Specifying --uid requires --unshare-user or --userns", "add --unshare-user"},
      {!has_ids && o.gid.value_or(caller.gid) != caller.gid,
       "Specifying --gid requires --unshare-user or --userns", "add --unshare-user"},
      {o.hostname && !o.unshare_uts, "Specifying --hostname requires --unshare-uts",
       "add --unshare-uts, or it were the name of the host that changes"},
      {o.as_pid_1 && !o.unshare_pid, "Specifying --as-pid-1 requires --unshare-pid",
       "add --unshare-pid"},
      {o.as_pid_1 && !o.lock_files.empty(),
       "Specifying --as-pid-1 and --lock-file is not permitted",
       "without a pid 1 of ours nobody holds the lock"},
  });
}

}  // namespace

void check_bwrap(const BwrapOptions& options, const BwrapCaller& caller) {
  check_labels(options, caller);
  check_written(options);
  check_meaning(options, caller);
}

Namespace bwrap_namespaces(const BwrapOptions& options, const BwrapCaller& caller) {
  Namespace namespaces = Namespace::kMount;
  const auto add = [&](bool wanted, Namespace one) {
    if (wanted) namespaces = namespaces | one;
  };
  add(makes_user_namespace(options, caller), Namespace::kUser);
  add(options.unshare_pid, Namespace::kPid);
  add(options.unshare_ipc, Namespace::kIpc);
  add(options.unshare_uts, Namespace::kUts);
  add(options.unshare_net, Namespace::kNet);
  add(options.unshare_cgroup || options.unshare_cgroup_try, Namespace::kCgroup);
  return namespaces;
}

uint64_t bwrap_capabilities(const BwrapOptions& options, const BwrapCaller& caller) {
  // What root keeps without a word it has as uid 0, and as nobody else.
  const bool is_root_inside =
      options.uid.value_or(caller.uid) == 0 || !options.capabilities.empty();
  uint64_t kept = caller.uid == 0 && is_root_inside ? caller.capabilities : 0;
  for (const BwrapCapabilities& change : options.capabilities) {
    kept = change.keep ? kept | change.which : kept & ~change.which;
  }
  // Only in a user namespace of its own is there more to be had than the caller's.
  const bool has_all = makes_user_namespace(options, caller) || options.userns;
  return kept & (has_all ? caller.known_capabilities : caller.capabilities);
}

bool bwrap_asks_for_root(const BwrapOptions& options, const BwrapCaller& caller) {
  const bool others_map = options.userns || options.userns_block_fd;
  return others_map && caller.uid == 0 && options.capabilities.empty();
}

std::vector<int> bwrap_inherited(const BwrapOptions& options, const BwrapCaller& caller) {
  std::set<int> used(options.args_fds.begin(), options.args_fds.end());
  used.insert(options.seccomp_fds.begin(), options.seccomp_fds.end());
  for (const auto& one :
       {options.userns, options.userns2, options.pidns, options.block_fd, options.userns_block_fd,
        options.info_fd, options.json_status_fd, options.seccomp}) {
    if (one) used.insert(*one);
  }
  if (options.sync_fd && !options.as_pid_1) used.insert(*options.sync_fd);
  for (const BwrapStep& step : options.steps) {
    if (const auto* file = std::get_if<BwrapFile>(&step)) used.insert(file->descriptor);
    const auto* bind = std::get_if<BwrapBind>(&step);
    if (bind != nullptr && bind->descriptor) used.insert(*bind->descriptor);
  }
  std::vector<int> inherited;
  std::ranges::copy_if(caller.descriptors, std::back_inserter(inherited),
                       [&](int descriptor) { return !used.contains(descriptor); });
  return inherited;
}

}  // namespace kekkai::cli
