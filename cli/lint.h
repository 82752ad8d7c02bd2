// What of a planned container is probably not what was meant: rules with names.
#pragma once

#include "json_line.h"
#include "plan.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// As SARIF calls them.
enum class Level : uint8_t { kNote, kWarning, kError };
std::string_view level_name(Level level);

struct LintContext {
  const RunOptions& options;
  const Caller& caller;
  const Plan& plan;
  /// Asks the host about a path.
  Dispatcher& k;
  uint32_t uid = 0;         ///< The caller's.
  std::string own_program;  ///< Path of the running kekkai.
};

/// One rule of the lint.
struct LintRule {
  std::string_view name;  ///< "writable-home"; never given to another rule.
  Level level = Level::kNote;
  std::string_view meaning;  ///< Why it matters, in a sentence.
  std::string_view remedy;   ///< What to do, in a sentence.
  /// What it has found, in a few words each: "/home/me".
  std::vector<std::string> (*find)(const LintContext& context);
};
/// All of them.
std::span<const LintRule> lint_rules();

struct Finding {
  const LintRule* rule = nullptr;
  std::string what;  ///< "--rw /home/me makes /home/me writable"
};
/// In the order of the rules. Nothing of a plan that fails.
std::vector<Finding> lint(const LintContext& context);

/// Whether any is a warning or an error.
bool asks_for_change(const std::vector<Finding>& findings);

std::string findings_text(const std::vector<Finding>& findings, size_t width);
Json findings_json(const std::vector<Finding>& findings);
/// A log in the Static Analysis Results Interchange Format, 2.1.0. `file` is what was looked at: a
/// configuration file; empty for a command line.
Json findings_sarif(const std::vector<Finding>& findings, const std::string& file);

}  // namespace kekkai::cli
