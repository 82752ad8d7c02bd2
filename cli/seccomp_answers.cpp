#include "seccomp_answers.h"

#include <kekkai/seccomp-presets/describe.h>
#include <kekkai/seccomp-presets/resolve.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

namespace kekkai::cli {
namespace {

CallAnswer answer_in(const seccomp::Chains& chains, const seccomp::Policy& policy,
                     seccomp::Arch arch, uint32_t number) {
  const seccomp::Call* const call = seccomp::find_call(arch, number);
  CallAnswer answer{
      call == nullptr ? std::to_string(number) : std::string(call->name()), number, {}};
  if (const auto chain = chains.find(number); chain != chains.end()) {
    for (const seccomp::Step& step : chain->second) {
      answer.cases.push_back({step.rule->answer, step.conditions, step.rule});
      if (step.conditions.empty()) return answer;
    }
  }
  answer.cases.push_back({seccomp::without_rule(policy, arch, number).answer, {}, nullptr});
  return answer;
}

bool has_same_reason(const Entry& a, const Entry& b) {
  return a.one->rule->origin == b.one->rule->origin && a.one->rule->reason == b.one->rule->reason;
}

// For each entry, where the first one stands that is the same to `same`.
std::vector<size_t> find_firsts(const std::vector<Entry>& entries, const auto& same) {
  std::vector<size_t> firsts;
  for (const Entry& entry : entries) {
    const auto first =
        std::ranges::find_if(entries, [&](const Entry& other) { return same(entry, other); });
    firsts.push_back(static_cast<size_t>(first - entries.begin()));
  }
  return firsts;
}

// Without cases that say what follows anyway.
std::vector<Case> shorten(std::vector<Case> cases) {
  while (cases.size() > 1 && cases[cases.size() - 2].answer == cases.back().answer) {
    cases.erase(cases.end() - 2);
  }
  return cases;
}

}  // namespace

std::vector<CallAnswer> answers_of(const seccomp::Policy& policy, seccomp::Arch arch) {
  const seccomp::Chains chains = seccomp::resolve(policy, arch, arch);
  std::set<uint32_t> numbers;
  for (const uint16_t index : seccomp::calls_by_number(arch)) {
    numbers.insert(static_cast<uint32_t>(seccomp::all_calls()[index].number(arch)));
  }
  for (const auto& [number, chain] : chains) numbers.insert(number);
  std::vector<CallAnswer> answers;
  answers.reserve(numbers.size());
  for (const uint32_t number : numbers) {
    answers.push_back(answer_in(chains, policy, arch, number));
  }
  std::ranges::sort(answers, {}, &CallAnswer::call);
  return answers;
}

CallAnswer answer_of(const seccomp::Policy& policy, seccomp::Arch arch, uint32_t number) {
  return answer_in(seccomp::resolve(policy, arch, arch), policy, arch, number);
}

std::vector<CallAnswer> answers_of(const seccomp::Policy& policy) {
  std::vector<CallAnswer> answers;
  for (const seccomp::Rule& rule : policy.rules) {
    auto found = std::ranges::find(answers, rule.call, &CallAnswer::call);
    if (found == answers.end()) found = answers.insert(found, {rule.call, 0, {}});
    const bool has_ended = !found->cases.empty() && found->cases.back().conditions.empty();
    if (!has_ended) found->cases.push_back({rule.answer, rule.conditions, &rule});
  }
  for (CallAnswer& answer : answers) {
    if (!answer.cases.back().conditions.empty()) {
      answer.cases.push_back({policy.otherwise, {}, nullptr});
    }
  }
  return answers;
}

std::vector<Entry> gather_entries(const std::vector<CallAnswer>& answers,
                                  const seccomp::Policy& policy) {
  std::vector<Entry> entries;
  for (const CallAnswer& answer : answers) {
    for (const Case& one : answer.cases) {
      if (one.rule != nullptr) entries.push_back({&answer, &one});
    }
  }
  std::ranges::stable_sort(
      entries, {}, [&](const Entry& entry) { return entry.one->rule - policy.rules.data(); });
  const auto origins = find_firsts(entries, [](const Entry& a, const Entry& b) {
    return a.one->rule->origin == b.one->rule->origin;
  });
  const auto reasons = find_firsts(entries, has_same_reason);
  const auto groups = find_firsts(entries, belong_together);
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(
      order, {}, [&](size_t at) { return std::tuple(origins[at], reasons[at], groups[at]); });
  std::vector<Entry> sorted;
  sorted.reserve(order.size());
  for (const size_t at : order) sorted.push_back(entries[at]);
  return sorted;
}

bool belong_together(const Entry& a, const Entry& b) {
  return has_same_reason(a, b) && a.one->answer == b.one->answer;
}

bool refuses(const seccomp::Answer& answer) {
  return answer.action != seccomp::Action::kAllow && answer.action != seccomp::Action::kLog;
}

bool refuses(const CallAnswer& answer) {
  return std::ranges::any_of(answer.cases, [](const Case& one) { return refuses(one.answer); });
}

bool is_alike(const CallAnswer& a, const CallAnswer& b) {
  return std::ranges::equal(
      shorten(a.cases), shorten(b.cases), [](const Case& left, const Case& right) {
        return left.answer == right.answer && left.conditions == right.conditions;
      });
}

std::vector<Default> defaults_of(const seccomp::Policy& policy, seccomp::Arch arch) {
  const std::optional<seccomp::Arch> sibling = seccomp::sibling_of(arch);
  const seccomp::Answer newer = policy.unclassified.value_or(policy.otherwise);
  const std::string foreign = seccomp::describe(policy.foreign);
  std::vector<Default> defaults{{"calls without a rule", seccomp::describe(policy.otherwise)},
                                {"calls newer than Linux 6.18", seccomp::describe(newer)}};
  if (sibling) {
    defaults.push_back({"calls of " + std::string(seccomp::arch_name(*sibling)),
                        policy.multiarch ? "filtered" : foreign});
  }
  defaults.push_back({"calls of other architectures", foreign});
  return defaults;
}

std::string describe_condition(const CallAnswer& answer, const Case& one) {
  if (!one.conditions.empty()) return "where " + seccomp::describe(one.conditions, answer.call);
  return answer.cases.size() > 1 ? "otherwise" : "";
}

}  // namespace kekkai::cli
