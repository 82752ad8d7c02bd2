// A stage for one op: init's part of a set-up, on a ScriptedDispatcher.
//
//     OpStage stage;
//     stage.k.host("/srv/data").missing();
//     stage.run(ops::Bind{.source = "/srv/data", .target = "/data", .optional = true});
//     EXPECT_THAT(stage.k.transcript(),
//                 ElementsAre("early:", "openat2 /srv/data O_PATH NO_MAGICLINKS = ENOENT",
//                             "apply:", "late:"));
#pragma once

#include <kekkai/ops/contents.h>
#include <kekkai/ops/op.h>
#include <kekkai/ops/setup_state.h>
#include <kekkai/testing/scripted_dispatcher.h>

namespace kekkai::testing {

/// Stands in the host's root until the first apply(), which builds what init has built by then: an
/// intermediate root with an empty container in it. None of that is in the transcript.
class OpStage {
 public:
  ScriptedDispatcher k;
  SetupState state;

  OpStage() { k.umask(0), k.clear_transcript(); }

  /// The phases of an op, each after a note with its name. `op` keeps what it learned. Of several
  /// ops, run early() of all before the first apply(), as init does.
  template <class Spec>
  void early(Spec& op) {
    k.note("early:");
    if constexpr (HasEarly<Spec>) op.early(state, k);
  }
  template <class Spec>
  void apply(Spec& op) {
    enter_container();
    k.note("apply:");
    if constexpr (HasApply<Spec>) op.apply(state, k);
  }
  template <class Spec>
  void late(Spec& op) {
    k.note("late:");
    if constexpr (HasLate<Spec>) op.late(state, k);
  }
  template <class Spec>
  void run(Spec op) {
    early(op), apply(op), late(op);
  }

  /// What apply() does first. For tests that say what is in the container before the op.
  void enter_container();

 private:
  UniqueFd open_directory(Fd dir, const std::string& path) {
    return k.openat2(dir, path, Open::kPath | Open::kDirectory, Resolve::kAnywhere, 0);
  }
};

inline void OpStage::enter_container() {
  if (state.intermediate_root) return;
  const std::vector<std::string> before = k.transcript();
  UniqueFd root = make_file_system(k, "tmpfs", {}, MountAttr::kNoSuid | MountAttr::kNoDev);
  root.set_label("intermediate root");
  k.move_mount(root, open_directory(Fd::cwd(), "/proc/self/fd"));
  k.mkdirat(root, "sysroot", 0755);
  k.mkdirat(root, "host", 0755);
  const UniqueFd sysroot = open_directory(root, "sysroot");
  const UniqueFd tree = k.open_tree(sysroot, Reach::kRecursive);
  k.mount_setattr(tree, MountAttr::kNone, Propagation::kPrivate, Reach::kRecursive);
  k.move_mount(tree, sysroot);
  k.fchdir(root);
  k.pivot_root("host");
  state.sysroot.enter(k, root, state.parent_mode, state.host_changes);
  state.intermediate_root = std::move(root);
  k.clear_transcript();
  for (const std::string& line : before) k.note(line);
}

}  // namespace kekkai::testing
