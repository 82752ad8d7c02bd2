#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

namespace kekkai::ops {

/// Hides what is at a path: a directory becomes an empty one, anything else an empty file, both
/// read-only. A link is followed inside the container, and what it leads to is hidden. Fine where
/// nothing is there, unless it is `required`: nothing is made then.
///
/// The list's order decides: what a later op mounts there is visible. What is also shown at another
/// path stays visible at that one.
struct Mask {
  ContainerPath path;
  bool required =
      false;  ///< Nothing at the path is an error: it would be a path that was misspelt.

  /// Throws Refusal where the path leads to the root, or to nothing although it is required.
  void apply(SetupState& state, Dispatcher& k) const;
  std::string describe() const { return "mask " + path.str(); }
  bool operator==(const Mask&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path, required);
  }
};

}  // namespace kekkai::ops
