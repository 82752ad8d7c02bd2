#include "command_line.h"

#include <kekkai/init/failure.h>

#include <algorithm>

#include <CLI/CLI.hpp>

namespace kekkai::cli {
namespace {

constexpr const char* kDescription =
    "Runs COMMAND in a sandbox of its own: new namespaces, no capabilities, a system call filter,\n"
    "the host's files read-only, and nothing of /home /root /run /tmp /var/tmp /mnt /media /srv.";

// CLI11's own usage line does not know that a command follows the options.
class RunFormatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* /*app*/, std::string /*name*/) const override {
    return "Usage: kekkai run [OPTIONS] [--] COMMAND [ARGUMENT...]\n";
  }
};

// Adds an option whose values keep their place among those of other options.
void add_file_option(CLI::App& app, RunOptions& run, const char* name, FileOption::Kind kind,
                     const char* type, const char* help) {
  app.add_option_function<std::string>(
         name,
         [&run, kind](const std::string& value) {
           run.files.push_back({kind, value});
         },
         help)
      ->type_name(type)
      ->trigger_on_parse();
}

void describe_run(CLI::App& app, RunOptions& run, std::string& seccomp) {
  app.formatter(std::make_shared<RunFormatter>());
  app.prefix_command();
  using Kind = FileOption::Kind;
  add_file_option(app, run, "--ro", Kind::kReadOnly, "SRC[:DEST]", "Show SRC, read-only");
  add_file_option(app, run, "--rw", Kind::kWritable, "SRC[:DEST]", "Show SRC, writable");
  add_file_option(app, run, "--tmpfs", Kind::kTmpfs, "DEST", "An empty directory in memory");
  app.add_flag("--net", run.share_network, "Share the host's network");
  app.add_option_function<std::string>(
         "--env", [&run](const std::string& value) { run.env.push_back(value); },
         "Set an environment variable")
      ->type_name("NAME=VALUE")
      ->trigger_on_parse();
  app.add_option("--seccomp", seccomp, "System call filter: strict (default) or none")
      ->type_name("PRESET")
      ->check(CLI::IsMember({"strict", "none"}));
  app.add_flag("--verbose", run.verbose, "Tell each step on stderr");
}

// CLI11 takes arguments in reverse.
void parse(CLI::App& app, std::vector<std::string> arguments) {
  std::ranges::reverse(arguments);
  app.parse(arguments);
}

}  // namespace

Parsed parse_command_line(const std::vector<std::string>& arguments) {
  // Cut here, so that no parser can take a word of the command for an option.
  const auto dashes = std::ranges::find(arguments, "--");
  Parsed parsed;
  RunOptions run;
  std::string seccomp = "strict";
  CLI::App app(kDescription, "kekkai");
  app.set_version_flag("--version", "kekkai " KEKKAI_VERSION);
  app.require_subcommand(1);
  CLI::App* run_app = app.add_subcommand("run", kDescription);
  describe_run(*run_app, run, seccomp);
  try {
    parse(app, {arguments.begin(), dashes});
    run.command = run_app->remaining();
    if (!run.command.empty() && run.command.front().starts_with('-')) {
      throw CLI::ExtrasError(std::vector{run.command.front()});
    }
    const bool has_command = !run.command.empty();
    if (dashes != arguments.end()) {
      // Behind a command that has begun already, "--" is the command's.
      run.command.insert(run.command.end(), has_command ? dashes : dashes + 1, arguments.end());
    }
    run.seccomp_strict = seccomp == "strict";
    parsed.run = std::move(run);
  } catch (const CLI::CallForVersion& e) {
    parsed.text = std::string(e.what()) + "\n";
  } catch (const CLI::CallForHelp&) {
    parsed.text = (app.got_subcommand(run_app) ? run_app : &app)->help();
  } catch (const CLI::ParseError& e) {
    parsed.text = std::string(e.what());
    parsed.exit_code = kExitSetupFailed;
  }
  return parsed;
}

}  // namespace kekkai::cli
