#include <kekkai/ops/cover.h>
#include <kekkai/ops/mask.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>

namespace kekkai::ops {

void Mask::apply(SetupState& state, Dispatcher& k) const {
  if (cover_with_nothing(state, k, path) || !required) return;
  throw Refusal(path.str() + " does not exist, and so there is nothing to hide");
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Mask, "mask")
