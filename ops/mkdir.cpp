#include <kekkai/ops/mkdir.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/setup_state.h>

namespace kekkai::ops {

void Mkdir::apply(SetupState& state, Dispatcher& k) const {
  state.sysroot.make_directory(k, path, mode);
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Mkdir, "mkdir")
