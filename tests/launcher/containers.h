// Containers as people ask for them, for sweeps on the fake kernel.
#pragma once

#include "fake_start.h"

#include <iosfwd>
#include <string>
#include <vector>

namespace kekkai {

struct RealisticContainer {
  std::string name;
  /// Adds to an ordinary host and to `kekkai run -- true`.
  void (*furnish)(FakeStart& start);
  /// What it makes on the host, because it was asked to.
  std::string makes = {};
};
std::ostream& operator<<(std::ostream& out, const RealisticContainer& container);
const std::vector<RealisticContainer>& realistic_containers();

/// The host as far as they look at it, and the program that all of them run.
void furnish_host(FakeStart& start);

}  // namespace kekkai
