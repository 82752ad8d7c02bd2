#include "bwrap_mapping.h"

#include "bwrap_error.h"
#include "bwrap_isolation.h"
#include "bwrap_ops.h"

#include <kekkai/syscall/syscall_error.h>

#include <errno.h>

#include <cstring>
#include <system_error>

namespace kekkai::cli {
namespace {

constexpr const char* kHowToMakeFilters =
    "`kekkai seccomp export` and seccomp_export_bpf(3) make such files";

std::map<std::string, std::string> environment(const BwrapOptions& options,
                                               const BwrapCaller& caller) {
  std::map<std::string, std::string> env = caller.env;
  for (const BwrapVariable& change : options.environment) {
    if (change.name.empty()) {
      env.clear();
    } else if (change.value) {
      env[change.name] = *change.value;
    } else {
      env.erase(change.name);
    }
  }
  return env;
}

BwrapError no_directory(const std::string& path, const std::string& why) {
  return BwrapError("Can't chdir to " + path + ": " + why);
}

std::string absolute(const std::string& path) { return path.starts_with('/') ? path : "/" + path; }

// The caller's directory where the container has it, else HOME, else the root.
std::vector<ContainerPath> working_directories(const BwrapOptions& options,
                                               const BwrapCaller& caller,
                                               const std::map<std::string, std::string>& env) {
  try {
    if (options.chdir) return {absolute(*options.chdir)};
  } catch (const PathError& e) {
    throw no_directory(*options.chdir, e.what());
  }
  std::vector<ContainerPath> candidates;
  const auto home = env.find("HOME");
  for (const std::string& path :
       {caller.directory, home == env.end() ? std::string() : home->second}) {
    try {
      if (!path.empty()) candidates.emplace_back(absolute(path));
    } catch (const PathError&) {
      // One that is no path of the container is not there.
    }
  }
  candidates.emplace_back("/");
  return candidates;
}

FilterProgram read_filter(int descriptor, const ReadDescriptor& read) {
  std::string bytes;
  try {
    bytes = read(descriptor);
  } catch (const SyscallError& e) {
    throw BwrapError("Can't read seccomp data: " + std::generic_category().message(e.error()),
                     "descriptor " + std::to_string(descriptor) + " has to be open for reading");
  }
  if (bytes.size() % sizeof(sock_filter) != 0) {
    throw BwrapError("Invalid seccomp data, must be multiple of 8",
                     "descriptor " + std::to_string(descriptor) + " holds " +
                         std::to_string(bytes.size()) + " bytes; " + kHowToMakeFilters);
  }
  if (bytes.empty()) {
    throw BwrapError(
        "Unable to set up system call filtering as requested: there are no rules",
        "descriptor " + std::to_string(descriptor) + " is empty; " + kHowToMakeFilters);
  }
  FilterProgram filter(bytes.size() / sizeof(sock_filter));
  std::memcpy(filter.data(), bytes.data(), bytes.size());
  return filter;
}

std::vector<FilterProgram> read_filters(const BwrapOptions& options, const ReadDescriptor& read) {
  std::vector<FilterProgram> filters;
  for (const int descriptor : options.seccomp_fds) {
    filters.push_back(read_filter(descriptor, read));
  }
  if (options.seccomp) filters.push_back(read_filter(*options.seccomp, read));
  return filters;
}

}  // namespace

ContainerSettings make_bwrap_container(const BwrapOptions& options, const BwrapCaller& caller,
                                       const ReadDescriptor& read) {
  check_bwrap(options, caller);
  ContainerSettings settings;
  Params& params = settings.params;
  isolate(options, caller, params);
  params.filters = read_filters(options, read);
  params.ops = make_bwrap_ops(options, caller);
  params.command = options.command;
  const std::map<std::string, std::string> env = environment(options, caller);
  for (const auto& [name, value] : env) {
    if (name != "PWD") params.env.emplace_back(name).append("=").append(value);
  }
  params.names_directory = true;
  params.working_directories = working_directories(options, caller, env);
  params.terminal = caller.has_terminal && !options.new_session ? Terminal::kKept : Terminal::kNone;
  for (const int descriptor : bwrap_inherited(options, caller)) {
    settings.extra_files.push_back({descriptor, descriptor});
  }
  return settings;
}

}  // namespace kekkai::cli
