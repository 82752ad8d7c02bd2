#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

#include <cstdint>

namespace kekkai::ops {

/// A directory, with the parents that are missing. One that exists is left as it is.
struct Mkdir {
  ContainerPath path;
  uint32_t mode = 0755;  ///< At most 01777: directories get no set-user-id or set-group-id.

  /// Throws Refusal for a mode that the kernel would not take as it is.
  void check() const;
  void apply(SetupState& state, Dispatcher& k) const;
  std::string describe() const { return "mkdir " + path.str(); }
  bool operator==(const Mkdir&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path, mode);
  }
};

}  // namespace kekkai::ops
