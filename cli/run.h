#pragma once

#include "run_options.h"

namespace kekkai::cli {

/// Carries out `kekkai run`. Returns the exit status: the program's, or 125, 126, 127.
int run(Dispatcher& k, const RunOptions& options);

}  // namespace kekkai::cli
