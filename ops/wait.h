#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/syscall/unique_fd.h>

namespace kekkai::ops {

/// Waits, in the finished container and before the program, until there is a byte to read from a
/// descriptor of the launcher's process, or its end. The byte is taken, and the descriptor closed.
/// When the launcher goes or cancels, nobody waits any longer.
struct Wait {
  int descriptor = -1;

  Transient<UniqueFd> input;

  /// Throws Refusal where there is no such descriptor.
  void check() const;
  void early(SetupState& state, Dispatcher& k);
  void late(SetupState& state, Dispatcher& k);
  std::vector<int> descriptors() const { return {descriptor}; }
  std::string describe() const { return "wait for descriptor " + std::to_string(descriptor); }
  bool operator==(const Wait&) const = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(descriptor);
  }
};

}  // namespace kekkai::ops
