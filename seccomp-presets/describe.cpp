#include "constants.h"
#include "policy_words.h"

#include <kekkai/seccomp-presets/describe.h>

#include <array>
#include <bit>
#include <charconv>

namespace kekkai::seccomp {
namespace {

std::string to_hex(uint64_t value) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

std::string describe_number(uint64_t value) {
  constexpr uint64_t kLarge = 1000;  // more are flags or addresses, which people know in hex
  return value < kLarge ? std::to_string(value) : to_hex(value);
}

// " (bind)": the call that is made through a multiplexer, which its first argument tells.
std::string describe_function(const ArgCondition& condition, std::string_view call) {
  for (const Multiplexed& way : multiplexed_calls()) {
    if (way.through == call && condition.index == 0 && way.function == condition.value) {
      return " (" + std::string(way.call) + ")";
    }
  }
  return "";
}

std::string describe_value(uint64_t value, const Argument* argument) {
  const std::string_view name = argument != nullptr && argument->meaning == Meaning::kValue
                                    ? name_in(argument->names, value)
                                    : "";
  return name.empty() ? describe_number(value) : std::string(name);
}

std::string describe_bits(uint64_t bits, const Argument* argument) {
  if (argument != nullptr && argument->meaning == Meaning::kFlags) {
    const auto [flags, rest] = split_flags(argument->names, bits);
    if (rest == 0 && !flags.empty()) return flags;
  }
  return bits == 0 ? "0" : to_hex(bits);
}

std::string describe_masked(const ArgCondition& condition, const Argument* argument) {
  if (condition.mask == kLow32) {
    return " & 0xffffffff == " + describe_value(condition.value, argument);
  }
  const std::string value = describe_bits(condition.value, argument);
  if (condition.mask == condition.value) {
    return (std::has_single_bit(condition.mask) ? " has " : " has all of ") + value;
  }
  const std::string mask = describe_bits(condition.mask, argument);
  const bool is_list = mask.find('|') != mask.npos;
  return " & " + (is_list ? "(" + mask + ")" : mask) + " == " + value;
}

std::string_view sign_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::kNotEqual:
      return " != ";
    case Comparison::kLess:
      return " < ";
    case Comparison::kLessOrEqual:
      return " <= ";
    case Comparison::kGreater:
      return " > ";
    case Comparison::kGreaterOrEqual:
      return " >= ";
    default:
      return " == ";
  }
}

}  // namespace

std::string describe(const Answer& answer) {
  switch (answer.action) {
    case Action::kAllow:
      return "allow";
    case Action::kLog:
      return "log";
    case Action::kTrap:
      return "trap";
    case Action::kKillThread:
      return "kill thread";
    case Action::kKillProcess:
      return "kill process";
    case Action::kNotify:
      return "notify";
    case Action::kErrno:
      break;
  }
  const std::string_view name = name_of_errno(answer.error);
  return name.empty() ? "errno " + std::to_string(answer.error) : std::string(name);
}

std::string describe(const ArgCondition& condition, std::string_view call) {
  const Argument* const argument = find_argument(call, condition.index);
  const std::string text = "argument " + std::to_string(condition.index);
  if (condition.comparison == Comparison::kMaskedEqual) {
    return text + describe_masked(condition, argument) + describe_function(condition, call);
  }
  const std::string value = argument != nullptr && argument->meaning == Meaning::kFlags
                                ? describe_bits(condition.value, argument)
                                : describe_value(condition.value, argument);
  return text + std::string(sign_of(condition.comparison)) + value +
         describe_function(condition, call);
}

std::string describe(std::span<const ArgCondition> conditions, std::string_view call) {
  std::string text;
  for (const ArgCondition& condition : conditions) {
    text += (text.empty() ? "" : " and ") + describe(condition, call);
  }
  return text;
}

}  // namespace kekkai::seccomp
