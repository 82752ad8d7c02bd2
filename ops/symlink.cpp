#include <kekkai/ops/register.h>
#include <kekkai/ops/setup_state.h>
#include <kekkai/ops/symlink.h>

namespace kekkai::ops {

void Symlink::early(SetupState& /*state*/, Dispatcher& k) {
  if (dereference) target = k.readlinkat(Fd::cwd(), HostPath(target).str());
}

void Symlink::apply(SetupState& state, Dispatcher& k) const {
  state.sysroot.symlink(k, target, path);
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Symlink, "symlink")
