// Policies as OCI's linux.seccomp. There is no order of rules in it: whichever holds decides. So
// what an earlier rule with another answer decides about is taken out of the later ones.
#include "cubes.h"
#include "json_lines.h"
#include "policy_words.h"
#include "resolve.h"
#include "rule_record.h"

#include <kekkai/seccomp-presets/policy_file.h>

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

namespace kekkai::seccomp {
namespace {

using Json = nlohmann::ordered_json;

struct Entry {
  Answer answer;
  std::vector<ArgCondition> conditions;
  bool operator==(const Entry&) const = default;
};

// The rules for one call.
struct CallRules {
  std::string call;
  std::vector<Rule> rules;
};

std::string name_call(const Rule& rule, Arch arch, bool multiarch) {
  const auto number = number_of_call(rule);
  if (!number) return rule.call;
  const Call* const call = find_call(arch, *number);
  if (call == nullptr) {
    throw FilterError("OCI has names only, and call " + rule.call + " has none here");
  }
  if (multiarch) {
    throw FilterError("OCI has names only, which are of every architecture; call " + rule.call +
                      " is of one");
  }
  return std::string(call->name());
}

std::vector<CallRules> sort_by_call(const Policy& policy, Arch arch) {
  std::vector<CallRules> sorted;
  for (const Rule& rule : policy.rules) {
    const std::string call = name_call(rule, arch, policy.multiarch);
    auto found = std::ranges::find(sorted, call, &CallRules::call);
    if (found == sorted.end()) found = sorted.insert(sorted.end(), {call, {}});
    found->rules.push_back(rule);
  }
  return sorted;
}

// A runtime takes several conditions on one argument for alternatives.
bool compares_each_once(const std::vector<ArgCondition>& conditions) {
  unsigned seen = 0;
  for (const ArgCondition& each : conditions) {
    if ((seen & 1U << each.index) != 0) return false;
    seen |= 1U << each.index;
  }
  return true;
}

std::optional<ArgCondition> negate(ArgCondition condition) {
  switch (condition.comparison) {
    case Comparison::kEqual:
      condition.comparison = Comparison::kNotEqual;
      return condition;
    case Comparison::kNotEqual:
      condition.comparison = Comparison::kEqual;
      return condition;
    case Comparison::kLess:
      condition.comparison = Comparison::kGreaterOrEqual;
      return condition;
    case Comparison::kGreaterOrEqual:
      condition.comparison = Comparison::kLess;
      return condition;
    case Comparison::kGreater:
      condition.comparison = Comparison::kLessOrEqual;
      return condition;
    case Comparison::kLessOrEqual:
      condition.comparison = Comparison::kGreater;
      return condition;
    case Comparison::kMaskedEqual:
      return std::nullopt;
  }
  return std::nullopt;
}

// The entries that together mean what the rules for a call mean one after the other.
class Entries {
 public:
  explicit Entries(const Answer& otherwise) : otherwise_(otherwise) {}

  std::vector<Entry> make(const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
      if (rule.answer == otherwise_) continue;
      const std::vector<const Rule*> earlier = earlier_with_another_answer(rule, rules);
      if (add_one(rule, earlier)) continue;
      const Cubes whole = cubes_of(rule.conditions);
      Cubes rest = whole;
      bool is_cut = !compares_each_once(rule.conditions);
      for (const Rule* const each : earlier) {
        const Cubes taken = cubes_of(each->conditions);
        is_cut = is_cut || have_common(whole, taken);
        rest = subtract(std::move(rest), taken);
        if (rest.empty()) break;
      }
      if (!is_cut) {
        entries_.push_back({rule.answer, rule.conditions});
        continue;
      }
      for (const Cube& cube : rest) entries_.push_back({rule.answer, conditions_of(cube)});
    }
    return std::move(entries_);
  }

 private:
  static std::vector<const Rule*> earlier_with_another_answer(const Rule& rule,
                                                              const std::vector<Rule>& rules) {
    std::vector<const Rule*> earlier;
    for (const Rule& each : rules) {
      if (&each == &rule) break;
      if (each.answer != rule.answer) earlier.push_back(&each);
    }
    return earlier;
  }

  // One entry, where it is enough to turn round what the earlier rules compare.
  bool add_one(const Rule& rule, const std::vector<const Rule*>& earlier) {
    std::vector<ArgCondition> conditions = rule.conditions;
    for (const Rule* const each : earlier) {
      if (each->conditions.size() != 1) return false;
      const auto opposite = negate(each->conditions.front());
      if (!opposite) return false;
      conditions.push_back(*opposite);
    }
    if (!compares_each_once(conditions)) return false;
    entries_.push_back({rule.answer, std::move(conditions)});
    return true;
  }

  const Answer& otherwise_;
  std::vector<Entry> entries_;
};

Json write_condition(const ArgCondition& condition) {
  Json json{{"index", condition.index}};
  if (condition.comparison == Comparison::kMaskedEqual) {
    json["value"] = condition.mask;
    json["valueTwo"] = condition.value;
  } else {
    json["value"] = condition.value;
  }
  json["op"] = words_of(condition.comparison).oci;
  return json;
}

Json write_entry(const Entry& entry, const std::vector<std::string>& calls) {
  Json json{{"names", calls}, {"action", words_of(entry.answer.action).oci}};
  if (entry.answer.action == Action::kErrno) json["errnoRet"] = entry.answer.error;
  for (const ArgCondition& each : entry.conditions) json["args"].push_back(write_condition(each));
  return json;
}

Json write_architectures(const Policy& policy, Arch arch) {
  Json names = Json::array();
  names.push_back(arch == Arch::kX86_64 ? "SCMP_ARCH_X86_64"
                  : arch == Arch::kI386 ? "SCMP_ARCH_X86"
                                        : "SCMP_ARCH_AARCH64");
  if (policy.multiarch && sibling_of(arch)) names.push_back("SCMP_ARCH_X86");
  return names;
}

Json write_entries(const Policy& policy, Arch arch) {
  std::vector<std::pair<Entry, std::vector<std::string>>> grouped;
  for (const CallRules& each : sort_by_call(policy, arch)) {
    std::vector<Entry> entries;
    try {
      entries = Entries(policy.otherwise).make(each.rules);
    } catch (const FilterError& e) {
      throw FilterError("OCI cannot say the rules for " + quote(each.call) + ": " + e.what());
    }
    for (const Entry& entry : entries) {
      auto group = std::ranges::find(grouped, entry, &decltype(grouped)::value_type::first);
      if (group == grouped.end()) group = grouped.insert(grouped.end(), {entry, {}});
      group->second.push_back(each.call);
    }
  }
  Json json = Json::array();
  for (const auto& [entry, calls] : grouped) json.push_back(write_entry(entry, calls));
  return json;
}

}  // namespace

std::string to_oci_json(const Policy& policy, Arch arch) {
  compile(policy, arch);  // so that what cannot be a filter is not exported either
  const Policy used = without_unused_rules(policy, arch);
  Json json{{"defaultAction", words_of(used.otherwise.action).oci}};
  if (used.otherwise.action == Action::kErrno) json["defaultErrnoRet"] = used.otherwise.error;
  json["architectures"] = write_architectures(used, arch);
  json["syscalls"] = write_entries(used, arch);
  return write_lines(json, "syscalls");
}

}  // namespace kekkai::seccomp
