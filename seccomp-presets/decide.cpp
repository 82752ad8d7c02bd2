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

// The one of the policy's architectures that a call is of.
std::optional<Arch> own_arch(const Policy& policy, const seccomp_data& call, Arch primary) {
  const std::optional<Arch> arch = find_arch(call.arch);
  if (arch == primary || (arch && policy.multiarch && arch == sibling_of(primary))) return arch;
  return std::nullopt;
}

bool all_hold(const Step& step, const seccomp_data& call) {
  return std::ranges::all_of(step.conditions,
                             [&](const ArgCondition& condition) { return holds(condition, call); });
}

// The argument as it was, in the bits that a condition looks at.
ArgCondition value_that_was_seen(const ArgCondition& condition, const seccomp_data& call) {
  const uint64_t argument = call.args[condition.index];
  if (condition.comparison != Comparison::kMaskedEqual) {
    return {condition.index, Comparison::kEqual, argument};
  }
  return masked(condition.index, condition.mask, argument & condition.mask);
}

}  // namespace

Decision decide(const Policy& policy, const seccomp_data& call, Arch primary) {
  if (policy.multiarch) require_sibling(primary);
  const std::optional<Arch> arch = own_arch(policy, call, primary);
  // Also where no rule is asked: a policy that makes no filter decides about no call.
  const Chains chains = resolve(policy, arch.value_or(primary), primary);
  if (!arch) return {policy.foreign, Decider::kForeign};
  const auto number = static_cast<uint32_t>(call.nr);
  if (const auto chain = chains.find(number); chain != chains.end()) {
    for (const Step& step : chain->second) {
      if (all_hold(step, call)) return {step.rule->answer, Decider::kRule, step.rule};
    }
  }
  return without_rule(policy, *arch, number);
}

std::optional<Rule> narrowest_allowance(const Policy& policy, const seccomp_data& call, Arch arch) {
  const std::optional<Arch> own = own_arch(policy, call, arch);
  const auto number = static_cast<uint32_t>(call.nr);
  if (!own || number >= kX32Bit) return std::nullopt;  // no rule may name such a number
  const Call* const known = find_call(*own, number);
  if (known == nullptr && own != arch) return std::nullopt;
  Rule rule{known != nullptr ? std::string(known->name()) : std::to_string(number), kAllow};
  const Chains chains = resolve(policy, *own, arch);
  const auto chain = chains.find(number);
  if (chain == chains.end()) return rule;
  for (const Step& step : chain->second) {
    // Through a multiplexer it is the call behind it that is allowed.
    const Call* const behind = find_call(step.rule->call);
    const bool is_another = behind != nullptr && behind != known;
    if (is_another && all_hold(step, call)) return Rule{step.rule->call, kAllow};
    if (is_another) continue;
    for (const ArgCondition& condition : step.conditions) {
      const ArgCondition narrow = value_that_was_seen(condition, call);
      if (std::ranges::find(rule.conditions, narrow) == rule.conditions.end()) {
        rule.conditions.push_back(narrow);
      }
    }
    if (all_hold(step, call)) break;
  }
  return rule;
}

}  // namespace kekkai::seccomp
