#include <kekkai/ops/handed_in.h>
#include <kekkai/ops/hold.h>
#include <kekkai/ops/register.h>

namespace kekkai::ops {

void Hold::check() const { check_descriptor(descriptor); }

void Hold::early(SetupState& state, Dispatcher& /*k*/) const {
  state.held.push_back(take_handed_in(state, descriptor));
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Hold, "hold")
