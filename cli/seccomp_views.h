// What `kekkai seccomp` shows: as text for people, 100 columns wide at most, or as a line of JSON.
#pragma once

#include <kekkai/seccomp-presets/rules.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace kekkai::cli {

/// Columns of what is shown to people.
inline constexpr size_t kWidth = 100;

enum class Form : uint8_t { kText, kJson };

/// A policy, and what the person who asks calls it.
struct NamedPolicy {
  std::string name;
  seccomp::Policy policy;
};

/// The words that a selection is made of.
std::string list_presets(seccomp::Arch arch, Form form);
/// Every call that a policy treats specially.
std::string show_policy(const NamedPolicy& named, seccomp::Arch arch, Form form);
/// What the presets do with a call, given by its name or its number on `arch`. Throws UsageError
/// where there is no such call.
std::string explain_call(const std::string& call, seccomp::Arch arch, Form form);
/// The calls that two policies answer differently.
std::string compare_policies(const NamedPolicy& a, const NamedPolicy& b, seccomp::Arch arch,
                             Form form);
/// A table in Markdown of what a policy treats specially on any architecture.
std::string make_table(const seccomp::Policy& policy);

}  // namespace kekkai::cli
