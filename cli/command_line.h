#pragma once

#include "run_options.h"

#include <optional>
#include <string>
#include <vector>

namespace kekkai::cli {

/// What a command line comes to: a run, a question for the version, or a text that answers
/// another one.
struct Parsed {
  std::optional<RunOptions> run;
  bool asks_version = false;
  std::string text;        ///< Help and other answers, or what is wrong.
  bool is_binary = false;  ///< The text is not for a terminal.
  std::string hint;        ///< What to do about it.
  bool json_errors = false;
  int exit_code = 0;  ///< Where there is no run.
};

/// Understands the arguments after the program's name. Everything from the first word that is not
/// an option, or from "--", belongs to COMMAND and is not looked into.
Parsed parse_command_line(const std::vector<std::string>& arguments, const Caller& caller);

}  // namespace kekkai::cli
