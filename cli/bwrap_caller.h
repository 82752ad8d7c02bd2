#pragma once

#include "bwrap_rules.h"

#include <kekkai/syscall/dispatcher.h>

namespace kekkai::cli {

/// Looks at what of the caller a container depends on. Comes first of all that opens something:
/// what is open by then is the caller's. Throws SyscallError.
BwrapCaller look_at_bwrap_caller(Dispatcher& k);

}  // namespace kekkai::cli
