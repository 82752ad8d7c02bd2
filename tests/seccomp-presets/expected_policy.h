// What the presets are to say, written down a second time: by name, in tables that share nothing
// with those of seccomp-presets/. The numbers come from libseccomp.
#pragma once

#include <kekkai/seccomp-presets/presets.h>
#include <kekkai/testing/bpf_interpreter.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::seccomp {

/// A call that a preset refuses whatever its arguments are.
struct RefusedCall {
  std::string_view call;
  Preset preset;
  int error;
  bool unless_multiarch = false;
};
std::span<const RefusedCall> refused_calls();
bool is_in_force(const RefusedCall& refused, const Selection& selection);

/// Calls that a preset refuses for some of their arguments.
inline constexpr std::string_view kConditionalCalls[] = {"clone", "ioctl", "personality", "socket"};

/// Calls that every preset lets through.
const std::vector<std::string_view>& allowed_calls();

/// Of one architecture, without a look at calls.inc.
const std::map<uint32_t, std::string_view>& expected_names(Arch arch);
/// Nothing where that architecture lacks the call.
std::optional<uint32_t> expected_number(Arch arch, std::string_view call);

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
