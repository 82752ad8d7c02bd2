#include <kekkai/init/roots.h>
#include <kekkai/ops/contents.h>
#include <kekkai/ops/source.h>

namespace kekkai {
namespace {

UniqueFd open_directory(Dispatcher& k, Fd dir, const std::string& path) {
  return k.openat2(dir, path, Open::kPath | Open::kDirectory, Resolve::kAnywhere);
}

}  // namespace

void separate_mounts_from_host(Dispatcher& k) {
  k.mount_setattr(open_directory(k, Fd::cwd(), "/"), MountAttr::kNone, Propagation::kSlave,
                  Reach::kRecursive);
}

void enter_intermediate_root(Dispatcher& k, SetupState& state, UniqueFd image) {
  UniqueFd root =
      make_file_system(k, "tmpfs", {{"mode", "755"}}, MountAttr::kNoSuid | MountAttr::kNoDev);
  root.set_label("intermediate root");
  k.move_mount(root, open_directory(k, Fd::cwd(), "/proc/self/fd"));

  k.mkdirat(root, "sysroot", 0755);
  k.mkdirat(root, "host", 0755);
  // A new root has to be a mount point.
  const UniqueFd sysroot = open_directory(k, root, "sysroot");
  k.move_mount(clone_source(k, sysroot, MountAttr::kNoSuid | MountAttr::kNoDev), sysroot);

  // It belongs to no namespace any more when the root goes, whoever may change mounts then. For
  // each detachment the kernel waits for the whole machine (RCU): so this one goes along.
  if (image) {
    k.move_mount(image, k.openat2(root, "image", Open::kWriteOnly | Open::kCreate,
                                  Resolve::kNoMagicLinks, 0600));
  }

  k.fchdir(root);
  k.pivot_root("host");
  state.sysroot.enter(k, root, state.parent_mode, state.host_changes);
  state.intermediate_root = std::move(root);
}

void enter_container_root(Dispatcher& k, SetupState& state) {
  state.sysroot.seal(k);
  // From here on what happens to the host's tree stays here. It, too, goes along with the
  // intermediate root that it is mounted in.
  k.mount_setattr(open_directory(k, state.intermediate_root, "host"), MountAttr::kNone,
                  Propagation::kPrivate, Reach::kRecursive);
  k.fchdir(state.sysroot.root());
  // Both at once: the old root ends up on top of the new one, and is taken off (pivot_root(2)).
  k.pivot_root(".");
  k.fchdir(state.intermediate_root);
  k.detach_working_directory();
  state.intermediate_root.reset();
  k.fchdir(state.sysroot.root());
}

}  // namespace kekkai
