#include "run_parser.h"

#include "config.h"
#include "files.h"
#include "option_text.h"
#include "suggest.h"
#include "usage_error.h"
#include "values.h"

#include <algorithm>
#include <array>
#include <functional>

#include <CLI/CLI.hpp>

namespace kekkai::cli {
namespace {

using Words = std::vector<std::string>;

// What related programs call it.
struct OtherName {
  std::string_view name;
  std::string_view ours;
};
constexpr std::array kOtherNames{
    OtherName{"bind", "rw"},     OtherName{"ro-bind", "ro"},  OtherName{"dev-bind", "dev"},
    OtherName{"volume", "rw"},   OtherName{"setenv", "env"},  OtherName{"chdir", "cwd"},
    OtherName{"workdir", "cwd"}, OtherName{"network", "net"}, OtherName{"share-net", "net"}};

// The name in "--name", "--name=value".
std::string name_in(const std::string& word) {
  const std::string name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
  return name.substr(0, name.find('='));
}

UsageError unknown_option(const std::string& word) {
  std::vector<std::string_view> known{"help"};
  for (const OptionText& option : option_texts()) known.push_back(option.name);
  for (const OtherName& other : kOtherNames) known.push_back(other.name);
  std::string_view meant = nearest(name_in(word), known);
  const auto* other = std::ranges::find(kOtherNames, meant, &OtherName::name);
  if (other != kOtherNames.end()) meant = other->ours;
  return UsageError("there is no option " + word,
                    meant.empty() ? "" : "did you mean --" + std::string(meant) + "?");
}

// The only error that the parser finds by itself; its text begins with the option.
UsageError missing_value(const CLI::ArgumentMismatch& error) {
  const std::string text = error.what();
  const OptionText* option = find_option_text(name_in(text.substr(0, text.find(':'))));
  return UsageError(option == nullptr ? text : "the value is missing: " + synopsis(*option));
}

std::string read_descriptor(const std::string& number) {
  try {
    return read_file("/proc/self/fd/" + std::to_string(parse_number(number, 0, 1048575)));
  } catch (const std::invalid_argument& e) {
    throw UsageError("--args-fd " + number + ": " + e.what());
  }
}

/// The words of an argument list: those of options, as a parser likes them, and the command.
struct Split {
  Words options;
  Words command;
};

// A parser that sees no word of the command cannot take one for an option.
Split split(const Words& arguments) {
  Split split;
  auto word = arguments.begin();
  for (; word != arguments.end() && word->starts_with('-') && *word != "--"; ++word) {
    const OptionText* option = find_option_text(name_in(*word));
    const size_t equals = word->find('=');
    if (equals != word->npos && option != nullptr && option->value.empty()) {
      throw UsageError("--" + std::string(option->name) + " takes no value");
    }
    if (equals != word->npos && equals + 1 == word->size()) {
      split.options.push_back(word->substr(0, equals));  // the parser would take the next word
      split.options.emplace_back();
      continue;
    }
    split.options.push_back(*word);
    if (option == nullptr || option->value.empty() || equals != word->npos) continue;
    if (word + 1 != arguments.end() && word[1] != "--") split.options.push_back(*++word);
  }
  if (word != arguments.end() && *word == "--") ++word;
  split.command.assign(word, arguments.end());
  return split;
}

/// Parses options into one RunOptions.
class RunParser {
 public:
  RunParser(RunOptions& run, const Caller& caller, std::span<const ExtraSwitch> switches)
      : run_(run), caller_(caller), switches_(switches) {}

  void parse(Words options) {
    CLI::App app("", "kekkai run");
    app.prefix_command();  // what is unknown ends up in remaining()
    for (const Option& option : run_options()) add(app, option);
    for (const ExtraSwitch& extra : switches_) {
      app.add_flag("--" + std::string(extra.name), *extra.value);
    }
    add_value(app, "args-file", [this](const std::string& file) { parse_more(read_file(file)); });
    add_value(app, "args-fd", [this](const std::string& fd) { parse_more(read_descriptor(fd)); });
    add_value(app, "config", [this](const std::string& file) {
      read_config(read_file(file), file, run_, caller_);
    });
    std::ranges::reverse(options);  // as CLI11 wants them
    try {
      app.parse(options);
    } catch (const CLI::ArgumentMismatch& e) {
      throw missing_value(e);
    }
    if (app.remaining_size() > 0) throw unknown_option(app.remaining().front());
  }

 private:
  void add(CLI::App& app, const Option& option) {
    const auto apply = [this, &option](const std::string& value) {
      apply_option(option, run_, caller_, value);
    };
    if (!option.value.empty()) return add_value(app, option.name, apply);
    app.add_flag_callback("--" + std::string(option.name), [apply] { apply(""); })
        ->trigger_on_parse();
  }

  static void add_value(CLI::App& app, std::string_view name,
                        const std::function<void(const std::string&)>& apply) {
    app.add_option_function<std::string>("--" + std::string(name), apply)->trigger_on_parse();
  }

  // Arguments that end with NUL bytes: only options, so that a command stands in one place.
  void parse_more(const std::string& text) {
    constexpr int kDeepest = 8;
    if (++depth_ > kDeepest) throw UsageError("files of options name each other");
    Words arguments;
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\0', at), text.size());
      arguments.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    Split words = split(arguments);
    if (!words.command.empty()) {
      throw UsageError("\"" + words.command.front() + "\" in a file of options is no option");
    }
    parse(std::move(words.options));
    --depth_;
  }

  RunOptions& run_;
  const Caller& caller_;
  std::span<const ExtraSwitch> switches_;
  int depth_ = 0;
};

}  // namespace

bool parse_run(const std::vector<std::string>& arguments, RunOptions& run, const Caller& caller,
               std::span<const ExtraSwitch> switches) {
  Split words = split(arguments);
  try {
    RunParser(run, caller, switches).parse(std::move(words.options));
  } catch (const CLI::CallForHelp&) {
    return false;
  }
  if (!words.command.empty()) run.command = std::move(words.command);
  return true;
}

}  // namespace kekkai::cli
