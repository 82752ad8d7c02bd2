#pragma once

#include "run_options.h"

#include <string>
#include <vector>

namespace kekkai::cli {

/// Takes the arguments of `kekkai run` into `run`, also options that stand in other files. Returns
/// false where they ask for help. Throws UsageError, and std::invalid_argument
/// for a value.
bool parse_run(const std::vector<std::string>& arguments, RunOptions& run, const Caller& caller);

}  // namespace kekkai::cli
