#pragma once

#include <functional>
#include <optional>
#include <string>

namespace kekkai::cli {

/// The content of a file; nothing where there is no such file.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

/// `kekkai --version`: the version, how it was built, and whether this kernel has what it needs.
std::string version_text(const ReadFile& read);
std::string version_text();

}  // namespace kekkai::cli
