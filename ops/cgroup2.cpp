#include <kekkai/ops/cgroup2.h>
#include <kekkai/ops/contents.h>
#include <kekkai/ops/register.h>

namespace kekkai::ops {

void Cgroup2::apply(SetupState& state, Dispatcher& k) const {
  constexpr MountAttr kAttributes =
      MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev | MountAttr::kNoExec;
  state.sysroot.attach(k, make_file_system(k, "cgroup2", {}, kAttributes),
                       {.path = path, .attributes = kAttributes});
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Cgroup2, "cgroup2")
