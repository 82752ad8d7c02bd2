// A command line of bubblewrap as options of `kekkai run`.
#pragma once

#include "bwrap_rules.h"

#include <string>
#include <utility>
#include <vector>

namespace kekkai::cli {

/// An option of `kekkai run`, and its value; empty for a switch.
struct ConvertedOption {
  std::string name;
  std::string value;
  std::string origin;  ///< What was written: "--ro-bind /usr /usr"; empty where nothing was.
  bool operator==(const ConvertedOption&) const = default;
};

struct Converted {
  std::vector<ConvertedOption> options;  ///< In order.
  std::vector<std::string> command;
  std::vector<int> inherited;  ///< Descriptors that the caller has open, and COMMAND would get.
  /// What they do not say, a sentence each.
  std::vector<std::string> left_out;
};

/// For this caller: of root's command line other options are made than of a user's. Throws
/// BwrapError for options that do not go together.
Converted convert_bwrap(const BwrapOptions& options, const BwrapCaller& caller);

}  // namespace kekkai::cli
