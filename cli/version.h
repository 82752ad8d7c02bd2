#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kekkai::cli {

/// The content of a file; nothing where there is no such file.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

/// Whether a release like "6.1.0-18-amd64" is one that Kekkai needs: 6.1 or later.
bool is_new_enough(std::string_view release);

/// `kekkai --version`: the version, how it was built, and whether this kernel has what it needs.
std::string version_text(const ReadFile& read);
std::string version_text();

/// `bwrap --version`: what its callers compare, and who it really is.
std::string bwrap_version();

}  // namespace kekkai::cli
