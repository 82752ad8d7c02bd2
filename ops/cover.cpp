#include <kekkai/ops/contents.h>
#include <kekkai/ops/cover.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/source.h>

namespace kekkai {
namespace {

constexpr MountAttr kNothing =
    MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev | MountAttr::kNoExec;

UniqueFd make_nothing(SetupState& state, Dispatcher& k, MountPoint point) {
  return point == MountPoint::kDirectory ? make_file_system(k, "tmpfs", {{"mode", "555"}}, kNothing)
                                         : make_file_mount(state, k, "", 0444, kNothing);
}

}  // namespace

bool cover_with_nothing(SetupState& state, Dispatcher& k, const ContainerPath& path) {
  const UniqueFd place = state.sysroot.open_if_present(k, path);
  if (!place) return false;
  const FileStatus status = k.statx(place);
  if (state.sysroot.is_root(status)) {
    throw Refusal(path.str() + " is the container's root, and nothing would be left of it");
  }
  const MountPoint point = mount_point_for(status.mode);
  state.sysroot.attach_on(k, make_nothing(state, k, point), place,
                          {.path = path, .attributes = kNothing, .contents = Contents::kOwn});
  return true;
}

bool cover_read_only(SetupState& state, Dispatcher& k, const ContainerPath& path) {
  const UniqueFd place = state.sysroot.open_if_present(k, path);
  if (!place) return false;
  const FileStatus status = k.statx(place);
  const MountAttr attributes =
      state.sysroot.common_attributes(status.mount_id) | MountAttr::kReadOnly;
  state.sysroot.attach_on(k, clone_source(k, place, attributes), place,
                          {.path = path, .attributes = attributes});
  return true;
}

}  // namespace kekkai
