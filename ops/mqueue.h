#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

namespace kekkai::ops {

/// POSIX message queues of the container's ipc namespace (mq_overview(7)): a file system that shows
/// each queue as a file.
struct Mqueue {
  ContainerPath path = "/dev/mqueue";

  void apply(SetupState& state, Dispatcher& k) const;
  std::string describe() const { return "mqueue on " + path.str(); }
  bool operator==(const Mqueue&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path);
  }
};

}  // namespace kekkai::ops
