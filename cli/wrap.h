#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// Lines of at most `width` columns; words are never broken.
std::vector<std::string> wrap(std::string_view text, size_t width);

}  // namespace kekkai::cli
