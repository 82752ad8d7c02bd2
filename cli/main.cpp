#include "bwrap_run.h"
#include "caller.h"
#include "command_line.h"
#include "message.h"
#include "report.h"
#include "run.h"
#include "start_program.h"
#include "usage_error.h"

#include <kekkai/init/failure.h>
#include <kekkai/syscall/kernel.h>

#include <stdio.h>
#include <unistd.h>

using kekkai::Dispatcher;
using kekkai::kExitSetupFailed;
namespace cli = kekkai::cli;

namespace {

int print_answer(const cli::Answer& answer) {
  if (answer.is_binary && ::isatty(STDOUT_FILENO) == 1) {
    cli::print_message("a filter is no text for a terminal");
    cli::print_hint("send it elsewhere: `> FILE`");
    return kExitSetupFailed;
  }
  const size_t written = ::fwrite(answer.text.data(), 1, answer.text.size(), stdout);
  const bool is_told = written == answer.text.size() && ::fflush(stdout) == 0;
  return is_told ? answer.exit_code : kExitSetupFailed;
}

int answer(Dispatcher& k, const cli::Parsed& parsed) {
  if (!parsed.ask) return print_answer({.text = parsed.text, .is_binary = parsed.is_binary});
  try {
    return print_answer(parsed.ask(k));
  } catch (const std::exception& e) {
    const auto* usage = dynamic_cast<const cli::UsageError*>(&e);
    cli::print_message(e.what());
    if (usage != nullptr && !usage->hint.empty()) cli::print_hint(usage->hint);
    return kExitSetupFailed;
  }
}

}  // namespace

int main(int argc, char** argv) {
  kekkai::Kernel kernel;
  std::vector<kekkai::UniqueFd> stdio;
  if (const auto ended = cli::start_program(kernel, argc, argv, stdio)) return *ended;
  if (cli::is_bwrap_name(argv[0])) {
    cli::end_program(cli::run_bwrap(kernel, argv[0], {argv + 1, argv + argc}, argv));
  }
  cli::Caller caller = cli::look_around(kernel);
  caller.argv = argv;
  const cli::Parsed parsed = cli::parse_command_line({argv + 1, argv + argc}, caller);
  if (parsed.run) cli::end_program(cli::run(kernel, *parsed.run, caller));
  if (parsed.exit_code == 0) return answer(kernel, parsed);
  if (parsed.json_errors) {
    ::fputs(cli::failed_line(parsed.text, parsed.hint).c_str(), stderr);
  } else {
    cli::print_message(parsed.text);
    cli::print_hint(parsed.hint);
  }
  return parsed.exit_code;
}
