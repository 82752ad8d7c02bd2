#include "command_line.h"

#include "config.h"
#include "files.h"
#include "values.h"

#include <kekkai/init/failure.h>

#include <algorithm>

#include <CLI/CLI.hpp>

namespace kekkai::cli {
namespace {

constexpr const char* kRunDescription =
    "Runs COMMAND in a sandbox of its own: new namespaces, no capabilities, a system call filter,\n"
    "the host's files read-only, and nothing of /home /root /run /tmp /var/tmp /mnt /media /srv.";
constexpr const char* kRunFooter =
    "FLAGS are optional, ensure, noexec, separated by commas; a \":\" in a path is written "
    "\"\\:\".\n"
    "The exit status is COMMAND's, or 128 + n for signal n; 125: there is no sandbox, 126: "
    "COMMAND\n"
    "cannot be executed, 127: it was not found.";
constexpr const char* kDescription = "Kekkai runs programs in sandboxes of their own.";
constexpr const char* kFooter =
    "A first sandbox:                    kekkai run -- ls /home\n"
    "With this directory, writable:      kekkai run --rw . -- make\n"
    "With the network of the host:       kekkai run --net -- curl https://example.org\n\n"
    "kekkai run --help lists the options.";

// CLI11's own usage line does not know that a command follows the options.
class RunFormatter : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* /*app*/) const override { return kRunDescription; }
  std::string make_usage(const CLI::App* /*app*/, std::string /*name*/) const override {
    return "\nUsage: kekkai run [OPTION...] [--] COMMAND [ARGUMENT...]\n";
  }
};

/// Parses options into one RunOptions, also those that stand in other files.
class RunParser {
 public:
  RunParser(RunOptions& run, const Caller& caller) : run_(run), caller_(caller) {}

  void describe(CLI::App& app) {
    app.formatter(std::make_shared<RunFormatter>());
    app.get_formatter()->column_width(34);
    app.footer(kRunFooter);
    app.prefix_command();
    for (const Option& option : run_options()) add(app, option);
    add_expansion(app, "args-file", "FILE", "more options, each ended by a NUL byte",
                  [this](const std::string& file) { parse_more(read_file(file)); });
    add_expansion(
        app, "args-fd", "N", "the same, read from descriptor N", [this](const std::string& fd) {
          parse_more(read_file("/proc/self/fd/" + std::to_string(parse_number(fd, 0, 1048575))));
        });
    add_expansion(
        app, "config", "FILE", "more options, as JSON: kekkai.json(5)",
        [this](const std::string& file) { read_config(read_file(file), file, run_, caller_); });
  }

 private:
  void add(CLI::App& app, const Option& option) {
    const std::string name = "--" + std::string(option.name);
    const std::string help(option.help);
    CLI::Option* added =
        option.value.empty()
            ? app.add_flag_callback(
                  name, [this, &option] { apply_option(option, run_, caller_, ""); }, help)
            : app.add_option_function<std::string>(
                     name,
                     [this, &option](const std::string& value) {
                       apply_option(option, run_, caller_, value);
                     },
                     help)
                  ->type_name(std::string(option.value));
    if (option.value.empty()) added->disable_flag_override();  // no --net=false
    added->group(std::string(option.group))->trigger_on_parse();
  }

  static void add_expansion(CLI::App& app, const std::string& name, const char* value,
                            const char* help,
                            const std::function<void(const std::string&)>& expand) {
    app.add_option_function<std::string>("--" + name, expand, help)
        ->type_name(value)
        ->group("From elsewhere")
        ->trigger_on_parse();
  }

  // Arguments that end with NUL bytes: only options, so that a command stands in one place.
  void parse_more(const std::string& text) {
    constexpr int kDeepest = 8;
    if (++depth_ > kDeepest) throw std::invalid_argument("files of options name each other");
    std::vector<std::string> arguments;
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\0', at), text.size());
      arguments.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    CLI::App app("", "kekkai run");
    describe(app);
    std::ranges::reverse(arguments);
    app.parse(arguments);
    if (app.remaining_size() > 0) {
      throw std::invalid_argument("\"" + app.remaining().front() +
                                  "\" in a file of options is no option");
    }
    --depth_;
  }

  RunOptions& run_;
  const Caller& caller_;
  int depth_ = 0;
};

}  // namespace

Parsed parse_command_line(const std::vector<std::string>& arguments, const Caller& caller) {
  // Cut here, so that no parser can take a word of the command for an option.
  // CLI11 gives "++" a meaning of its own.
  const auto cut = std::ranges::find_if(
      arguments, [](const std::string& word) { return word == "--" || word == "++"; });
  Parsed parsed;
  RunOptions run;
  RunParser parser(run, caller);
  CLI::App app(kDescription, "kekkai");
  app.set_version_flag("--version", "kekkai " KEKKAI_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);
  CLI::App* run_app = app.add_subcommand("run", "run a program in a sandbox");
  parser.describe(*run_app);
  try {
    std::vector<std::string> options(arguments.begin(), cut);
    std::ranges::reverse(options);  // as CLI11 wants them
    app.parse(options);
    std::vector<std::string> command = run_app->remaining();
    if (!command.empty() && command.front().starts_with('-')) {
      throw std::invalid_argument("there is no option " + command.front());
    }
    if (cut != arguments.end()) {
      // Behind a command that has begun already, "--" is the command's.
      const bool ends_options = *cut == "--" && command.empty();
      command.insert(command.end(), ends_options ? cut + 1 : cut, arguments.end());
    }
    if (!command.empty()) run.command = std::move(command);
    parsed.run = std::move(run);
  } catch (const CLI::CallForVersion& e) {
    parsed.text = std::string(e.what()) + "\n";
  } catch (const CLI::CallForHelp&) {
    parsed.text = (app.got_subcommand(run_app) ? run_app : &app)->help();
  } catch (const std::exception& e) {  // CLI::ParseError, std::invalid_argument
    parsed.text = e.what();
    parsed.exit_code = kExitSetupFailed;
  }
  return parsed;
}

}  // namespace kekkai::cli
