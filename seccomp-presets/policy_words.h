// The words that policy files are made of, ours and OCI's.
#pragma once

#include <kekkai/seccomp-presets/rules.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kekkai::seccomp {

struct ActionWord {
  Action action;
  std::string_view ours;
  std::string_view oci;
};
/// Every action that a file can say.
std::span<const ActionWord> action_words();
/// The words of an action. Throws FilterError for the one that has none, kNotify.
const ActionWord& words_of(Action action);

struct ComparisonWord {
  Comparison comparison;
  std::string_view ours;
  std::string_view oci;
};
std::span<const ComparisonWord> comparison_words();
const ComparisonWord& words_of(Comparison comparison);

/// 1 for "EPERM".
std::optional<int> find_errno(std::string_view name);
/// "EPERM" for 1; empty where it has no name.
std::string_view name_of_errno(int error);

/// Decimal, or hexadecimal after 0x.
std::optional<uint64_t> parse_number(std::string_view text);
/// The text between double quotes.
std::string quote(std::string_view text);

}  // namespace kekkai::seccomp
