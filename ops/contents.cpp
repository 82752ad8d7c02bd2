#include <kekkai/ops/contents.h>

namespace kekkai {

UniqueFd make_file_mount(SetupState& state, Dispatcher& k, std::string_view content, mode_t mode,
                         MountAttr attr) {
  const UniqueFd file =
      k.openat2(state.intermediate_root, "content-" + std::to_string(state.contents_made++),
                Open::kCreate | Open::kExclusive | Open::kWriteOnly,
                Resolve::kBeneath | Resolve::kNoSymlinks, 0600);
  write_all(k, file, content);
  k.fchmod(file, mode);
  UniqueFd mount = k.open_tree(file, Reach::kOne);
  mount.set_label("content");
  k.mount_setattr(mount, attr, Propagation::kPrivate, Reach::kOne);
  return mount;
}

UniqueFd make_file_system(Dispatcher& k, const std::string& type,
                          const std::vector<std::pair<std::string, std::string>>& options,
                          MountAttr attr) {
  const UniqueFd context = k.fsopen(type);
  for (const auto& [key, value] : options) k.fsconfig_string(context, key, value);
  k.fsconfig_create(context);
  return k.fsmount(context, attr);
}

}  // namespace kekkai
