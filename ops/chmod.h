#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

#include <cstdint>

namespace kekkai::ops {

/// Other permissions for a file or directory that is there; a link to it is followed. What is on
/// the host keeps its own, unless the set-up may change the host (HostChanges).
struct Chmod {
  ContainerPath path;
  uint32_t mode = 0755;

  /// Throws Refusal for a mode that there is not.
  void check() const;
  void apply(SetupState& state, Dispatcher& k) const;
  std::string describe() const { return "chmod " + path.str(); }
  bool operator==(const Chmod&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path, mode);
  }
};

}  // namespace kekkai::ops
