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

void tell(const Words& left_out) {
  for (const std::string& sentence : left_out) print_message("left out: " + sentence);
}

Converted convert(Dispatcher& k, const Words& words) {
  const BwrapCaller caller = look_at_bwrap_caller(k);
  BwrapOptions options;
  parse_bwrap(words, descriptor_reader(k), options);
  if (options.help || options.version) {
    throw UsageError("--help and --version are nothing that could be converted",
                     "see `kekkai bwrap --help`");
  }
  Converted converted = convert_bwrap(options, caller);
  for (const std::string& warning : options.warnings) print_message(warning);
  tell(converted.left_out);
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
  run.command = converted.command;
  return run;
}

Parsed parse_convert(const Words& arguments, const Caller& caller) {
  if (!arguments.empty() && arguments.front() == kBwrap) {
    return {.ask = [words = Words(arguments.begin() + 1, arguments.end())](Dispatcher& k) {
      return Answer{config_json(convert(k, words))};
    }};
  }
  RunOptions run;
  if (arguments.empty() || !parse_run(arguments, run, caller)) return {.text = convert_help()};
  return {.ask = [run = std::move(run), caller](Dispatcher&) {
    const BwrapWords words = to_bwrap(run, caller);
    tell(words.left_out);
    return Answer{words.text()};
  }};
}

}  // namespace kekkai::cli
