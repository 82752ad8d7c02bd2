#include "bwrap_run.h"
#include "caller.h"
#include "command_line.h"
#include "message.h"
#include "report.h"
#include "run.h"
#include "terminal.h"
#include "usage_error.h"

#include <kekkai/init/failure.h>
#include <kekkai/syscall/kernel.h>

#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <unistd.h>

using kekkai::Dispatcher;
using kekkai::Fd;
using kekkai::kExitSetupFailed;
using kekkai::Open;
using kekkai::Resolve;
using kekkai::UniqueFd;
namespace cli = kekkai::cli;

namespace {

// A descriptor of ours in the place of a closed stdin, stdout or stderr would be taken for it.
void fill_closed_stdio(Dispatcher& k, std::vector<UniqueFd>& fill) {
  for (int fd = 0; fd <= 2; ++fd) {
    if (k.is_open(fd)) continue;
    fill.push_back(k.openat2(Fd::cwd(), "/dev/null", Open::kReadWrite, Resolve::kAnywhere));
  }
}

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
  if (::getauxval(AT_SECURE) != 0) {
    cli::print_message("it runs with borrowed rights (set-user-id or file capabilities): refused");
    return kExitSetupFailed;
  }
  kekkai::Kernel kernel;
  if (argc == 1 && std::string_view(argv[0]) == cli::kGuardName) {
    return cli::guard_terminal(kernel);
  }
  std::vector<UniqueFd> stdio;
  try {
    fill_closed_stdio(kernel, stdio);
  } catch (const kekkai::SyscallError& e) {
    cli::print_message(e.what());
    return kExitSetupFailed;
  }
  kernel.ignore_signal(SIGPIPE);  // a write that fails is enough
  if (cli::is_bwrap_name(argv[0])) {
    return cli::run_bwrap(kernel, argv[0], {argv + 1, argv + argc});
  }
  const cli::Caller caller = cli::look_around(kernel);
  const cli::Parsed parsed = cli::parse_command_line({argv + 1, argv + argc}, caller);
  if (parsed.run) return cli::run(kernel, *parsed.run, caller);
  if (parsed.exit_code == 0) return answer(kernel, parsed);
  if (parsed.json_errors) {
    ::fputs(cli::failed_line(parsed.text, parsed.hint).c_str(), stderr);
  } else {
    cli::print_message(parsed.text);
    cli::print_hint(parsed.hint);
  }
  return parsed.exit_code;
}
