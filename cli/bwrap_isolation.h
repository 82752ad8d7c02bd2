#pragma once

#include "bwrap_options.h"
#include "bwrap_rules.h"

#include <kekkai/init/params.h>

namespace kekkai::cli {

/// What the options say of namespaces, ids, and how long the container lasts. Throws BwrapError.
void isolate(const BwrapOptions& options, const BwrapCaller& caller, Params& params);

}  // namespace kekkai::cli
