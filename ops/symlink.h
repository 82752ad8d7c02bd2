#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

#include <string>

namespace kekkai::ops {

/// A symbolic link. Fine where the same link exists already.
struct Symlink {
  ContainerPath path;        ///< Where the link appears.
  std::string target;        ///< Stored as it is, like symlink(2).
  bool dereference = false;  ///< Store what the host's link `target` points to.

  /// Throws PathError where `dereference` is given a target that is not absolute.
  void early(SetupState& state, Dispatcher& k);
  void apply(SetupState& state, Dispatcher& k) const;
  std::string describe() const { return "symlink " + path.str() + " -> " + target; }
  bool operator==(const Symlink&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path, target, dereference);
  }
};

}  // namespace kekkai::ops
