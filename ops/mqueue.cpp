#include <kekkai/ops/contents.h>
#include <kekkai/ops/mqueue.h>
#include <kekkai/ops/register.h>

namespace kekkai::ops {

void Mqueue::apply(SetupState& state, Dispatcher& k) const {
  constexpr MountAttr kAttributes = MountAttr::kNoSuid | MountAttr::kNoDev | MountAttr::kNoExec;
  state.sysroot.attach(k, make_file_system(k, "mqueue", {}, kAttributes),
                       {.path = path, .attributes = kAttributes});
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Mqueue, "mqueue")
