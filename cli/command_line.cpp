#include "command_line.h"

#include "help.h"
#include "option_text.h"
#include "run_parser.h"
#include "seccomp_command.h"
#include "suggest.h"
#include "usage_error.h"

#include <kekkai/init/failure.h>

#include <algorithm>
#include <array>

namespace kekkai::cli {
namespace {

UsageError unknown_command(const std::string& word) {
  static constexpr std::array<std::string_view, 4> kKnown{"run", "seccomp", "--help", "--version"};
  const bool is_option = word.starts_with('-');
  const std::string text =
      std::string("there is no ") + (is_option ? "option " : "command ") + word;
  if (word.starts_with("--") && find_option_text(word.substr(2)) != nullptr) {
    return UsageError(text, "options come after run: `kekkai run " + word + "`");
  }
  const std::string_view meant = nearest(word, kKnown);
  if (!meant.empty()) return UsageError(text, "did you mean `kekkai " + std::string(meant) + "`?");
  return UsageError(text, "try `kekkai run -- " + (is_option ? "COMMAND" : word) + "`");
}

std::string see_help(const std::vector<std::string>& arguments) {
  const bool is_seccomp = !arguments.empty() && arguments.front() == "seccomp";
  return is_seccomp ? "see `kekkai seccomp --help`" : "see `kekkai run --help`";
}

Parsed parse(const std::vector<std::string>& arguments, const Caller& caller) {
  if (arguments.empty() || arguments.front() == "--") {
    throw UsageError("what is to be done?", "try `kekkai run -- COMMAND`");
  }
  const std::string& word = arguments.front();
  if (word == "--help" || word == "-h") return {.text = main_help()};
  if (word == "--version") return {.asks_version = true};
  if (word == "seccomp") {
    SeccompOutput output = run_seccomp({arguments.begin() + 1, arguments.end()});
    return {.text = std::move(output.text), .is_binary = output.is_binary};
  }
  if (word != "run") throw unknown_command(word);
  RunOptions run;
  if (!parse_run({arguments.begin() + 1, arguments.end()}, run, caller)) {
    return {.text = run_help()};
  }
  return {.run = std::move(run)};
}

}  // namespace

Parsed parse_command_line(const std::vector<std::string>& arguments, const Caller& caller) {
  try {
    return parse(arguments, caller);
  } catch (const std::exception& e) {  // UsageError, std::invalid_argument, CLI::ParseError
    const auto* usage = dynamic_cast<const UsageError*>(&e);
    return {.text = e.what(),
            .hint = usage != nullptr && !usage->hint.empty() ? usage->hint
                    : std::string_view(e.what()).starts_with("--seccomp")
                        ? "see `kekkai seccomp list` and kekkai-seccomp(1)"
                        : see_help(arguments),
            .json_errors = std::ranges::find(arguments, "--json-errors") != arguments.end(),
            .exit_code = kExitSetupFailed};
  }
}

}  // namespace kekkai::cli
