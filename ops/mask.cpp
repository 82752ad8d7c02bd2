#include <kekkai/ops/cover.h>
#include <kekkai/ops/mask.h>
#include <kekkai/ops/register.h>

namespace kekkai::ops {

void Mask::apply(SetupState& state, Dispatcher& k) const { cover_with_nothing(state, k, path); }

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Mask, "mask")
