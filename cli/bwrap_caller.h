#pragma once

#include "bwrap_parser.h"
#include "bwrap_rules.h"

#include <kekkai/syscall/dispatcher.h>

namespace kekkai::cli {

/// Looks at what of the caller a container with these options depends on. Comes first of all that
/// opens something: what is open by then is the caller's. Throws SyscallError.
BwrapCaller look_at_bwrap_caller(Dispatcher& k, const BwrapOptions& options);

/// Reads what a descriptor holds, to its end.
ReadDescriptor descriptor_reader(Dispatcher& k);

}  // namespace kekkai::cli
