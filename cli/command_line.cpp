#include "command_line.h"

#include "bwrap_run.h"
#include "convert_command.h"
#include "doctor.h"
#include "explain_command.h"
#include "help.h"
#include "option_text.h"
#include "replay_command.h"
#include "run_parser.h"
#include "seccomp_command.h"
#include "suggest.h"
#include "usage_error.h"
#include "version.h"

#include <kekkai/init/failure.h>

#include <algorithm>
#include <array>

namespace kekkai::cli {
namespace {

using Words = std::vector<std::string>;

Parsed parse_run_command(const Words& arguments, const Caller& caller) {
  RunOptions run;
  if (!parse_run(arguments, run, caller)) return {.text = run_help()};
  return {.run = std::move(run)};
}

Parsed parse_seccomp_command(const Words& arguments, const Caller& /*caller*/) {
  Answer answer = run_seccomp(arguments);
  return {.text = std::move(answer.text), .is_binary = answer.is_binary};
}

Parsed parse_doctor_command(const Words& arguments, const Caller& caller) {
  auto ask = parse_doctor(arguments, caller);
  if (!ask) return {.text = doctor_help()};
  return {.ask = std::move(ask)};
}

Parsed parse_replay_command(const Words& arguments, const Caller& caller) {
  ReplayRequest request = parse_replay(arguments, caller);
  if (request.help) return {.text = replay_help()};
  return {.ask = [request = std::move(request)](Dispatcher& k) { return run_replay(k, request); }};
}

Parsed parse_bwrap_command(const Words& arguments, const Caller& caller) {
  return {.ask = [arguments, argv = caller.argv](Dispatcher& k) {
    return Answer{.exit_code = run_bwrap(k, "kekkai bwrap", arguments, argv)};
  }};
}

/// What may come after `kekkai`.
struct Command {
  std::string_view name;
  Parsed (*parse)(const Words& arguments, const Caller& caller);
};
constexpr std::array kCommands{
    Command{"run", parse_run_command},       Command{"explain", parse_explain},
    Command{"replay", parse_replay_command}, Command{"seccomp", parse_seccomp_command},
    Command{"doctor", parse_doctor_command}, Command{"bwrap", parse_bwrap_command},
    Command{"convert", parse_convert},
};

UsageError unknown_command(const std::string& word) {
  std::vector<std::string_view> known{"--help", "--version"};
  for (const Command& command : kCommands) known.push_back(command.name);
  const bool is_option = word.starts_with('-');
  const std::string text =
      std::string("there is no ") + (is_option ? "option " : "command ") + word;
  if (word.starts_with("--") && find_option_text(word.substr(2)) != nullptr) {
    return UsageError(text, "options come after run: `kekkai run " + word + "`");
  }
  const std::string_view meant = nearest(word, known);
  if (!meant.empty()) return UsageError(text, "did you mean `kekkai " + std::string(meant) + "`?");
  return UsageError(text, "try `kekkai run -- " + (is_option ? "COMMAND" : word) + "`");
}

std::string see_help(const Words& arguments) {
  for (const Command& command : kCommands) {
    if (arguments.empty() || arguments.front() != command.name) continue;
    return "see `kekkai " + arguments.front() + " --help`";
  }
  return "see `kekkai run --help`";
}

Parsed parse(const Words& arguments, const Caller& caller) {
  if (arguments.empty() || arguments.front() == "--") {
    throw UsageError("what is to be done?", "try `kekkai run -- COMMAND`");
  }
  const std::string& word = arguments.front();
  if (word == "--help" || word == "-h") return {.text = main_help()};
  if (word == "--version") return {.ask = [](Dispatcher&) { return Answer{version_text()}; }};
  for (const Command& command : kCommands) {
    if (word == command.name)
      return command.parse({arguments.begin() + 1, arguments.end()}, caller);
  }
  throw unknown_command(word);
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
