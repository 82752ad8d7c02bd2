// The second writing of the policy, asked about single calls.
#pragma once

#include "expected_policy.h"

#include <kekkai/testing/bpf_interpreter.h>

#include <array>

namespace kekkai::seccomp {

/// The answers of a selection to the calls of one architecture, its own or the sibling.
class ExpectedAnswers {
 public:
  ExpectedAnswers(const Selection& selection, Arch arch);
  testing::FilterDecision to(uint32_t number, const std::array<uint64_t, 6>& arguments) const;

 private:
  testing::FilterDecision to_conditional(std::string_view call,
                                         const std::array<uint64_t, 6>& arguments) const;

  Selection selection_;
  Arch arch_;
  std::map<uint32_t, int> refused_;
  std::map<uint32_t, std::string_view> conditional_;
};

}  // namespace kekkai::seccomp
