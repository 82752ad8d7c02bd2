#pragma once

#include "run_options.h"

#include <optional>
#include <string>
#include <vector>

namespace kekkai::cli {

/// What a command line comes to: a run, or a text that answers it.
struct Parsed {
  std::optional<RunOptions> run;
  std::string text;   ///< Help, version, or what is wrong.
  int exit_code = 0;  ///< Where there is no run.
};

/// Understands the arguments after the program's name. Everything from the first word that is not
/// an option, or from "--", belongs to COMMAND and is not looked into.
Parsed parse_command_line(const std::vector<std::string>& arguments, const Caller& caller);

}  // namespace kekkai::cli
