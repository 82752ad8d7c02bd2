#include "policy_words.h"

#include <string.h>

#include <algorithm>
#include <charconv>

namespace kekkai::seccomp {
namespace {

constexpr ActionWord kActions[] = {
    {Action::kAllow, "allow", "SCMP_ACT_ALLOW"},
    {Action::kLog, "log", "SCMP_ACT_LOG"},
    {Action::kErrno, "errno", "SCMP_ACT_ERRNO"},
    {Action::kTrap, "trap", "SCMP_ACT_TRAP"},
    {Action::kKillProcess, "kill", "SCMP_ACT_KILL_PROCESS"},
    {Action::kKillThread, "kill_thread", "SCMP_ACT_KILL_THREAD"},
};

constexpr ComparisonWord kComparisons[] = {
    {Comparison::kEqual, "eq", "SCMP_CMP_EQ"},
    {Comparison::kNotEqual, "ne", "SCMP_CMP_NE"},
    {Comparison::kLess, "lt", "SCMP_CMP_LT"},
    {Comparison::kLessOrEqual, "le", "SCMP_CMP_LE"},
    {Comparison::kGreater, "gt", "SCMP_CMP_GT"},
    {Comparison::kGreaterOrEqual, "ge", "SCMP_CMP_GE"},
    {Comparison::kMaskedEqual, "masked_eq", "SCMP_CMP_MASKED_EQ"},
};

// Second names, which the C library does not tell.
constexpr std::pair<std::string_view, int> kAliases[] = {
    {"EDEADLOCK", EDEADLOCK}, {"ENOTSUP", ENOTSUP}, {"EWOULDBLOCK", EWOULDBLOCK}};

}  // namespace

std::span<const ActionWord> action_words() { return kActions; }

const ActionWord& words_of(Action action) {
  const auto* const found = std::ranges::find(kActions, action, &ActionWord::action);
  if (found == std::end(kActions)) throw FilterError("an action cannot be said in a file");
  return *found;
}

std::span<const ComparisonWord> comparison_words() { return kComparisons; }

const ComparisonWord& words_of(Comparison comparison) {
  const auto* const found =
      std::ranges::find(kComparisons, comparison, &ComparisonWord::comparison);
  if (found == std::end(kComparisons)) throw FilterError("a comparison does not exist");
  return *found;
}

std::optional<int> find_errno(std::string_view name) {
  constexpr int kLastNamed = 133;  // EHWPOISON
  for (int error = 1; error <= kLastNamed; ++error) {
    if (name_of_errno(error) == name && !name.empty()) return error;
  }
  const auto* const alias =
      std::ranges::find(kAliases, name, &std::pair<std::string_view, int>::first);
  if (alias != std::end(kAliases)) return alias->second;
  return std::nullopt;
}

std::string_view name_of_errno(int error) {
  const char* const name = ::strerrorname_np(error);
  return name == nullptr ? "" : name;
}

std::optional<uint64_t> parse_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::string quote(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace kekkai::seccomp
