#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

namespace kekkai::ops {

/// The cgroup2 file system of cgroups(7), read-only, with the container's own cgroup as its root:
/// what it may use and what it uses can be seen, and nothing can be changed.
struct Cgroup2 {
  ContainerPath path = "/sys/fs/cgroup";

  void apply(SetupState& state, Dispatcher& k) const;
  std::string describe() const { return "cgroup2 on " + path.str(); }
  bool operator==(const Cgroup2&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path);
  }
};

}  // namespace kekkai::ops
