#include "suggest.h"

#include <kekkai/seccomp-presets/calls.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace kekkai::cli {
namespace {

// How many letters are missing, superfluous, wrong or swapped with their neighbour: the optimal
// string alignment distance.
size_t count_slips(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, above);
    std::swap(above, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t wrong = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + wrong});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  constexpr size_t kLongest = 32;  // nobody meant an option by more
  if (word.size() > kLongest) return {};
  size_t least = std::max<size_t>(word.size() / 3, 1) + 1;
  std::string_view found;
  for (const std::string_view each : known) {
    const bool begins = word.size() > 1 && each.starts_with(word);
    const size_t slips =
        begins ? std::min<size_t>(each.size() - word.size(), 1) : count_slips(word, each);
    if (slips >= least) continue;
    least = slips;
    found = each;
  }
  return found;
}

std::string_view nearest_call(std::string_view word) {
  std::vector<std::string_view> known;
  for (const seccomp::Call& call : seccomp::all_calls()) known.push_back(call.name());
  return nearest(word, known);
}

}  // namespace kekkai::cli
