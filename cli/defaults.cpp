#include "defaults.h"

#include "files.h"
#include "isolation_options.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace kekkai::cli {
namespace {

constexpr std::array<std::string_view, 8> kPassedOn{"HOME", "USER",      "LOGNAME", "SHELL",
                                                    "TERM", "COLORTERM", "LANG",    "TZ"};

uint32_t cover_mode(const std::string& directory) {
  if (directory == "/tmp" || directory == "/var/tmp") return 01777;
  return directory == "/root" ? 0700 : 0755;
}

using Environment = std::map<std::string, std::string>;

// HOME, as a path of the container; nothing where it is none.
std::optional<ContainerPath> home_in(const Environment& env) {
  const auto home = env.find("HOME");
  if (home == env.end()) return std::nullopt;
  try {
    const ContainerPath path(home->second);
    return path.is_root() ? std::nullopt : std::optional(path);
  } catch (const PathError&) {
    return std::nullopt;
  }
}

// A program finds its HOME there, empty and writable.
void add_home(Ops& ops, const Caller& caller) {
  const auto home = home_in(caller.env);
  if (!home) return;
  const bool covered = std::ranges::any_of(
      caller.covered, [&](const std::string& cover) { return is_within(home->str(), cover); });
  if (covered) {
    ops.mkdir({.path = *home, .mode = 0700});
  } else if (caller.home_exists) {
    ops.tmpfs({.path = *home, .mode = 0700});
  }
}

bool is_at_top(const std::string& directory) { return directory.rfind('/') == 0; }

// Where what several options can change comes from: all those that did.
std::string origin_in(const RunOptions& options, std::initializer_list<std::string_view> names) {
  std::string origin;
  for (const GivenOption& given : options.given) {
    if (std::ranges::find(names, given.name) == names.end()) continue;
    origin += (origin.empty() ? "" : " ") + given.text();
  }
  return origin.empty() ? "default" : origin;
}

void add_base(Ops& ops, const RunOptions& options) {
  if (options.root) {
    ops.root(*options.root);
  } else {
    ops.bind({.source = "/", .target = "/"});
  }
}

void add_covers(Ops& ops, const RunOptions& options, const Caller& caller) {
  for (const std::string& directory : caller.covered) {
    // Below another root than the host's there may be nothing to cover, and no place to make.
    const bool optional = options.root && !is_at_top(directory);
    ops.tmpfs({.path = directory, .mode = cover_mode(directory), .optional = optional});
  }
}

void add_network_files(Ops& ops, const RunOptions& options, const Caller& caller) {
  if (!options.share_network || options.bare) return;
  for (const std::string& file : caller.network_files) {
    ops.bind({.source = file, .target = file, .optional = true});
  }
}

void add_daemons(TracedOps& traced, const RunOptions& options) {
  auto given = options.given.begin();
  for (ops::Daemon daemon : options.daemons) {
    given = std::ranges::find(given, options.given.end(), "daemon", &GivenOption::name);
    traced.origins.push_back(given == options.given.end() ? std::string() : (given++)->text());
    daemon.timeout = options.daemon_timeout.value_or(daemon.timeout);
    traced.ops.daemon(std::move(daemon));
  }
}

std::vector<ContainerPath> working_directories(const RunOptions& options, const Caller& caller,
                                               const Environment& env) {
  if (options.cwd) return {*options.cwd};
  std::vector<ContainerPath> candidates;
  if (!caller.directory.empty()) candidates.emplace_back(caller.directory);
  if (const auto home = home_in(env)) candidates.push_back(*home);
  candidates.emplace_back("/");
  return candidates;
}

// What is there before any option.
void add_defaults(TracedOps& traced, const RunOptions& options, const Caller& caller) {
  Ops& ops = traced.ops;
  const auto come_from = [&](const std::string& origin) {
    traced.origins.resize(ops.size(), origin);
  };
  add_base(ops, options);
  come_from(origin_in(options, {"root"}));
  add_covers(ops, options, caller);
  come_from("default");
  ops.proc(options.proc);
  come_from(origin_in(options, {"proc", "proc-open"}));
  ops.dev(options.dev);
  come_from(origin_in(options, {"devfs"}));
  add_home(ops, caller);
  come_from("default");
  add_network_files(ops, options, caller);
  come_from("--net");
}

[[noreturn]] void exclude(const char* one, const char* other) {
  throw std::invalid_argument(std::string(one) + " and " + other + " exclude each other");
}

Environment environment(const RunOptions& options, const Caller& caller) {
  Environment env;
  if (options.env_all) {
    env = caller.env;
  } else if (!options.clear_env) {
    env.emplace("PATH", kDefaultPath);
    for (const auto& [name, value] : caller.env) {
      if (name.starts_with("LC_") || std::ranges::find(kPassedOn, name) != kPassedOn.end()) {
        env[name] = value;
      }
    }
  }
  for (const std::string& name : options.env_unset) env.erase(name);
  for (const std::string& setting : options.env) {
    const size_t equals = setting.find('=');
    if (equals != setting.npos) {
      env[setting.substr(0, equals)] = setting.substr(equals + 1);
    } else if (const auto own = caller.env.find(setting); own != caller.env.end()) {
      env[setting] = own->second;
    }
  }
  if (options.env_pwd) env.erase("PWD");
  return env;
}

}  // namespace

TracedOps trace_ops(const RunOptions& options, const Caller& caller) {
  TracedOps traced;
  if (!options.bare) add_defaults(traced, options, caller);
  traced.ops.append(options.files);
  for (const size_t origin : options.file_origins) {
    traced.origins.push_back(options.given.at(origin).text());
  }
  traced.origins.resize(traced.ops.size());
  add_daemons(traced, options);
  return traced;
}

const std::vector<std::string>& covered_directories() {
  static const std::vector<std::string> kDirectories{"/home",    "/root", "/run",   "/tmp",
                                                     "/var/tmp", "/mnt",  "/media", "/srv"};
  return kDirectories;
}

std::vector<std::string> make_environment(const RunOptions& options, const Caller& caller) {
  const Environment env = environment(options, caller);
  std::vector<std::string> list;
  list.reserve(env.size());
  for (const auto& [name, value] : env) list.emplace_back(name).append("=").append(value);
  return list;
}

Params make_params(const RunOptions& options, const Caller& caller) {
  if (options.command.empty()) throw std::invalid_argument("there is no COMMAND to run");
  if (options.env_all && options.clear_env) exclude("--env-all", "--clear-env");
  if (options.lifetime.outlives_kekkai && options.lifetime.dies_with_parent) {
    exclude("--outlive", "--die-with-parent");
  }
  Params params;
  params.ops = trace_ops(options, caller).ops;
  params.command = options.command;
  params.env = make_environment(options, caller);
  params.working_directories = working_directories(options, caller, environment(options, caller));
  params.names_directory = options.env_pwd;
  params.argv0 = options.argv0;
  params.uid = options.uid.value_or(kCallersId);
  params.gid = options.gid.value_or(kCallersId);
  params.hostname = options.hostname;
  params.keep_capabilities = options.keep_capabilities;
  params.umask = options.umask;
  params.limits = options.limits;
  isolate(options, params);
  params.terminal = options.terminal;
  if (options.kill_after) params.kill_delay = *options.kill_after;
  // Even no filter means: nothing is typed into a terminal of the caller's.
  const bool guards_terminal = caller.has_terminal || options.terminal == Terminal::kKept;
  add_filters(options.seccomp, guards_terminal, params);
  params.verbose = options.verbose || options.status_fd.has_value();
  return params;
}

char** copied_init(const RunOptions& options, const Caller& caller) {
  const bool tells_init = !options.pid_file.empty() || options.status_fd;
  return tells_init ? nullptr : caller.argv;
}

}  // namespace kekkai::cli
