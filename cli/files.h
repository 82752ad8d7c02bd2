#pragma once

#include <string>

namespace kekkai::cli {

/// The content of a file. Throws std::invalid_argument: "cannot read FILE: No such file …".
std::string read_file(const std::string& path);

}  // namespace kekkai::cli
