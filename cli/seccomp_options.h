// What `kekkai run` says about the system call filter.
#pragma once

#include <kekkai/init/params.h>
#include <kekkai/seccomp-presets/presets.h>

#include <optional>
#include <string>
#include <vector>

namespace kekkai::cli {

struct SeccompOptions {
  /// Of --seccomp; nullopt is `none`.
  std::optional<seccomp::Selection> selection = seccomp::Selection{};
  bool selects = false;                  ///< --seccomp was given.
  std::optional<seccomp::Policy> rules;  ///< Of --seccomp-rules, in place of the selection.
  std::vector<std::string> allowed;      ///< Calls, by name or number.
  std::vector<FilterProgram> programs;   ///< Of --seccomp-bpf.
  bool log = false;                      ///< Tell each call that is refused.
  std::string learn_file;                ///< Where the rules go that would have allowed them.

  bool listens() const { return log || !learn_file.empty(); }
};

/// The policy that the options mean; nullopt where there is none. Throws std::invalid_argument.
std::optional<seccomp::Policy> make_policy(const SeccompOptions& options);

/// Puts the filters of the options into `params`. `guards_terminal`: nothing is typed into a
/// terminal, whatever the policy is, unless --seccomp-allow names ioctl.
void add_filters(const SeccompOptions& options, bool guards_terminal, Params& params);

// The values of the options; they throw std::invalid_argument.

/// "strict,can", or "none".
void set_selection(SeccompOptions& options, const std::string& value);
/// "ptrace,470"
void allow_calls(SeccompOptions& options, const std::string& value);
/// A policy file.
void set_rules(SeccompOptions& options, const std::string& path, const std::string& shown);
/// A file of struct sock_filter.
void add_program(SeccompOptions& options, const std::string& path);

}  // namespace kekkai::cli
