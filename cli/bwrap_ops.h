#pragma once

#include "bwrap_options.h"
#include "bwrap_rules.h"

#include <kekkai/ops/ops.h>

namespace kekkai::cli {

/// The op of each step. Throws BwrapError, which names the option.
Ops make_bwrap_ops(const BwrapOptions& options, const BwrapCaller& caller);

}  // namespace kekkai::cli
