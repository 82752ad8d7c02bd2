// Sets of arguments, in pieces that OCI can say.
#pragma once

#include <kekkai/seccomp-presets/rules.h>

#include <array>

namespace kekkai::seccomp {

/// The arguments that agree with `value` in the bits of `mask`.
struct Cube {
  struct Bits {
    uint64_t mask = 0;
    uint64_t value = 0;
  };
  std::array<Bits, 6> arguments{};
};
using Cubes = std::vector<Cube>;

/// The arguments for which all conditions hold.
Cubes cubes_of(const std::vector<ArgCondition>& conditions);

/// The rest of `from` without `what`. The pieces do not overlap if those of `from` do not.
Cubes subtract(Cubes from, const Cubes& what);

/// Whether an argument is in both.
bool have_common(const Cubes& a, const Cubes& b);

/// One condition for each argument that matters.
std::vector<ArgCondition> conditions_of(const Cube& cube);

}  // namespace kekkai::seccomp
