// What a container is like at the end of its set-up, as init itself can tell: the same code asks
// Linux and the fake kernel.
#pragma once

#include <kekkai/ops/op.h>
#include <kekkai/ops/setup_state.h>

#include <string>
#include <vector>

namespace kekkai::kernel_tests {

/// Test op, the last one of a list: writes to standard output every name in the container with what
/// is there, and then its mount table. proc, sysfs and the like are named, but not entered.
struct Survey {
  Transient<UniqueFd> process;

  void early(SetupState& state, Dispatcher& k);
  void late(SetupState& state, Dispatcher& k);
  std::string describe() const { return "survey"; }
  bool operator==(const Survey&) const = default;
  template <class Archive>
  void serialize(Archive& /*ar*/) {}
};

/// What Survey wrote, without what differs from one start to the next: numbers of mounts, and types
/// of the host's file systems.
std::string comparable(const std::string& survey);

}  // namespace kekkai::kernel_tests
