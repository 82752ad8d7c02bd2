#include "resolve.h"

#include <algorithm>

namespace kekkai::seccomp {
namespace {

bool holds(const ArgCondition& condition, const seccomp_data& call) {
  const uint64_t argument = call.args[condition.index];
  switch (condition.comparison) {
    case Comparison::kEqual:
      return argument == condition.value;
    case Comparison::kNotEqual:
      return argument != condition.value;
    case Comparison::kLess:
      return argument < condition.value;
    case Comparison::kLessOrEqual:
      return argument <= condition.value;
    case Comparison::kGreater:
      return argument > condition.value;
    case Comparison::kGreaterOrEqual:
      return argument >= condition.value;
    case Comparison::kMaskedEqual:
      return (argument & condition.mask) == condition.value;
  }
  return false;
}

std::optional<Arch> arch_of(const seccomp_data& call) {
  for (const Arch arch : kArchs) {
    if (audit_arch(arch) == call.arch) return arch;
  }
  return std::nullopt;
}

}  // namespace

Decision decide(const Policy& policy, const seccomp_data& call, Arch primary) {
  if (policy.multiarch) require_sibling(primary);
  const std::optional<Arch> arch = arch_of(call);
  const bool is_own =
      arch && (*arch == primary || (policy.multiarch && arch == sibling_of(primary)));
  // Also where no rule is asked: a policy that makes no filter decides about no call.
  const Chains chains = resolve(policy, is_own ? *arch : primary, primary);
  if (!is_own) return {policy.foreign, Decider::kForeign};
  const auto number = static_cast<uint32_t>(call.nr);
  if (const auto chain = chains.find(number); chain != chains.end()) {
    for (const Step& step : chain->second) {
      const bool all_hold = std::ranges::all_of(
          step.conditions, [&](const ArgCondition& condition) { return holds(condition, call); });
      if (all_hold) return {step.rule->answer, Decider::kRule, step.rule};
    }
  }
  return without_rule(policy, *arch, number);
}

}  // namespace kekkai::seccomp
