#pragma once

#include <string>
#include <string_view>

namespace kekkai::cli {

/// What answers `bwrap --help`; `name` is how it was started.
std::string bwrap_help(std::string_view name);

}  // namespace kekkai::cli
