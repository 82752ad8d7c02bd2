// What the presets are to say, written down a second time: by name, in tables that share nothing
// with those of seccomp-presets/. The numbers come from libseccomp.
#pragma once

#include <kekkai/seccomp-presets/presets.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
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
inline constexpr std::string_view kConditionalCalls[] = {"clone", "ioctl", "personality", "socket",
                                                         "socketpair"};

/// Calls that every preset lets through.
const std::vector<std::string_view>& allowed_calls();

/// Of one architecture, without a look at calls.inc.
const std::map<uint32_t, std::string_view>& expected_names(Arch arch);
/// Nothing where that architecture lacks the call.
std::optional<uint32_t> expected_number(Arch arch, std::string_view call);

}  // namespace kekkai::seccomp
