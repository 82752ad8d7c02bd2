#pragma once

#include "explain_report.h"

#include <string>
#include <vector>

namespace kekkai::cli {

/// A configuration file, and what it allows that the other one does not.
struct ComparedConfig {
  std::string file;
  std::vector<Access> more;
};
struct Comparison {
  ComparedConfig a;
  ComparedConfig b;
};

/// Throws UsageError for a file that is none, or whose container would not start.
Comparison compare_configs(Dispatcher& k, const std::string& a, const std::string& b,
                           const Caller& caller);

/// At most `width` columns, where no single word is longer.
std::string comparison_text(const Comparison& comparison, size_t width);
Json comparison_json(const Comparison& comparison);

}  // namespace kekkai::cli
