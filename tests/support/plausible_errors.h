// With which errnos a call may fail on a real machine. Sweeps rotate through these, so that a fault
// is one that can happen, and that code which looks at an errno gets to see it.
#pragma once

#include <span>
#include <string_view>

namespace kekkai::testing {

/// For a call as a SyscallError spells it: plausible_errors("openat2 /usr"). The likeliest are
/// first. Empty for a call that is not in the table. None of them is an errno that Dispatcher turns
/// into an answer (EINTR where a call is made again, ECHILD of wait4).
std::span<const int> plausible_errors(std::string_view call);

}  // namespace kekkai::testing
