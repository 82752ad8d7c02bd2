// --die-with-parent.
#pragma once

#include <kekkai/init/params.h>
#include <kekkai/syscall/dispatcher.h>

namespace kekkai::cli {

/// The container ends when the process that has started this one does. What is returned has to
/// stay open until the container has started. Throws std::runtime_error where that process has
/// ended, and SyscallError.
UniqueFd tie_to_parent(Dispatcher& k, Params& params);

}  // namespace kekkai::cli
