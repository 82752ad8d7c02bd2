#pragma once

#include "run_options.h"

namespace kekkai::cli {

/// A --timeout ended it, as timeout(1) says it.
inline constexpr int kExitTimeout = 124;

/// Throws std::invalid_argument or Refusal where the options need a descriptor that is not open.
void require_descriptors(Dispatcher& k, const RunOptions& options);

/// Carries out `kekkai run`. Returns the exit status: the program's, or 124 to 127.
int run(Dispatcher& k, const RunOptions& options, const Caller& caller);

}  // namespace kekkai::cli
