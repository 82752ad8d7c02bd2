#pragma once

#include "explain_report.h"

#include <string>

namespace kekkai::cli {

/// What the configuration file `a` allows and `b` does not, and the other way round, as text or
/// JSON. Throws UsageError for one that is none, or whose container would not start.
std::string compare_configs(Dispatcher& k, const std::string& a, const std::string& b,
                            const Caller& caller, bool json);

}  // namespace kekkai::cli
