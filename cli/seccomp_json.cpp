#include "seccomp_json.h"

#include <kekkai/seccomp-presets/describe.h>

namespace kekkai::cli {
namespace {

std::string_view name_of(seccomp::Comparison comparison) {
  switch (comparison) {
    case seccomp::Comparison::kEqual:
      return "equal";
    case seccomp::Comparison::kNotEqual:
      return "not_equal";
    case seccomp::Comparison::kLess:
      return "less";
    case seccomp::Comparison::kLessOrEqual:
      return "less_or_equal";
    case seccomp::Comparison::kGreater:
      return "greater";
    case seccomp::Comparison::kGreaterOrEqual:
      return "greater_or_equal";
    case seccomp::Comparison::kMaskedEqual:
      break;
  }
  return "masked_equal";
}

Json condition_to_json(const seccomp::ArgCondition& condition) {
  Json json{{"argument", condition.index},
            {"comparison", name_of(condition.comparison)},
            {"value", condition.value}};
  if (condition.comparison == seccomp::Comparison::kMaskedEqual) json["mask"] = condition.mask;
  return json;
}

}  // namespace

Json to_json(const CallAnswer& answer, const Case& one) {
  Json conditions = Json::array();
  for (const seccomp::ArgCondition& condition : one.conditions) {
    conditions.push_back(condition_to_json(condition));
  }
  const std::string words = seccomp::describe(one.conditions, answer.call);
  return {{"answer", seccomp::describe(one.answer)},
          {"conditions", std::move(conditions)},
          {"condition", words.empty() ? Json() : Json(words)}};
}

Json defaults_to_json(const seccomp::Policy& policy) {
  const auto& newer = policy.unclassified;
  return {{"otherwise", seccomp::describe(policy.otherwise)},
          {"unclassified", newer ? Json(seccomp::describe(*newer)) : Json()},
          {"foreign", seccomp::describe(policy.foreign)},
          {"multiarch", policy.multiarch}};
}

std::string to_line(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace kekkai::cli
