#include "convert_command.h"

#include "bwrap_caller.h"
#include "bwrap_json.h"
#include "bwrap_parser.h"
#include "bwrap_to_run.h"
#include "help.h"
#include "message.h"
#include "run_parser.h"
#include "run_to_bwrap.h"
#include "usage_error.h"

namespace kekkai::cli {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kBwrap = "--bwrap";

// As diff(1): something differs.
constexpr int kExitLeftOut = 1;

Answer answer(std::string text, const Words& left_out) {
  for (const std::string& sentence : left_out) print_message("left out: " + sentence);
  return {.text = std::move(text), .exit_code = left_out.empty() ? 0 : kExitLeftOut};
}

Converted convert(Dispatcher& k, const Words& words) {
  if (!words.empty() && (words.front() == "bwrap" || words.front().ends_with("/bwrap"))) {
    throw UsageError("--bwrap stands for \"" + words.front() + "\": leave that word away");
  }
  BwrapOptions options;
  parse_bwrap(words, descriptor_reader(k), options);
  if (options.help || options.version) {
    throw UsageError("--help and --version are nothing that could be converted",
                     "see `kekkai bwrap --help`");
  }
  Converted converted = convert_bwrap(options, look_at_bwrap_caller(k, options));
  for (const std::string& warning : options.warnings) print_message(warning);
  return converted;
}

}  // namespace

RunOptions run_options_of(Dispatcher& k, const Words& words, const Caller& caller) {
  const Converted converted = convert(k, words);
  RunOptions run;
  for (const ConvertedOption& option : converted.options) {
    apply_option(*find_option(option.name), run, caller, option.value);
    run.given.back().written = option.origin;
  }
  for (const int number : converted.inherited) {
    apply_option(*find_option("extra-fd"), run, caller, std::to_string(number));
  }
  run.command = converted.command;
  return run;
}

Parsed parse_convert(const Words& arguments, const Caller& caller) {
  if (!arguments.empty() && arguments.front() == kBwrap) {
    return {.ask = [words = Words(arguments.begin() + 1, arguments.end())](Dispatcher& k) {
      const Converted converted = convert(k, words);
      return answer(config_json(converted), converted.left_out);
    }};
  }
  RunOptions run;
  if (arguments.empty() || !parse_run(arguments, run, caller)) return {.text = convert_help()};
  return {.ask = [run = std::move(run), caller](Dispatcher&) {
    const BwrapWords words = to_bwrap(run, caller);
    return answer(words.text(), words.left_out);
  }};
}

}  // namespace kekkai::cli
