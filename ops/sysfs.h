#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

namespace kekkai::ops {

/// A sysfs(5) file system that shows the devices of the container's own network, read-only: who has
/// uid 0 outside could change the host with it. Needs a network namespace of the container's own.
struct Sysfs {
  ContainerPath path = "/sys";

  /// Throws Refusal where the network is the host's.
  void early(SetupState& state, Dispatcher& k);
  void apply(SetupState& state, Dispatcher& k) const;
  std::string describe() const { return "sysfs on " + path.str(); }
  bool operator==(const Sysfs&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path);
  }
};

}  // namespace kekkai::ops
