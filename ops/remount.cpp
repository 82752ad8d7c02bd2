#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/remount.h>
#include <kekkai/ops/setup_state.h>

namespace kekkai::ops {

void Remount::check() const {
  if (attributes() == MountAttr::kNone) {
    throw Refusal("a remount adds one of read_only, noexec and nodev at least");
  }
}

void Remount::apply(SetupState& state, Dispatcher& k) const {
  state.sysroot.restrict(k, state.sysroot.open(k, path), path, attributes(),
                         recursive ? Reach::kRecursive : Reach::kOne);
}

std::string Remount::describe() const {
  return "remount " + path.str() + " " + names(attributes()) + (recursive ? " recursively" : "");
}

MountAttr Remount::attributes() const {
  MountAttr attr = MountAttr::kNone;
  if (read_only) attr = attr | MountAttr::kReadOnly;
  if (noexec) attr = attr | MountAttr::kNoExec;
  if (nodev) attr = attr | MountAttr::kNoDev;
  return attr;
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Remount, "remount")
