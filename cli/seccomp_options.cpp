#include "seccomp_options.h"

#include "file_options.h"
#include "files.h"
#include "settings.h"
#include "suggest.h"

#include <kekkai/launcher/denied_calls.h>
#include <kekkai/seccomp-presets/policy_file.h>
#include <kekkai/seccomp-presets/verify.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace kekkai::cli {
namespace {

// The library's errors are about what the caller of ours has written.
template <class Run>
auto in_callers_words(Run run) {
  try {
    return run();
  } catch (const seccomp::FilterError& e) {
    throw std::invalid_argument(e.what());
  }
}

void require_call(const std::string& name) {
  const bool is_number =
      !name.empty() && name.size() < 10 && name.find_first_not_of("0123456789") == name.npos;
  if (is_number || seccomp::find_call(name) != nullptr) return;
  const std::string_view meant = nearest_call(name);
  throw std::invalid_argument("there is no system call \"" + name + "\"" +
                              (meant.empty() ? "" : ": is " + std::string(meant) + " meant?"));
}

bool allows_ioctl_by_name(const SeccompOptions& options) {
  const std::string number =
      std::to_string(seccomp::find_call("ioctl")->number(seccomp::kNativeArch));
  return std::ranges::any_of(
      options.allowed, [&](const std::string& call) { return call == "ioctl" || call == number; });
}

// Said before the start, which could only tell that the program cannot be executed.
void require_execve(const seccomp::Policy& policy) {
  const int number = seccomp::find_call("execve")->number(seccomp::kNativeArch);
  const seccomp_data call{number, seccomp::audit_arch(seccomp::kNativeArch), 0, {}};
  const seccomp::Action action = seccomp::decide(policy, call).answer.action;
  if (action == seccomp::Action::kAllow || action == seccomp::Action::kLog) return;
  throw std::invalid_argument("the rules do not allow execve, so that no program can start");
}

void put_allowed_first(seccomp::Policy& policy, const std::vector<std::string>& allowed) {
  std::vector<seccomp::Rule> rules;
  rules.reserve(allowed.size());
  for (const std::string& call : allowed) {
    rules.push_back({call, seccomp::kAllow, {}, "--seccomp-allow"});
  }
  policy.rules.insert(policy.rules.begin(), rules.begin(), rules.end());
}

// What was compiled when kekkai was, and needs nothing beside it.
bool is_ready_made(const SeccompOptions& options) {
  return !options.rules && options.allowed.empty() && !options.listens() && options.selection &&
         contains(options.selection->presets, seccomp::Preset::kDenyTty);
}

void compile_filters(const SeccompOptions& options, bool guards_terminal, Params& params) {
  const std::optional<seccomp::Policy> policy = make_policy(options);
  if (policy) {
    require_execve(*policy);
    params.filters.push_back(seccomp::compile(*policy));
  }
  if (options.listens()) {
    if (!policy) {
      throw std::invalid_argument(
          "--seccomp-log and --seccomp-learn: with --seccomp none nothing is refused");
    }
    params.asking_filter = seccomp::compile(make_asking(*policy));
  }
  // Rules of a file may look as if they refused it, and do so for some descriptors, some of the
  // ways into the kernel, or into the audit log only: what they say does not matter.
  if (guards_terminal && !allows_ioctl_by_name(options)) {
    params.filters.push_back(seccomp::terminal_filter());
  }
}

}  // namespace

std::optional<seccomp::Policy> make_policy(const SeccompOptions& options) {
  std::optional<seccomp::Policy> policy = options.rules;
  if (!policy && options.selection) policy = preset_policy(*options.selection);
  if (policy) put_allowed_first(*policy, options.allowed);
  return policy;
}

void add_filters(const SeccompOptions& options, bool guards_terminal, Params& params) {
  if (is_ready_made(options)) {
    params.filters.push_back(seccomp::preset_program(*options.selection));
  } else {
    in_callers_words([&] { compile_filters(options, guards_terminal, params); });
  }
  params.filters.insert(params.filters.end(), options.programs.begin(), options.programs.end());
}

void set_selection(SeccompOptions& options, const std::string& value) {
  if (options.rules) {
    throw std::invalid_argument("--seccomp and --seccomp-rules exclude each other");
  }
  options.selects = true;
  options.selection.reset();
  if (value == "none") return;
  options.selection = in_callers_words([&] { return seccomp::parse_selection(value); });
}

void allow_calls(SeccompOptions& options, const std::string& value) {
  std::vector<std::string> calls = split_list(value);
  if (calls.empty()) throw std::invalid_argument("a name is missing");
  for (std::string& call : calls) {
    require_call(call);
    options.allowed.push_back(std::move(call));
  }
}

void set_rules(SeccompOptions& options, const std::string& path, const std::string& shown) {
  if (options.selects) {
    throw std::invalid_argument("--seccomp and --seccomp-rules exclude each other");
  }
  const std::string text = read_file(path);
  options.rules = in_callers_words([&] { return seccomp::parse_policy(text, shown); });
}

void add_program(SeccompOptions& options, const std::string& path) {
  const std::string bytes = read_file(path);
  if (bytes.size() % sizeof(sock_filter) != 0) {
    throw std::invalid_argument("its " + std::to_string(bytes.size()) +
                                " bytes are no whole number of instructions, of 8 bytes each");
  }
  FilterProgram program(bytes.size() / sizeof(sock_filter));
  if (!program.empty()) std::memcpy(program.data(), bytes.data(), bytes.size());
  in_callers_words([&] { seccomp::require_well_formed(program); });
  options.programs.push_back(std::move(program));
}

}  // namespace kekkai::cli
