#pragma once

#include <kekkai/syscall/dispatcher.h>

namespace kekkai {

/// Gives up every capability but `kept` in all five sets, and the means to gain one by an exec.
void drop_privileges(Dispatcher& k, uint64_t kept);

/// The filter that init puts on itself once the program runs: it lets nothing through but what
/// supervising needs. A filter is inherited, so it can come only when nothing more is spawned.
FilterProgram supervisor_filter();

}  // namespace kekkai
