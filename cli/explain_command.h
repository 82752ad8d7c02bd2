// `kekkai explain`: what a sandbox would be like, without making it.
#pragma once

#include "command_line.h"

#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// The options that `kekkai explain` has beside those of `kekkai run`, with their help.
struct ExplainOption {
  std::string_view name;  ///< Without the dashes.
  std::string_view value;
  std::string_view help;
  int files = 0;  ///< How many files follow.
};
const std::vector<ExplainOption>& explain_options();

/// Exit status of --lint where something asks for a change.
inline constexpr int kExitFindings = 1;

/// Understands the arguments after `kekkai explain`. Throws as parse_run() does.
Parsed parse_explain(const std::vector<std::string>& arguments, const Caller& caller);

}  // namespace kekkai::cli
