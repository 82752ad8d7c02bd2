#pragma once

#include <map>
#include <string>
#include <string_view>

namespace kekkai::cli {

/// A template with each "@NAME@" replaced, NAME being capitals. Throws std::invalid_argument for a
/// name without a text.
std::string fill_template(std::string_view text, const std::map<std::string, std::string>& texts);

}  // namespace kekkai::cli
