#include "run_options.h"

#include <kekkai/seccomp-presets/rules.h>

#include <limits.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace kekkai::cli {
namespace {

constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::array kPassedOn{"HOME", "USER",      "LOGNAME", "SHELL",
                               "TERM", "COLORTERM", "LANG",    "TZ"};

[[noreturn]] void refuse(const char* option, const std::string& value, const std::string& why) {
  throw std::invalid_argument(std::string(option) + " " + value + ": " + why);
}

std::string absolute(const Caller& caller, const std::string& path) {
  if (path.starts_with('/')) return path;
  if (caller.directory.empty()) {
    throw std::invalid_argument("a relative path, but the working directory is gone");
  }
  return caller.directory + "/" + path;
}

// SRC[:DEST]; where DEST is missing it is SRC. A ":" in SRC cannot be written here.
ops::Bind parse_bind(const Caller& caller, const std::string& value, bool writable) {
  const size_t colon = value.find(':');
  const std::string source = value.substr(0, colon);
  if (source.empty()) throw std::invalid_argument("the source is empty");
  const std::string host = absolute(caller, source);
  ops::Bind bind{.source = host, .writable = writable};
  bind.target = colon == value.npos
                    ? ContainerPath(std::filesystem::path(host).lexically_normal().string())
                    : ContainerPath(value.substr(colon + 1));
  return bind;
}

void add_file_option(Ops& ops, const Caller& caller, const FileOption& option) {
  switch (option.kind) {
    case FileOption::Kind::kReadOnly:
      ops.bind(parse_bind(caller, option.value, false));
      break;
    case FileOption::Kind::kWritable:
      ops.bind(parse_bind(caller, option.value, true));
      break;
    case FileOption::Kind::kTmpfs:
      ops.tmpfs({.path = ContainerPath(option.value)});
      break;
  }
}

const char* option_name(FileOption::Kind kind) {
  switch (kind) {
    case FileOption::Kind::kReadOnly:
      return "--ro";
    case FileOption::Kind::kWritable:
      return "--rw";
    case FileOption::Kind::kTmpfs:
      return "--tmpfs";
  }
  return "";
}

uint32_t cover_mode(const std::string& directory) {
  if (directory == "/tmp" || directory == "/var/tmp") return 01777;
  return directory == "/root" ? 0700 : 0755;
}

Ops make_ops(const RunOptions& options, const Caller& caller) {
  Ops ops;
  ops.bind({.source = "/", .target = "/"});
  for (const std::string& directory : caller.covered) {
    ops.tmpfs({.path = directory, .mode = cover_mode(directory)});
  }
  ops.proc().dev();
  for (const FileOption& option : options.files) {
    try {
      add_file_option(ops, caller, option);
    } catch (const std::invalid_argument& e) {  // PathError too
      refuse(option_name(option.kind), option.value, e.what());
    }
  }
  return ops;
}

}  // namespace

const std::vector<std::string>& covered_directories() {
  static const std::vector<std::string> kDirectories{"/home",    "/root", "/run",   "/tmp",
                                                     "/var/tmp", "/mnt",  "/media", "/srv"};
  return kDirectories;
}

std::vector<std::string> make_environment(const Caller& caller,
                                          const std::vector<std::string>& settings) {
  std::map<std::string, std::string> env{{"PATH", kDefaultPath}};
  for (const auto& [name, value] : caller.env) {
    if (name.starts_with("LC_") || std::ranges::find(kPassedOn, name) != kPassedOn.end()) {
      env[name] = value;
    }
  }
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    if (equals == setting.npos || equals == 0) refuse("--env", setting, "it is not NAME=VALUE");
    env[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  std::vector<std::string> list;
  list.reserve(env.size());
  for (const auto& [name, value] : env) list.emplace_back(name).append("=").append(value);
  return list;
}

Params make_params(const RunOptions& options, const Caller& caller) {
  if (options.command.empty()) throw std::invalid_argument("there is no COMMAND to run");
  Params params;
  params.ops = make_ops(options, caller);
  params.command = options.command;
  params.env = make_environment(caller, options.env);
  if (!caller.directory.empty()) {
    params.working_directories.insert(params.working_directories.begin(),
                                      ContainerPath(caller.directory));
  }
  params.share_network = options.share_network;
  if (options.seccomp_strict) {
    params.filters.push_back(seccomp::compile_preset(seccomp::Preset::kStrict, {}));
  }
  params.verbose = options.verbose;
  return params;
}

}  // namespace kekkai::cli
