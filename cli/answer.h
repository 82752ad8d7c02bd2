#pragma once

#include <string>

namespace kekkai::cli {

/// What a command that starts nothing has to say.
struct Answer {
  std::string text;        ///< For the standard output.
  bool is_binary = false;  ///< Not for a terminal.
  int exit_code = 0;
};

}  // namespace kekkai::cli
