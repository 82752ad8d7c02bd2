// Policies in our own form.
#include "json_lines.h"
#include "policy_words.h"
#include "resolve.h"
#include "rule_record.h"

#include <kekkai/seccomp-presets/policy_file.h>

#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

namespace kekkai::seccomp {
namespace {

using Json = nlohmann::ordered_json;

// Small numbers are counts or descriptors, large ones are made of bits.
Json write_number(uint64_t number) {
  constexpr uint64_t kLargestCount = 4095;
  if (number <= kLargestCount) return number;
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), number, 16).ptr;
  return "0x" + std::string(digits.begin(), end);
}

Json write_errno(int error) {
  const std::string_view name = name_of_errno(error);
  return name.empty() ? Json(error) : Json(name);
}

Json write_default(const Answer& answer) {
  if (answer.action == Action::kErrno) return write_errno(answer.error);
  return words_of(answer.action).ours;
}

Json write_call(const Rule& rule) {
  const auto number = number_of_call(rule);
  return number ? Json(*number) : Json(rule.call);
}

Json write_condition(const ArgCondition& condition) {
  Json json{{"index", condition.index}, {"op", words_of(condition.comparison).ours}};
  if (condition.comparison == Comparison::kMaskedEqual) json["mask"] = write_number(condition.mask);
  json["value"] = write_number(condition.value);
  return json;
}

Json write_rule(const Rule& rule) {
  Json json{{"call", write_call(rule)}, {"action", words_of(rule.answer.action).ours}};
  if (rule.answer.action == Action::kErrno) json["errno"] = write_errno(rule.answer.error);
  for (const ArgCondition& each : rule.conditions) json["args"].push_back(write_condition(each));
  if (!rule.reason.empty()) json["why"] = rule.reason;
  return json;
}

bool differ_in_call_only(const Rule& a, const Rule& b) {
  return a.answer == b.answer && a.conditions == b.conditions && a.reason == b.reason;
}

// Rules that differ in their calls only stand together.
Json write_rules(const std::vector<Rule>& list) {
  Json rules = Json::array();
  const Rule* before = nullptr;
  for (const Rule& rule : list) {
    if (before != nullptr && differ_in_call_only(*before, rule)) {
      Json& call = rules.back()["call"];
      if (!call.is_array()) call = Json::array({call});
      call.push_back(write_call(rule));
    } else {
      rules.push_back(write_rule(rule));
    }
    before = &rule;
  }
  return rules;
}

}  // namespace

std::string to_json(const Policy& policy, Arch arch) {
  const Policy used = without_unused_rules(policy, arch);
  if (used.rules.empty()) throw FilterError("there is no rule");
  Json json{{"default", write_default(used.otherwise)}};
  if (used.unclassified) json["unclassified"] = write_default(*used.unclassified);
  if (used.foreign != Policy{}.foreign) json["foreign"] = write_default(used.foreign);
  if (used.multiarch) json["multiarch"] = true;
  json["rules"] = write_rules(used.rules);
  return write_lines(json, "rules");
}

std::string to_json(const Policy& policy, const std::string& presets, Arch arch) {
  Json json{{"presets", presets}};
  const Policy used = without_unused_rules(policy, arch);
  if (!used.rules.empty()) json["rules"] = write_rules(used.rules);
  return write_lines(json, "rules");
}

}  // namespace kekkai::seccomp
