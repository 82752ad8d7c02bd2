#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

namespace kekkai::ops {

/// Init holds a read lock on a file of the container as long as it runs: fcntl(2), F_SETLK,
/// F_RDLCK, on all of it. Who wants to lock it for writing learns from that, or by waiting, whether
/// the container still uses what the file stands for.
struct Lock {
  ContainerPath path;

  /// Throws Refusal where somebody has locked it for writing.
  void late(SetupState& state, Dispatcher& k) const;
  std::string describe() const { return "lock " + path.str(); }
  bool operator==(const Lock&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path);
  }
};

}  // namespace kekkai::ops
