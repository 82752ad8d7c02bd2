// The rules: one function each, and the table of all.
#include "access.h"
#include "files.h"
#include "lint.h"

#include <kekkai/ops/ops.h>
#include <kekkai/ops/source.h>
#include <kekkai/seccomp-presets/calls.h>
#include <kekkai/seccomp-presets/presets.h>

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>

namespace kekkai::cli {
namespace {

using Found = std::vector<std::string>;

std::string variable(const LintContext& c, const std::string& name) {
  const auto found = c.caller.env.find(name);
  return found == c.caller.env.end() ? std::string() : found->second;
}

// The places of the host that the program may write to.
std::vector<const PlannedMount*> writable_mounts(const LintContext& c) {
  std::vector<const PlannedMount*> found;
  for (const PlannedMount& mount : c.plan.mounts) {
    const bool is_file = S_ISDIR(mount.mode) || S_ISREG(mount.mode);
    if (mount.host_path.empty() || mount.is_hidden || !is_file) continue;
    if (!has(mount.attributes, MountAttr::kReadOnly)) found.push_back(&mount);
  }
  return found;
}

// Writable places in which some of `paths` of the host are.
Found writable_around(const LintContext& c, const std::set<std::string>& paths) {
  Found found;
  for (const PlannedMount* mount : writable_mounts(c)) {
    std::string shown;
    for (const std::string& path : paths) {
      if (is_within(path, mount->host_path)) shown += " " + path;
    }
    if (!shown.empty()) found.push_back(mount->path + " shows" + shown);
  }
  return found;
}

Found find_writable_home(const LintContext& c) {
  const std::string home = variable(c, "HOME");
  return home.empty() ? Found{} : writable_around(c, {home});
}

Found find_writable_path(const LintContext& c) {
  std::set<std::string> directories;
  const std::string path = variable(c, "PATH");
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find(':', at), path.size());
    if (path[at] == '/') directories.insert(path.substr(at, end - at));
    at = end + 1;
  }
  return writable_around(c, directories);
}

Found find_writable_dotfiles(const LintContext& c) {
  Found found;
  const std::string home = variable(c, "HOME");
  if (home.size() < 2) return found;
  for (const PlannedMount* mount : writable_mounts(c)) {
    const std::string& path = mount->host_path;
    const bool is_cache = is_within(path, home + "/.cache");  // nothing runs what is there
    if (path.starts_with(home + "/.") && !is_cache) {
      found.push_back(mount->path + " shows " + path);
    }
  }
  return found;
}

Found find_writable_kekkai(const LintContext& c) { return writable_around(c, {c.own_program}); }

Found find_abstract_sockets(const LintContext& c) {
  return c.options.share_network ? Found{"--net shares every abstract socket of the host"}
                                 : Found{};
}

// Everywhere else a filter sees to it.
Found find_kept_terminal(const LintContext& c) {
  const std::string number =
      std::to_string(seccomp::find_call("ioctl")->number(seccomp::kNativeArch));
  const bool allows_ioctl = std::ranges::any_of(
      c.options.seccomp.allowed,
      [&](const std::string& call) { return call == "ioctl" || call == number; });
  const bool has_terminal = c.caller.has_terminal || c.options.terminal == Terminal::kKept;
  if (!has_terminal || !allows_ioctl) return {};
  return {"--seccomp-allow ioctl lets the program type into the caller's terminal"};
}

// Where an op mounts something; empty for other ops.
std::string mount_point_of(const Op& op) {
  if (const auto* bind = dynamic_cast<const OpOf<ops::Bind>*>(&op)) return bind->spec.target.str();
  if (const auto* tmpfs = dynamic_cast<const OpOf<ops::Tmpfs>*>(&op)) return tmpfs->spec.path.str();
  if (const auto* overlay = dynamic_cast<const OpOf<ops::Overlay>*>(&op)) {
    return overlay->spec.path.str();
  }
  return {};
}

Found find_hidden_mounts(const LintContext& c) {
  Found found;
  const Ops& files = c.options.files;
  std::map<std::string, size_t> places;
  for (size_t i = files.size(); i-- > 0;) {  // the last one is on top
    const std::string place = mount_point_of(files[i]);
    if (place.empty()) continue;
    const auto visible =
        static_cast<size_t>(std::ranges::count_if(c.plan.mounts, [&](const PlannedMount& mount) {
          return mount.path == place && !mount.is_hidden;
        }));
    const bool is_mounted =
        std::ranges::find(c.plan.mounts, place, &PlannedMount::path) != c.plan.mounts.end();
    if (++places[place] > visible && is_mounted) {
      found.insert(found.begin(), files[i].describe() + " is below a later mount");
    }
  }
  return found;
}

// Who may put something else in the place of `path`, or of what it is in; empty for nobody but the
// caller and root.
std::string weak_directory(const LintContext& c, const std::string& path) {
  namespace fs = std::filesystem;
  try {
    FileStatus above = c.k.statx(open_source(c.k, HostPath("/")));
    fs::path here = "/";
    for (const fs::path& name : fs::path(path).relative_path()) {
      const FileStatus next = c.k.statx(open_source(c.k, HostPath((here / name).string())));
      const bool is_open = (above.mode & S_IWOTH) != 0;
      const bool is_kept = (above.mode & S_ISVTX) != 0 && (next.uid == c.uid || next.uid == 0);
      if (is_open && !is_kept) return here.string();
      above = next;
      here /= name;
    }
  } catch (const SyscallError&) {
    // An optional source that is missing.
  }
  return {};
}

Found find_weak_sources(const LintContext& c) {
  Found found;
  for (size_t i = 0; i < c.options.files.size(); ++i) {
    const auto* bind = dynamic_cast<const OpOf<ops::Bind>*>(&c.options.files[i]);
    if (bind == nullptr || bind->spec.descriptor) continue;
    const std::string path = bind->spec.source.str();
    const std::string weak = weak_directory(c, path);
    if (!weak.empty())
      found.push_back(fmt::format("{} is in {}, which everybody may write to", path, weak));
  }
  return found;
}

Found find_open_proc(const LintContext& c) {
  Found found;
  for (const std::string& name : c.options.proc.open) found.push_back("--proc-open " + name);
  return found;
}

bool is_session_bus(const std::string& socket) { return socket.ends_with("/bus"); }

Found find_session_bus(const LintContext& c) {
  Found found;
  std::ranges::copy_if(c.plan.sockets, std::back_inserter(found), is_session_bus);
  return found;
}

Found find_container_sockets(const LintContext& c) {
  constexpr std::array kNames{"docker.sock", "containerd.sock", "podman.sock", "crio.sock"};
  Found found;
  for (const std::string& socket : c.plan.sockets) {
    if (std::ranges::any_of(kNames, [&](const char* name) { return socket.ends_with(name); })) {
      found.push_back(socket);
    }
  }
  return found;
}

Found find_root_caller(const LintContext& c) {
  return c.uid == 0 ? Found{"files that only root may read stay readable"} : Found{};
}

Found find_no_filter(const LintContext& c) {
  const SeccompOptions& seccomp = c.options.seccomp;
  const bool has_filter = seccomp.selection || seccomp.rules || !seccomp.programs.empty();
  return has_filter ? Found{} : Found{"--seccomp none"};
}

constexpr std::array kRules{
    LintRule{"writable-home", Level::kError,
             "What can be written in a home is executed by the next login outside.",
             "Show the one directory that the program needs.", find_writable_home},
    LintRule{"writable-path", Level::kError,
             "A program that is put into a directory of PATH is executed outside.",
             "Show the directory with --ro, or another one.", find_writable_path},
    LintRule{"writable-dotfiles", Level::kWarning,
             "Programs outside read files like this one, and execute what they name.",
             "Show it with --ro, or a copy of it with --overlay-tmp.", find_writable_dotfiles},
    LintRule{"writable-kekkai", Level::kError,
             "Whoever can replace kekkai is outside of the next sandbox.",
             "Show its directory with --ro.", find_writable_kekkai},
    LintRule{"abstract-sockets", Level::kWarning,
             "Abstract sockets belong to the network, not to the files: X servers and session "
             "managers may listen there.",
             "Leave out --net where the program needs no network; start an X server with -nolisten "
             "local.",
             find_abstract_sockets},
    LintRule{"kept-terminal", Level::kError,
             "What is typed into the terminal is executed by the shell outside.",
             "Leave out ioctl from --seccomp-allow, or give the program --pty.",
             find_kept_terminal},
    LintRule{"hidden-mount", Level::kWarning, "Nobody sees what is mounted there.",
             "Put the option behind the one that hides it, or leave it out.", find_hidden_mounts},
    LintRule{"weak-source", Level::kWarning,
             "Somebody else may put something of theirs in its place.",
             "Keep it in a directory that only you can write to.", find_weak_sources},
    LintRule{"open-proc", Level::kWarning,
             "Root's files there change the whole machine, and they do not ask for capabilities.",
             "Leave out --proc-open.", find_open_proc},
    LintRule{"session-bus", Level::kWarning,
             "The session bus starts programs outside of the sandbox.",
             "Show a socket of xdg-dbus-proxy(1) instead.", find_session_bus},
    LintRule{"container-socket", Level::kError,
             "Who may start containers there is root of the machine.", "Do not show the socket.",
             find_container_sockets},
    LintRule{"root-caller", Level::kNote, "No capability is needed for a file of one's own.",
             "Start it as an ordinary user.", find_root_caller},
    LintRule{"no-filter", Level::kWarning,
             "Every system call of the kernel can be tried, also those that nobody needs.",
             "Leave out --seccomp none, and allow what is missing with --seccomp-allow.",
             find_no_filter},
};

}  // namespace

std::span<const LintRule> lint_rules() { return kRules; }

}  // namespace kekkai::cli
