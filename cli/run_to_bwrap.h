// Options of `kekkai run` as a command line of bubblewrap.
#pragma once

#include "run_options.h"

#include <string>
#include <vector>

namespace kekkai::cli {

struct BwrapWords {
  std::vector<std::vector<std::string>> options;  ///< {"--ro-bind", "/usr", "/usr"}, in order.
  std::vector<std::string> command;
  /// What they do not say, a sentence each.
  std::vector<std::string> left_out;

  /// As one types it, an option a line.
  std::string text() const;
};

BwrapWords to_bwrap(const RunOptions& options, const Caller& caller);

}  // namespace kekkai::cli
