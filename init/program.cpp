#include <kekkai/init/program.h>
#include <kekkai/ops/refusal.h>

#include <errno.h>
#include <sys/stat.h>

#include <algorithm>

namespace kekkai {
namespace {

constexpr const char* kNoDirectory =
    "that is where the program is to start: show the directory to it, or choose another";
constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

std::string_view search_path(const std::vector<std::string>& env) {
  for (const std::string& entry : env) {
    if (entry.starts_with("PATH=")) return std::string_view(entry).substr(5);
  }
  return kDefaultPath;
}

// 0, or the errno that says why `path` is no program.
int why_not_executable(Dispatcher& k, const std::string& path) {
  try {
    k.access_executable(Fd::cwd(), path);
    const UniqueFd file = k.openat2(Fd::cwd(), path, Open::kPath, Resolve::kAnywhere);
    return S_ISDIR(k.statx(file).mode) ? EACCES : 0;
  } catch (const SyscallError& e) {
    return e.error();
  }
}

[[noreturn]] void fail(const std::string& program, int error, std::string reason, int exit_code) {
  throw SetupFailure({.phase = Phase::kExecute,
                      .op = program,
                      .error = error,
                      .reason = std::move(reason),
                      .hint = hint_for("faccessat2", error, Phase::kExecute),
                      .exit_code = exit_code});
}

// The interpreter that a script's first line names; empty where it names none.
std::string interpreter_of(Dispatcher& k, const std::string& path) {
  try {
    const UniqueFd file = k.openat2(Fd::cwd(), path, Open::kReadOnly, Resolve::kAnywhere);
    constexpr size_t kLongestLine = 256;  // BINPRM_BUF_SIZE
    std::string line = read_text(k, file, kLongestLine);
    if (!line.starts_with("#!")) return {};
    line.erase(0, line.find_first_not_of(" \t", 2));
    return line.substr(0, line.find_first_of(" \t\n"));
  } catch (const SyscallError&) {
    return {};
  }
}

}  // namespace

ContainerPath enter_working_directory(Dispatcher& k, const std::vector<ContainerPath>& candidates) {
  // Never through a descriptor of ours, as /proc/self/fd/N would (CVE-2024-21626).
  const auto open = [&](const ContainerPath& path, bool is_last) {
    constexpr Open kDirectory = Open::kPath | Open::kDirectory;
    constexpr Resolve kHow = Resolve::kNoMagicLinks;
    return is_last ? k.openat2(Fd::cwd(), path.str(), kDirectory, kHow)
                   : k.openat2_unless(ENOENT, Fd::cwd(), path.str(), kDirectory, kHow);
  };
  ContainerPath entered;
  for (const ContainerPath& candidate : candidates) {
    const bool is_last = candidate == candidates.back();
    try {
      const UniqueFd directory = open(candidate, is_last);
      if (!directory) continue;
      k.fchdir(directory);
      entered = candidate;
      break;
    } catch (const SyscallError& e) {
      if (!is_last) continue;
      const std::string hint = hint_for(e.call(), e.error(), Phase::kExecute);
      throw SetupFailure({.phase = Phase::kExecute,
                          .call = e.call(),
                          .error = e.error(),
                          .hint = hint.empty() ? kNoDirectory : hint});
    }
  }
  if (!k.getcwd().starts_with('/')) throw Refusal("the working directory is outside the root");
  return entered;
}

std::string find_program(Dispatcher& k, const std::string& name,
                         const std::vector<std::string>& env) {
  if (name.empty()) fail("\"\"", 0, "the name of the program is empty", kExitNotFound);
  if (name.find('/') != name.npos) {
    const int error = why_not_executable(k, name);
    if (error == 0) return name;
    fail(name, error, {}, error == ENOENT || error == ENOTDIR ? kExitNotFound : kExitNotExecutable);
  }
  const std::string_view path = search_path(env);
  int refused = 0;
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find(':', at), path.size());
    const std::string_view directory = path.substr(at, end - at);
    std::string candidate = directory.empty() ? "./" + name : std::string(directory) + "/" + name;
    const int error = why_not_executable(k, candidate);
    if (error == 0) return candidate;
    if (error != ENOENT && error != ENOTDIR) refused = error;
    at = end + 1;
  }
  if (refused != 0) fail(name, refused, {}, kExitNotExecutable);
  fail(name, 0, "there is no such program in PATH=" + std::string(path), kExitNotFound);
}

UniqueFd open_own_terminal(Dispatcher& k, const UniqueFd& pty) {
  if (!pty) throw Refusal("a terminal of its own comes with the op dev, which is missing");
  k.unlock_pty(pty);
  return k.open_pty_terminal(pty);
}

bool dies_with_init(const Params& params) {
  return !has(params.namespaces, Namespace::kPid) && !params.outlives_launcher;
}

SpawnPlan plan_program(const Params& params, std::string path, const ProgramFiles& files,
                       bool ignore_hangup) {
  SpawnPlan plan;
  plan.path = std::move(path);
  plan.argv = params.command;
  if (params.argv0) plan.argv.front() = *params.argv0;
  plan.env = params.env;
  const bool has_own_terminal = params.terminal == Terminal::kOwn;
  for (int fd = 0; fd <= 2; ++fd) plan.fds.push_back({has_own_terminal ? files.terminal : fd, fd});
  for (size_t i = 0; i < params.extra_files.size(); ++i) {
    plan.fds.push_back({files.first_extra_file + static_cast<int>(i), params.extra_files[i]});
  }
  if (params.terminal == Terminal::kKept) {
    plan.new_process_group = true;
    plan.foreground_terminal = files.terminal;
  } else {
    plan.new_session = !params.program_is_init;  // init has one already, then
    plan.controlling_terminal = files.terminal;
  }
  plan.ignore_hangup = ignore_hangup;
  plan.dies_with_parent = dies_with_init(params);
  plan.ends_exit_on_signal = true;
  plan.limits = params.limits;
  plan.filters = params.filters;
  if (!params.asking_filter.empty()) {
    plan.filters.front() = params.asking_filter;
    plan.listener_socket = files.lifeline;
  }
  return plan;
}

Failure explain_exec_failure(Dispatcher& k, const std::string& path, const std::string& call,
                             int error) {
  Failure failure{.phase = Phase::kExecute,
                  .op = path,
                  .error = error,
                  .hint = hint_for(call, error, Phase::kExecute)};
  if (!call.starts_with("exec")) {
    failure.call = call;
    return failure;
  }
  failure.exit_code = kExitNotExecutable;
  if (error == ENOENT) {
    const std::string interpreter = interpreter_of(k, path);
    failure.error = 0;
    failure.reason = interpreter.empty()
                         ? "the loader that it needs does not exist in the container"
                         : "its interpreter " + interpreter + " does not exist in the container";
  }
  return failure;
}

}  // namespace kekkai
