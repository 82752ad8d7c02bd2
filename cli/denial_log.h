// What --seccomp-log tells, and --seccomp-learn writes.
#pragma once

#include "seccomp_options.h"

#include <kekkai/launcher/denied_calls.h>

#include <map>
#include <string>
#include <vector>

namespace kekkai::cli {

/// A refused call in words.
struct Denial {
  std::string program;    ///< "gdb[1234]"
  std::string call;       ///< "ptrace"
  std::string arguments;  ///< "PTRACE_TRACEME, 0, 0, 0"
  std::string answer;     ///< "EPERM"
  std::string decider;    ///< "deny_devel", "rules.json:3"
  std::string reason;     ///< May be empty.
  std::string option;     ///< "--seccomp-allow ptrace"; the option that would allow it.
};
Denial describe_denial(const DeniedCall& call, const SeccompOptions& options);

/// "gdb[1234]: ptrace(PTRACE_TRACEME, 0, 0, 0): EPERM by deny_devel; --seccomp-allow ptrace allows
/// it"
std::string denial_text(const Denial& denial);
/// {"event":"refused",…}
std::string denial_line(const DeniedCall& call, const Denial& denial);

/// Counts refused calls, and collects the rules that would have allowed them.
class DenialSummary {
 public:
  /// Other calls than these are counted, and no more: a program could make ever new ones.
  static constexpr size_t kMostKinds = 1000;
  /// So many rules are learned at most: a filter with many more would be too long to load.
  static constexpr size_t kMostRules = 500;

  void add(const DeniedCall& call, const Denial& denial);
  /// Lines for people, most frequent first.
  std::vector<std::string> texts() const;
  /// {"event":"refusals",…}
  std::string line() const;
  /// A policy file: the policy of `options`, and before its rules those that this run needed.
  std::string learned(const SeccompOptions& options) const;

 private:
  struct Kind {
    Denial denial;
    size_t count = 0;
  };
  std::vector<Kind> by_count() const;

  size_t total_ = 0;
  size_t others_ = 0;
  std::map<std::string, Kind> kinds_;  // by call, answer and decider
  std::vector<seccomp::Rule> allowances_;
};

}  // namespace kekkai::cli
