#pragma once

#include <string>

namespace kekkai::cli {

/// The content of a file. Throws std::invalid_argument: "cannot read FILE: No such file …".
std::string read_file(const std::string& path);

/// Whether `path` is `directory` or below it, as both are written: no link is followed.
bool is_within(const std::string& path, const std::string& directory);

}  // namespace kekkai::cli
