#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

namespace kekkai::ops {

/// Makes what is at a path read-only, with everything mounted below it; its other attributes stay.
/// A link is followed inside the container. What a later op mounts there is not concerned.
struct ReadOnly {
  ContainerPath path;
  /// A path that does not exist is no error. The program may then make it, and write there, where
  /// the directory that it belongs in is writable.
  bool optional = false;

  /// Throws Refusal where nothing is at the path.
  void apply(SetupState& state, Dispatcher& k) const;
  std::string describe() const { return "read-only " + path.str(); }
  bool operator==(const ReadOnly&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path, optional);
  }
};

}  // namespace kekkai::ops
