#pragma once

#include "run_options.h"

#include <kekkai/syscall/dispatcher.h>

namespace kekkai::cli {

/// Looks at what a default container depends on.
Caller look_around(Dispatcher& k);

}  // namespace kekkai::cli
