#pragma once

#include "run_options.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// A switch of a command that takes the options of `kekkai run`, and this one beside them.
struct ExtraSwitch {
  std::string_view name;  ///< Without the dashes.
  bool* value;
};

/// Takes the arguments of `kekkai run` into `run`, also options that stand in other files. Returns
/// false where they ask for help. Throws UsageError, and std::invalid_argument
/// for a value.
bool parse_run(const std::vector<std::string>& arguments, RunOptions& run, const Caller& caller,
               std::span<const ExtraSwitch> switches = {});

}  // namespace kekkai::cli
