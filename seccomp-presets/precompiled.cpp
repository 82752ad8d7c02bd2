#include <kekkai/seccomp-presets/presets.h>

#include <algorithm>
#include <iterator>

namespace kekkai::seccomp {
namespace {

struct Precompiled {
  Selection selection;
  size_t first = 0, size = 0;
};

// Made by generate/main.cpp: kInstructions, and kPrecompiled that says where in it each one is.
#include "filters.inc"

}  // namespace

Program preset_program(const Selection& selection) {
  const auto* const found = std::ranges::find(kPrecompiled, selection, &Precompiled::selection);
  if (found == std::end(kPrecompiled)) return compile(preset_policy(selection));
  const sock_filter* const begin = kInstructions + found->first;
  return {begin, begin + found->size};
}

}  // namespace kekkai::seccomp
