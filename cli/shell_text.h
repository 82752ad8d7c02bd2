#pragma once

#include <string>
#include <vector>

namespace kekkai::cli {

/// The words as one types them in a shell, in quotes where they need some.
std::string shell_text(const std::vector<std::string>& words);

}  // namespace kekkai::cli
