// Containers as people have them, for sweeps over all that happens in a start.
#pragma once

#include "box.h"

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::kernel_tests {

struct FurnishedBox {
  std::string name;  ///< Of a test.
  /// `things` is a folder of the host that they show, some of it writable.
  Box (*make)(const Scratch& things);

  friend void PrintTo(const FurnishedBox& box, std::ostream* out) { *out << box.name; }
};

/// One of each kind.
const std::vector<FurnishedBox>& furnished_boxes();
/// The one of this name.
Box furnished_box(std::string_view name, const Scratch& things);
/// Makes in a folder what they show.
void furnish(const Scratch& things);

}  // namespace kekkai::kernel_tests
