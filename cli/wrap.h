#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// Lines of at most `width` columns; words are never broken.
std::vector<std::string> wrap(std::string_view text, size_t width);

/// What a help for a terminal of 80 columns says about an option.
std::string help_entry(std::string_view synopsis, std::string_view help);

}  // namespace kekkai::cli
