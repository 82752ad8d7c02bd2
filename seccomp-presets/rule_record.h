// Which rules were said so far, to find those that can never apply.
#pragma once

#include <kekkai/seccomp-presets/rules.h>

#include <map>

namespace kekkai::seccomp {

class RuleRecord {
 public:
  RuleRecord(Arch arch, bool multiarch) : arch_(arch), multiarch_(multiarch) {}

  /// What leaves nothing to a rule: an earlier one without conditions, or with the same.
  struct Earlier {
    size_t line = 0;
    Answer answer{};
    bool is_unconditional = false;
  };
  /// That, or nothing, and then the rule is put down as one of `line`.
  std::optional<Earlier> find_earlier_or_add(const Rule& rule, size_t line = 0);

 private:
  struct Entry {
    Earlier rule;
    bool is_by_number = false;
  };

  Arch arch_;
  bool multiarch_;
  std::map<std::pair<std::string, std::string>, Entry> entries_;  // by call and conditions
};

/// The policy without the rules that never apply.
Policy without_unused_rules(const Policy& policy, Arch arch);

}  // namespace kekkai::seccomp
