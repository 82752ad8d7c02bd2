// All that `kekkai explain` finds out about a run.
#pragma once

#include "access.h"
#include "lint.h"
#include "plan.h"

#include <vector>

namespace kekkai::cli {

struct Explanation {
  RunOptions options;
  Plan plan;
  std::vector<Access> access;  ///< Nothing of a plan that fails, like the findings.
  std::vector<Finding> findings;
};

/// Finds it out, on the machine behind `k`. Throws what a run throws before its start.
Explanation explain(Dispatcher& k, const RunOptions& options, const Caller& caller,
                    WithCalls calls);

}  // namespace kekkai::cli
