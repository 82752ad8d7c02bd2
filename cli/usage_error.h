#pragma once

#include <stdexcept>
#include <string>

namespace kekkai::cli {

/// Options that are not understood: a sentence, and what may have been meant.
class UsageError : public std::invalid_argument {
 public:
  explicit UsageError(const std::string& text, std::string hint_text = {})
      : std::invalid_argument(text), hint(std::move(hint_text)) {}
  std::string hint;
};

}  // namespace kekkai::cli
