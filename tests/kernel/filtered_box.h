// Containers whose program is filtered, and calls that the probe makes in them.
#pragma once

#include "box.h"

#include <kekkai/seccomp-presets/presets.h>

#include <cstring>

namespace kekkai::kernel_tests {

/// Nothing that these calls do fails so by itself: where it is seen, a filter has answered.
inline constexpr int kUnusual = EXDEV;
inline const char* const kUnusualName = "EXDEV";

inline seccomp::Policy with_unusual_errors(seccomp::Policy policy) {
  const auto change = [](seccomp::Answer& answer) {
    if (answer.action == seccomp::Action::kErrno) answer.error = kUnusual;
  };
  for (seccomp::Rule& rule : policy.rules) change(rule.answer);
  change(policy.otherwise);
  change(policy.foreign);
  if (policy.unclassified) change(*policy.unclassified);
  return policy;
}

inline Box filtered_box(const std::vector<seccomp::Policy>& policies) {
  Box box = bare_box();
  for (const seccomp::Policy& policy : policies)
    box.params().filters.push_back(seccomp::compile(policy));
  return box;
}

inline Seen probe_under(const seccomp::Policy& policy, std::vector<std::string> steps) {
  return probe(filtered_box({policy}), std::move(steps));
}

inline std::string name_of(int error) { return ::strerrorname_np(error); }

/// The word of a call for the probe.
inline std::string call_word(const std::string& key, uint64_t number,
                             std::initializer_list<uint64_t> arguments = {}) {
  std::string word = key + ":" + std::to_string(number);
  for (const uint64_t argument : arguments) word += ":" + std::to_string(argument);
  return word;
}

}  // namespace kekkai::kernel_tests
