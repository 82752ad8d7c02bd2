// Policies in words, for people who read them or are told what was refused.
#pragma once

#include <kekkai/seccomp-presets/rules.h>

#include <span>
#include <string>
#include <string_view>

namespace kekkai::seccomp {

/// "EPERM", "allow", "kill process".
std::string describe(const Answer& answer);

/// "argument 1 & 0xffffffff == TIOCSTI", with the names that `call` has for its values.
std::string describe(const ArgCondition& condition, std::string_view call);
/// All of them, with "and" between them; empty where there is none.
std::string describe(std::span<const ArgCondition> conditions, std::string_view call);

}  // namespace kekkai::seccomp
