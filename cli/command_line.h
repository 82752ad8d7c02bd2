#pragma once

#include "answer.h"
#include "run_options.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace kekkai::cli {

/// What a command line comes to: a run, a question about this machine, or a text that answers
/// another one.
struct Parsed {
  std::optional<RunOptions> run;
  /// Throws UsageError, std::runtime_error.
  std::function<Answer(Dispatcher& k)> ask;
  std::string text;        ///< Help and other answers, or what is wrong.
  bool is_binary = false;  ///< The text is not for a terminal.
  std::string hint;        ///< What to do about it.
  bool json_errors = false;
  int exit_code = 0;  ///< Where nothing is run or asked.
};

/// Understands the arguments after the program's name. Everything from the first word that is not
/// an option, or from "--", belongs to COMMAND and is not looked into.
Parsed parse_command_line(const std::vector<std::string>& arguments, const Caller& caller);

}  // namespace kekkai::cli
