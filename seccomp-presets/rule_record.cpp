#include "rule_record.h"

#include "resolve.h"

#include <algorithm>

namespace kekkai::seccomp {
namespace {

// The same for a name and its number.
std::string identify_call(const Rule& rule, Arch arch) {
  if (const auto number = number_of_call(rule)) return std::to_string(*number);
  const Call* const call = find_call(rule.call);
  if (call == nullptr || call->number(arch) == Call::kNone) return rule.call;
  return std::to_string(call->number(arch));
}

// The same for conditions that hold for the same arguments, as far as one sees at once.
std::string identify_conditions(const std::vector<ArgCondition>& conditions) {
  std::vector<std::string> texts;
  for (ArgCondition each : conditions) {
    if (each.comparison == Comparison::kEqual) {
      each.comparison = Comparison::kMaskedEqual;
      each.mask = ~uint64_t{0};
    } else if (each.comparison != Comparison::kMaskedEqual) {
      each.mask = 0;
    }
    texts.push_back(std::to_string(each.index) + ' ' +
                    std::to_string(static_cast<int>(each.comparison)) + ' ' +
                    std::to_string(each.mask) + ' ' + std::to_string(each.value) + ';');
  }
  std::ranges::sort(texts);
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  std::string all;
  for (const std::string& text : texts) all += text;
  return all;
}

}  // namespace

std::optional<RuleRecord::Earlier> RuleRecord::find_earlier_or_add(const Rule& rule, size_t line) {
  const std::string call = identify_call(rule, arch_);
  const std::string conditions = identify_conditions(rule.conditions);
  const bool is_by_number = number_of_call(rule).has_value();
  for (const std::string& said : {std::string(), conditions}) {
    const auto found = entries_.find({call, said});
    if (found == entries_.end()) continue;
    // A number is of the first architecture only, and leaves the others to a name.
    const bool leaves_others = multiarch_ && found->second.is_by_number && !is_by_number;
    if (!leaves_others) return found->second.rule;
  }
  entries_[{call, conditions}] = {{line, rule.answer, rule.conditions.empty()}, is_by_number};
  return std::nullopt;
}

Policy without_unused_rules(const Policy& policy, Arch arch) {
  Policy result = policy;
  RuleRecord record(arch, policy.multiarch);
  std::erase_if(result.rules,
                [&](const Rule& rule) { return record.find_earlier_or_add(rule).has_value(); });
  return result;
}

}  // namespace kekkai::seccomp
