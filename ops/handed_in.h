// What the launcher's caller has handed in for ops: descriptors of its own process.
#pragma once

#include <kekkai/ops/setup_state.h>

namespace kekkai {

/// The descriptor that has this number in the launcher's process, for as long as early runs. Throws
/// Refusal where an earlier op has taken it.
Fd handed_in(const SetupState& state, int number);

/// The same for good: later ops cannot have it.
UniqueFd take_handed_in(SetupState& state, int number);

/// What an op checks of such a number. Throws Refusal where there is no such descriptor.
void check_descriptor(int number);

}  // namespace kekkai
