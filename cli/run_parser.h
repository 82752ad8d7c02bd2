#pragma once

#include "run_options.h"

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace kekkai::cli {

/// Arguments that are not understood: a sentence, and what may have been meant.
class UsageError : public std::invalid_argument {
 public:
  explicit UsageError(const std::string& text, std::string hint_text = {})
      : std::invalid_argument(text), hint(std::move(hint_text)) {}
  std::string hint;
};

/// Takes the arguments of `kekkai run` into `run`, also options that stand in other files. Returns
/// false where they ask for help. Throws UsageError, std::invalid_argument.
bool parse_run(const std::vector<std::string>& arguments, RunOptions& run, const Caller& caller);

}  // namespace kekkai::cli
