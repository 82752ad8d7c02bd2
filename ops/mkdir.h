#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/paths.h>

#include <cstdint>

namespace kekkai::ops {

/// A directory, with the parents that are missing. One that exists is left as it is.
struct Mkdir {
  ContainerPath path;
  uint32_t mode = 0755;

  void apply(SetupState& state, Dispatcher& k) const;
  std::string describe() const { return "mkdir " + path.str(); }
  bool operator==(const Mkdir&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(path, mode);
  }
};

}  // namespace kekkai::ops
