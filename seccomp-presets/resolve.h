// From names to numbers: what a policy says about each number of an architecture.
#pragma once

#include <kekkai/seccomp-presets/rules.h>

#include <map>

namespace kekkai::seccomp {

/// A rule as it applies to a number. Through a multiplexer the conditions are others.
struct Step {
  const Rule* rule;
  std::vector<ArgCondition> conditions;
};

/// Looked at one after the other; where the last one has conditions, Policy::otherwise follows.
using Chain = std::vector<Step>;
using Chains = std::map<uint32_t, Chain>;

/// The second architecture of a multiarch policy. Throws FilterError where none is known.
Arch require_sibling(Arch primary);

/// The chains of all numbers that a rule is about. `primary` is the architecture that the policy is
/// for, `arch` that one or its sibling. Throws FilterError as compile() does.
Chains resolve(const Policy& policy, Arch arch, Arch primary);

/// What happens to a number of `arch` where no rule holds, and who decides that.
Decision without_rule(const Policy& policy, Arch arch, uint32_t number);

/// The number that stands in place of a call's name, where one does.
std::optional<uint32_t> number_of_call(const Rule& rule);

/// Whether `number` is of x32.
bool is_x32(Arch arch, uint32_t number);

/// Stands for a call that is not to be made (ptrace(2)).
inline constexpr uint32_t kSkippedCall = ~uint32_t{0};

}  // namespace kekkai::seccomp
