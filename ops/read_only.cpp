#include <kekkai/ops/cover.h>
#include <kekkai/ops/read_only.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>

namespace kekkai::ops {

void ReadOnly::apply(SetupState& state, Dispatcher& k) const {
  if (cover_read_only(state, k, path) || optional) return;
  throw Refusal(path.str() + " does not exist, and cannot be made read-only");
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::ReadOnly, "read-only")
