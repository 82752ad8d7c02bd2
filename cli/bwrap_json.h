// A converted command line as a configuration file.
#pragma once

#include "bwrap_to_run.h"

#include <string>

namespace kekkai::cli {

/// As kekkai.json(5) describes it, an op a line. Throws UsageError for what JSON cannot hold.
std::string config_json(const Converted& converted);

}  // namespace kekkai::cli
