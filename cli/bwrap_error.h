#pragma once

#include <stdexcept>
#include <string>

namespace kekkai::cli {

/// What ends `bwrap` before its program has run, in bubblewrap's words where it has some.
class BwrapError : public std::runtime_error {
 public:
  explicit BwrapError(const std::string& text, std::string hint_text = {})
      : std::runtime_error(text), hint(std::move(hint_text)) {}
  std::string hint;  ///< What to do about it; may be empty.
};

}  // namespace kekkai::cli
