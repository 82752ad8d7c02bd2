#include <kekkai/ops/contents.h>
#include <kekkai/ops/file.h>
#include <kekkai/ops/register.h>

namespace kekkai::ops {

void File::apply(SetupState& state, Dispatcher& k) const {
  const MountAttr attributes =
      MountAttr::kNoSuid | MountAttr::kNoDev | (writable ? MountAttr::kNone : MountAttr::kReadOnly);
  state.sysroot.attach(k, make_file_mount(state, k, content, mode, attributes),
                       {.path = path, .attributes = attributes});
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::File, "file")
