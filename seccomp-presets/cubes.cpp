#include "cubes.h"

#include <algorithm>
#include <bit>

namespace kekkai::seccomp {
namespace {

using Bits = Cube::Bits;

constexpr uint64_t kAll = ~uint64_t{0};
constexpr size_t kMostPieces = 1024;  // no profile has as many entries for one call

void check_size(const Cubes& cubes) {
  if (cubes.size() > kMostPieces) {
    throw FilterError("without an order of rules this takes more than 1024 entries");
  }
}

// The values below `limit`: for each bit that is set in it, those that are equal above this bit and
// have it clear.
std::vector<Bits> values_below(uint64_t limit) {
  std::vector<Bits> pieces;
  for (uint64_t bit = uint64_t{1} << 63; bit != 0; bit >>= 1) {
    if ((limit & bit) == 0) continue;
    const uint64_t mask = ~(bit - 1);
    pieces.push_back({mask, limit & mask & ~bit});
  }
  return pieces;
}

// Likewise: equal above a clear bit, and have it set.
std::vector<Bits> values_above(uint64_t limit) {
  std::vector<Bits> pieces = values_below(~limit);
  for (Bits& piece : pieces) piece.value = ~piece.value & piece.mask;
  return pieces;
}

std::vector<Bits> values_of(const ArgCondition& condition) {
  const uint64_t value = condition.value;
  std::vector<Bits> pieces;
  switch (condition.comparison) {
    case Comparison::kEqual:
      return {{kAll, value}};
    case Comparison::kMaskedEqual:
      return {{condition.mask, value}};
    case Comparison::kLess:
      return values_below(value);
    case Comparison::kGreater:
      return values_above(value);
    case Comparison::kLessOrEqual:
      pieces = values_below(value);
      break;
    case Comparison::kGreaterOrEqual:
      pieces = values_above(value);
      break;
    case Comparison::kNotEqual:
      for (uint64_t bit = uint64_t{1} << 63; bit != 0; bit >>= 1) {
        pieces.push_back({~(bit - 1), (value ^ bit) & ~(bit - 1)});
      }
      return pieces;
  }
  pieces.push_back({kAll, value});
  return pieces;
}

bool have_common(const Cube& a, const Cube& b) {
  for (size_t i = 0; i < a.arguments.size(); ++i) {
    const Bits& one = a.arguments[i];
    const Bits& other = b.arguments[i];
    if (((one.value ^ other.value) & one.mask & other.mask) != 0) return false;
  }
  return true;
}

// Cuts a cube along one bit after the other of those that only `what` is particular about.
void cut(Cube from, const Cube& what, Cubes& rest) {
  for (size_t i = 0; i < from.arguments.size(); ++i) {
    Bits& bits = from.arguments[i];
    uint64_t missing = what.arguments[i].mask & ~bits.mask;
    while (missing != 0) {
      const uint64_t bit = std::bit_floor(missing);
      missing ^= bit;
      const uint64_t inside = what.arguments[i].value & bit;
      bits.mask |= bit;
      bits.value |= inside ^ bit;
      rest.push_back(from);
      bits.value ^= bit;
    }
  }
}

}  // namespace

Cubes cubes_of(const std::vector<ArgCondition>& conditions) {
  Cubes cubes{{}};
  for (const ArgCondition& condition : conditions) {
    Cubes narrower;
    for (const Bits& piece : values_of(condition)) {
      Cube with_piece;
      with_piece.arguments[condition.index] = piece;
      for (Cube cube : cubes) {
        if (!have_common(cube, with_piece)) continue;
        cube.arguments[condition.index].mask |= piece.mask;
        cube.arguments[condition.index].value |= piece.value;
        narrower.push_back(cube);
      }
      check_size(narrower);
    }
    cubes = std::move(narrower);
  }
  return cubes;
}

Cubes subtract(Cubes from, const Cubes& what) {
  for (const Cube& each : what) {
    Cubes rest;
    for (const Cube& cube : from) {
      if (have_common(cube, each)) {
        cut(cube, each, rest);
      } else {
        rest.push_back(cube);
      }
      check_size(rest);
    }
    from = std::move(rest);
  }
  return from;
}

bool have_common(const Cubes& a, const Cubes& b) {
  return std::ranges::any_of(a, [&](const Cube& one) {
    return std::ranges::any_of(b, [&](const Cube& other) { return have_common(one, other); });
  });
}

std::vector<ArgCondition> conditions_of(const Cube& cube) {
  std::vector<ArgCondition> conditions;
  for (unsigned index = 0; index < cube.arguments.size(); ++index) {
    const Bits& bits = cube.arguments[index];
    if (bits.mask == kAll) {
      conditions.push_back({index, Comparison::kEqual, bits.value});
    } else if (bits.mask != 0) {
      conditions.push_back(masked(index, bits.mask, bits.value));
    }
  }
  return conditions;
}

}  // namespace kekkai::seccomp
