#include <kekkai/ops/contents.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/sysfs.h>

namespace kekkai::ops {

void Sysfs::early(SetupState& state, Dispatcher& /*k*/) {
  // The kernel only says EPERM.
  if (state.shares_network) {
    throw Refusal("a sysfs of its own needs a network of its own, and this one is the host's");
  }
}

void Sysfs::apply(SetupState& state, Dispatcher& k) const {
  constexpr MountAttr kAttributes =
      MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev | MountAttr::kNoExec;
  state.sysroot.attach(k, make_file_system(k, "sysfs", {}, kAttributes),
                       {.path = path, .attributes = kAttributes});
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Sysfs, "sysfs")
