#pragma once

#include <kekkai/ops/op.h>

namespace kekkai::ops {

/// Init keeps a descriptor of the launcher's process open as long as it runs: whoever has the other
/// end learns from its end that the container is gone. The program does not get it.
struct Hold {
  int descriptor = -1;

  /// Throws Refusal where there is no such descriptor.
  void check() const;
  void early(SetupState& state, Dispatcher& k) const;
  std::vector<int> descriptors() const { return {descriptor}; }
  std::string describe() const { return "hold descriptor " + std::to_string(descriptor); }
  bool operator==(const Hold&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(descriptor);
  }
};

}  // namespace kekkai::ops
