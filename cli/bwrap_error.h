#pragma once

#include "usage_error.h"

namespace kekkai::cli {

/// What ends `bwrap` before its program has run, in bubblewrap's words where it has some.
class BwrapError : public UsageError {
 public:
  explicit BwrapError(const std::string& text, std::string hint_text = {})
      : UsageError(text, std::move(hint_text)) {}
};

}  // namespace kekkai::cli
