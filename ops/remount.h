#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/flags.h>
#include <kekkai/syscall/paths.h>

namespace kekkai::ops {

/// Restricts a mount that is in the container already: one made by an earlier op, or one that came
/// in with a bind. Restrictions are only ever added (mount_setattr(2)). A link is followed inside
/// the container. What a later op mounts below is not concerned.
struct Remount {
  ContainerPath path;      ///< Where it is mounted.
  bool read_only = false;  ///< Nothing in it can be changed.
  bool noexec = false;     ///< Nothing in it can be executed.
  bool nodev = false;      ///< Device nodes in it do not work.
  bool recursive = false;  ///< So is everything that is mounted below it by now.

  /// Throws Refusal where there is nothing to add.
  void check() const;
  /// Throws Refusal where nothing is mounted on the path.
  void apply(SetupState& state, Dispatcher& k) const;
  std::string describe() const;
  MountAttr attributes() const;
  bool operator==(const Remount&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path, read_only, noexec, nodev, recursive);
  }
};

}  // namespace kekkai::ops
