#include "seccomp_json.h"

#include <kekkai/seccomp-presets/describe.h>
#include <kekkai/seccomp-presets/policy_words.h>

namespace kekkai::cli {
namespace {

Json answer_to_json(const seccomp::Answer& answer) {
  if (answer.action == seccomp::Action::kErrno) return seccomp::describe(answer);
  return seccomp::words_of(answer.action).ours;
}

Json condition_to_json(const seccomp::ArgCondition& condition) {
  Json json{{"index", condition.index}, {"op", seccomp::words_of(condition.comparison).ours}};
  if (condition.comparison == seccomp::Comparison::kMaskedEqual) json["mask"] = condition.mask;
  json["value"] = condition.value;
  return json;
}

}  // namespace

Json to_json(const CallAnswer& answer, const Case& one) {
  Json conditions = Json::array();
  for (const seccomp::ArgCondition& condition : one.conditions) {
    conditions.push_back(condition_to_json(condition));
  }
  const std::string words = seccomp::describe(one.conditions, answer.call);
  return {{"answer", answer_to_json(one.answer)},
          {"args", std::move(conditions)},
          {"where", words.empty() ? Json() : Json(words)}};
}

Json defaults_to_json(const seccomp::Policy& policy) {
  const auto& newer = policy.unclassified;
  return {{"default", answer_to_json(policy.otherwise)},
          {"unclassified", newer ? answer_to_json(*newer) : Json()},
          {"foreign", answer_to_json(policy.foreign)},
          {"multiarch", policy.multiarch}};
}

}  // namespace kekkai::cli
