#include "access.h"

#include "isolation_options.h"
#include "values.h"

#include <kekkai/seccomp-presets/presets.h>

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

namespace kekkai::cli {
namespace {

using Items = std::vector<std::string>;

bool is_device(const PlannedMount& mount) { return S_ISCHR(mount.mode) || S_ISBLK(mount.mode); }

bool is_writable(const PlannedMount& mount) {
  return !has(mount.attributes, MountAttr::kReadOnly) && !is_device(mount);
}

// "/data", or "/data (/srv/data)" where the host calls it otherwise.
std::string with_host_path(const PlannedMount& mount) {
  if (mount.host_path.empty() || mount.host_path == mount.path) return mount.path;
  return mount.path + " (" + mount.host_path + ")";
}

// Of the mounts that the program sees, with some text of each.
template <class Filter, class Text>
Items collect(const Plan& plan, Filter wanted, Text text) {
  Items items;
  for (const PlannedMount& mount : plan.mounts) {
    if (mount.is_hidden || !wanted(mount)) continue;
    items.push_back(text(mount));
  }
  std::ranges::sort(items);
  return items;
}

std::string path_of(const PlannedMount& mount) { return mount.path; }

Items host_files(const Plan& plan) {
  return collect(
      plan,
      [](const PlannedMount& m) { return !m.host_path.empty() && !m.came_along && !is_device(m); },
      with_host_path);
}

Items writable(const Plan& plan, bool on_host) {
  return collect(
      plan, [&](const PlannedMount& m) { return is_writable(m) && m.host_path.empty() != on_host; },
      with_host_path);
}

Items not_executable(const Plan& plan) {
  return collect(
      plan,
      [](const PlannedMount& m) {
        const bool is_part = m.host_path.empty() && m.root != "/";  // of another one
        return has(m.attributes, MountAttr::kNoExec) && S_ISDIR(m.mode) && !is_part;
      },
      path_of);
}

Items devices(const Plan& plan) {
  return collect(
      plan,
      [](const PlannedMount& m) {
        const bool is_directory_with_nodes =
            !has(m.attributes, MountAttr::kNoDev) && !m.host_path.empty() && S_ISDIR(m.mode);
        return is_device(m) || is_directory_with_nodes;
      },
      [](const PlannedMount& m) { return is_device(m) ? m.path : "nodes below " + m.path; });
}

Items capabilities(uint64_t kept) {
  Items items;
  const Items known = capability_names();
  for (size_t i = 0; i < known.size(); ++i) {
    if ((kept >> i & 1) != 0) items.push_back(known[i]);
  }
  return items;
}

Items filters(const SeccompOptions& options) {
  Items items;
  if (options.rules) {
    items.emplace_back("rules of a file");
  } else if (options.selection) {
    items.push_back(seccomp::to_string(*options.selection));
  }
  for (const std::string& call : options.allowed) items.push_back("without " + call);
  if (!options.programs.empty()) {
    items.push_back(fmt::format("{} of your own", options.programs.size()));
  }
  return items;
}

std::string limit_text(const ResourceLimit& limit) {
  const auto value = [](rlim_t number) {
    return number == RLIM_INFINITY ? std::string("unlimited") : std::to_string(number);
  };
  return fmt::format("{}={}:{}", resource_limit_name(limit.resource), value(limit.soft),
                     value(limit.hard));
}

Items limits(const Params& params) {
  Items items;
  for (const ResourceLimit& limit : params.limits) items.push_back(limit_text(limit));
  return items;
}

Items variables(const Params& params) {
  Items items;
  for (const std::string& variable : params.env) {
    items.push_back(variable.substr(0, variable.find('=')));
  }
  return items;
}

Items descriptors(const Params& params) {
  Items items{"0", "1", "2"};
  for (const int number : params.extra_files) items.push_back(std::to_string(number));
  return items;
}

// Those that are not the container's own; the network has a line of its own.
Items shared_namespaces(const Params& params) {
  Items items;
  for (const NamedNamespace& one : named_namespaces()) {
    if (has(params.namespaces, one.which) || one.which == Namespace::kNet) continue;
    const bool is_joined = (one.which == Namespace::kUser && params.user_namespace) ||
                           (one.which == Namespace::kPid && params.pid_namespace);
    items.push_back(std::string(one.name) + (is_joined ? ": another's, by descriptor" : ": yours"));
  }
  return items;
}

Items changes_of_host(const Params& params) {
  return params.may_change_host ? Items{"what is missing below what it writes"} : Items{};
}

Items outlived(const Params& params) {
  return params.outlives_launcher ? Items{"kekkai, when that is killed"} : Items{};
}

std::string terminal_text(Terminal terminal) {
  if (terminal == Terminal::kKept) return "the caller's, with job control";
  return terminal == Terminal::kOwn ? "its own" : "none";
}

}  // namespace

std::vector<Access> access_of(const Plan& plan, const RunOptions& options) {
  const Params& params = plan.params;
  const Items network = !has(params.namespaces, Namespace::kNet)
                            ? Items{"the host's, its abstract sockets too"}
                            : Items{};
  return {
      {"sees_host", "sees of the host", host_files(plan), "nothing"},
      {"writes_host", "writes on the host", writable(plan, true), "nothing"},
      {"writes_own", "writes, then gone", writable(plan, false), "nothing"},
      {"noexec", "executes nothing in", not_executable(plan), "-"},
      {"makes_on_host", "makes on the host", changes_of_host(params), "nothing"},
      {"network", "network", network, "its own, loopback only"},
      {"namespaces", "shares namespaces", shared_namespaces(params), "none"},
      {"sockets", "sockets of the host", plan.sockets, "none known"},
      {"devices", "devices", devices(plan), "none"},
      {"capabilities", "capabilities", capabilities(params.keep_capabilities), "none"},
      {"seccomp", "system call filter", filters(options.seccomp), "none"},
      {"terminal", "terminal", {terminal_text(params.terminal)}, ""},
      {"outlives", "outlives", outlived(params), "nobody"},
      {"limits", "limits of its own", limits(params), "none"},
      {"descriptors", "descriptors", descriptors(params), ""},
      {"env", "variables", variables(params), "none"},
  };
}

std::string attributes_text(MountAttr attributes) {
  std::string text = has(attributes, MountAttr::kReadOnly) ? "ro" : "rw";
  for (const FlagName& flag : flag_table(MountAttr{})) {
    const bool is_set = (bits(attributes) & flag.value) != 0;
    if (is_set && flag.name != "ro") text.append(" ").append(flag.name);
  }
  return text;
}

std::string shown_by(const PlannedMount& mount) {
  if (!mount.host_path.empty()) return mount.host_path;
  if (mount.type == "tmpfs" && S_ISREG(mount.mode)) return "file";
  return mount.root == "/" || mount.type == "tmpfs" ? mount.type : mount.type + " " + mount.root;
}

}  // namespace kekkai::cli
