#include "bwrap_option_table.h"

#include "bwrap_error.h"
#include "bwrap_steps.h"
#include "bwrap_values.h"

#include <algorithm>
#include <utility>

namespace kekkai::cli {
namespace {

using V = BwrapValues;

// Of an option that is given again, people are told that the last one counts.
template <class T>
void keep_last(const V& values, std::optional<T>& field, T value) {
  if (field) {
    values.options.warnings.push_back("Only the last " + std::string(values.option) +
                                      " option will take effect");
  }
  field = std::move(value);
}

void keep_last_descriptor(const V& values, std::optional<int>& field) {
  keep_last(values, field, parse_bwrap_descriptor(values[0]));
}

void unshare_all(const V& v) {
  BwrapOptions& options = v.options;
  options.unshare_user_try = options.unshare_cgroup_try = true;
  options.unshare_ipc = options.unshare_pid = options.unshare_net = options.unshare_uts = true;
}

void set_argv0(const V& v) {
  if (v.options.argv0) throw BwrapError("--argv0 used multiple times", "give it once");
  v.options.argv0 = v[0];
}

constexpr const char* kOneKindOfFilters = "give --add-seccomp-fd for each of several filters";

void set_seccomp(const V& v) {
  if (!v.options.seccomp_fds.empty()) {
    throw BwrapError("--seccomp cannot be combined with --add-seccomp-fd", kOneKindOfFilters);
  }
  keep_last_descriptor(v, v.options.seccomp);
}

void add_seccomp(const V& v) {
  if (v.options.seccomp) {
    throw BwrapError("--add-seccomp-fd cannot be combined with --seccomp", kOneKindOfFilters);
  }
  v.options.seccomp_fds.push_back(parse_bwrap_descriptor(v[0]));
}

void set_next_mode(const V& v) {
  if (v.next.mode) throw BwrapError("--perms given twice for the same action", "give it once");
  v.next.mode = parse_bwrap_mode(v.option, v[0]);
}

void set_next_size(const V& v) {
  if (v.next.size != 0) {
    throw BwrapError("--size given twice for the same action", "give it once");
  }
  v.next.size = parse_bwrap_size(v[0]);
}

void require_name(const V& v, const char* call) {
  if (!v[0].empty() && v[0].find('=') == std::string::npos) return;
  throw BwrapError(std::string(call) + " failed: Invalid argument",
                   "\"" + v[0] + "\" is no name of a variable");
}

void set_variable(const V& v) {
  require_name(v, "setenv");
  v.options.environment.push_back({v[0], v[1]});
}

void unset_variable(const V& v) {
  require_name(v, "unsetenv");
  v.options.environment.push_back({v[0], std::nullopt});
}

// clang-format off
constexpr BwrapOption kOptions[]{
    {{"General", "--help", "", "show this help"}, [](const V& v) { v.options.help = true; }},
    {{"General", "--version", "", "show the version"},
     [](const V& v) { v.options.version = true; }},
    {{"General", "--args", "FD", "read more options from FD, each word ended by a NUL"},
     [](const V&) {}},
    {{"General", "--argv0", "NAME", "what COMMAND finds as its own name"}, set_argv0},
    {{"General", "--level-prefix", "", "messages begin with their level for a log: <3>"},
     [](const V& v) { v.options.level_prefix = true; }},

    {{"Namespaces", "--unshare-all", "", "all of those below; user and cgroup where possible"},
     unshare_all},
    {{"Namespaces", "--share-net", "", "keep the network after all"},
     [](const V& v) { v.options.unshare_net = false; }},
    {{"Namespaces", "--unshare-user", "", "new user ids; only root can do without"},
     [](const V& v) { v.options.unshare_user = true; }},
    {{"Namespaces", "--unshare-user-try", "", "likewise, where the system has them"},
     [](const V& v) { v.options.unshare_user_try = true; }},
    {{"Namespaces", "--unshare-ipc", "", "no shared memory, semaphores or queues of others"},
     [](const V& v) { v.options.unshare_ipc = true; }},
    {{"Namespaces", "--unshare-pid", "", "processes of its own"},
     [](const V& v) { v.options.unshare_pid = true; }},
    {{"Namespaces", "--unshare-net", "", "a network with nothing but loopback"},
     [](const V& v) { v.options.unshare_net = true; }},
    {{"Namespaces", "--unshare-uts", "", "a host name of its own"},
     [](const V& v) { v.options.unshare_uts = true; }},
    {{"Namespaces", "--unshare-cgroup", "", "its own cgroup as the root of all"},
     [](const V& v) { v.options.unshare_cgroup = true; }},
    {{"Namespaces", "--unshare-cgroup-try", "", "likewise, where the system has them"},
     [](const V& v) { v.options.unshare_cgroup_try = true; }},
    {{"Namespaces", "--userns", "FD", "join this user namespace"},
     [](const V& v) { keep_last_descriptor(v, v.options.userns); }},
    {{"Namespaces", "--userns2", "FD", "join this one when all is set up"},
     [](const V& v) { keep_last_descriptor(v, v.options.userns2); }},
    {{"Namespaces", "--disable-userns", "", "no user namespaces inside (with --unshare-user)"},
     [](const V& v) { v.options.disable_userns = true; }},
    {{"Namespaces", "--assert-userns-disabled", "", "do not start where there can be some inside"},
     [](const V& v) { v.options.assert_userns_disabled = true; }},
    {{"Namespaces", "--pidns", "FD", "join this pid namespace"},
     [](const V& v) { keep_last_descriptor(v, v.options.pidns); }},
    {{"Namespaces", "--uid", "UID", "user id inside (with --unshare-user or --userns)"},
     [](const V& v) { keep_last(v, v.options.uid, parse_bwrap_id("uid", v[0])); }},
    {{"Namespaces", "--gid", "GID", "group id inside (likewise)"},
     [](const V& v) { keep_last(v, v.options.gid, parse_bwrap_id("gid", v[0])); }},
    {{"Namespaces", "--hostname", "NAME", "host name inside (with --unshare-uts)"},
     [](const V& v) { keep_last(v, v.options.hostname, v[0]); }},

    {{"Program", "--chdir", "DIR", "start COMMAND there"},
     [](const V& v) { keep_last(v, v.options.chdir, v[0]); }},
    {{"Program", "--clearenv", "", "forget all variables"},
     [](const V& v) { v.options.environment.push_back({}); }},
    {{"Program", "--setenv", "NAME VALUE", "set a variable"}, set_variable},
    {{"Program", "--unsetenv", "NAME", "forget a variable"}, unset_variable},
    {{"Program", "--new-session", "", "a session without the caller's terminal"},
     [](const V& v) { v.options.new_session = true; }},
    {{"Program", "--die-with-parent", "", "end when the caller ends"},
     [](const V& v) { v.options.die_with_parent = true; }},
    {{"Program", "--as-pid-1", "", "COMMAND is pid 1 itself (with --unshare-pid)"},
     [](const V& v) { v.options.as_pid_1 = true; }},

    {{"Files", "--bind", "SRC DEST", "show SRC at DEST, writable"}, add_bwrap_bind},
    {{"Files", "--bind-try", "SRC DEST", "likewise, where SRC exists"}, add_bwrap_bind},
    {{"Files", "--dev-bind", "SRC DEST", "likewise, and devices work"}, add_bwrap_bind},
    {{"Files", "--dev-bind-try", "SRC DEST", "likewise, where SRC exists"}, add_bwrap_bind},
    {{"Files", "--ro-bind", "SRC DEST", "show SRC at DEST, read-only"}, add_bwrap_bind},
    {{"Files", "--ro-bind-try", "SRC DEST", "likewise, where SRC exists"}, add_bwrap_bind},
    {{"Files", "--bind-fd", "FD DEST", "show what is open as FD at DEST, writable"},
     add_bwrap_bind_fd},
    {{"Files", "--ro-bind-fd", "FD DEST", "likewise, read-only"}, add_bwrap_bind_fd},
    {{"Files", "--remount-ro", "DEST", "make the mount at DEST read-only, none below it"},
     add_bwrap_remount},
    {{"Files", "--overlay-src", "SRC", "a directory for the overlay that follows, on top so far"},
     [](const V& v) { v.next.overlay_sources.push_back(v[0]); }},
    {{"Files", "--overlay", "RWSRC WORKDIR DEST", "an overlay; what is written goes to RWSRC"},
     add_bwrap_overlay},
    {{"Files", "--tmp-overlay", "DEST", "an overlay; what is written is gone at the end"},
     add_bwrap_overlay},
    {{"Files", "--ro-overlay", "DEST", "an overlay that is read-only"}, add_bwrap_overlay},
    {{"Files", "--proc", "DEST", "a /proc"}, add_bwrap_mount},
    {{"Files", "--dev", "DEST", "a small /dev"}, add_bwrap_mount},
    {{"Files", "--tmpfs", "DEST", "an empty directory in memory"}, add_bwrap_tmpfs},
    {{"Files", "--mqueue", "DEST", "POSIX message queues"}, add_bwrap_mount},
    {{"Files", "--dir", "DEST", "a directory"}, add_bwrap_directory},
    {{"Files", "--file", "FD DEST", "a file with what FD holds"}, add_bwrap_file},
    {{"Files", "--bind-data", "FD DEST", "likewise, mounted over DEST"}, add_bwrap_file},
    {{"Files", "--ro-bind-data", "FD DEST", "likewise, read-only"}, add_bwrap_file},
    {{"Files", "--symlink", "SRC DEST", "a symbolic link at DEST that says SRC"},
     add_bwrap_symlink},
    {{"Files", "--perms", "OCTAL", "mode of what the next option makes"}, set_next_mode},
    {{"Files", "--size", "BYTES", "size of the next --tmpfs"}, set_next_size},
    {{"Files", "--chmod", "OCTAL PATH", "change the mode of PATH"}, add_bwrap_chmod},

    {{"Rights", "--seccomp", "FD", "a system call filter; the last one counts"}, set_seccomp},
    {{"Rights", "--add-seccomp-fd", "FD", "one more filter, in order"}, add_seccomp},
    {{"Rights", "--cap-add", "CAP", "keep a capability, or ALL"},
     [](const V& v) { v.options.capabilities.push_back({true, parse_bwrap_capability(v[0])}); }},
    {{"Rights", "--cap-drop", "CAP", "drop a capability, or ALL"},
     [](const V& v) { v.options.capabilities.push_back({false, parse_bwrap_capability(v[0])}); }},
    {{"Rights", "--exec-label", "LABEL", "SELinux label of COMMAND; refused"},
     [](const V& v) { keep_last(v, v.options.exec_label, v[0]); }},
    {{"Rights", "--file-label", "LABEL", "SELinux label of files; refused"},
     [](const V& v) { keep_last(v, v.options.file_label, v[0]); }},
    {{"Rights", "--not-a-security-boundary", "", "changes nothing: no failure is passed over"},
     [](const V& v) { v.options.not_a_security_boundary = true; }},

    {{"Watching", "--lock-file", "DEST", "hold a read lock on the container's file DEST"},
     [](const V& v) { v.options.lock_files.push_back(v[0]); }},
    {{"Watching", "--sync-fd", "FD", "keep FD open while the container lasts"},
     [](const V& v) { keep_last_descriptor(v, v.options.sync_fd); }},
    {{"Watching", "--block-fd", "FD", "start COMMAND only when FD can be read"},
     [](const V& v) { keep_last_descriptor(v, v.options.block_fd); }},
    {{"Watching", "--userns-block-fd", "FD", "wait for others to map the ids, until FD can be read"},
     [](const V& v) { keep_last_descriptor(v, v.options.userns_block_fd); }},
    {{"Watching", "--info-fd", "FD", "write pid and namespaces to FD, as JSON"},
     [](const V& v) { keep_last_descriptor(v, v.options.info_fd); }},
    {{"Watching", "--json-status-fd", "FD", "likewise, and the exit code, as JSON lines"},
     [](const V& v) { keep_last_descriptor(v, v.options.json_status_fd); }},
};
// clang-format on

}  // namespace

uint32_t BwrapNext::take_mode(uint32_t otherwise) {
  return std::exchange(mode, std::nullopt).value_or(otherwise);
}

size_t BwrapOption::arity() const {
  if (text.value.empty()) return 0;
  return static_cast<size_t>(std::ranges::count(text.value, ' ')) + 1;
}

std::span<const BwrapOption> bwrap_options() { return kOptions; }

std::vector<BwrapOptionText> bwrap_option_texts() {
  std::vector<BwrapOptionText> texts;
  for (const BwrapOption& option : kOptions) texts.push_back(option.text);
  return texts;
}

}  // namespace kekkai::cli
