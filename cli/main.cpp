#include "caller.h"
#include "command_line.h"
#include "message.h"
#include "report.h"
#include "run.h"
#include "terminal.h"
#include "version.h"

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

int print_answer(const cli::Parsed& parsed) {
  if (parsed.is_binary && ::isatty(STDOUT_FILENO) == 1) {
    cli::print_message("a filter is no text for a terminal");
    cli::print_hint("send it elsewhere: `> FILE`");
    return kExitSetupFailed;
  }
  const std::string text = parsed.asks_version ? cli::version_text() : parsed.text;
  const size_t written = ::fwrite(text.data(), 1, text.size(), stdout);
  return written == text.size() && ::fflush(stdout) == 0 ? 0 : kExitSetupFailed;
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
  const cli::Caller caller = cli::look_around(kernel);
  const cli::Parsed parsed = cli::parse_command_line({argv + 1, argv + argc}, caller);
  if (parsed.run) return cli::run(kernel, *parsed.run, caller);
  if (parsed.exit_code == 0) return print_answer(parsed);
  if (parsed.json_errors) {
    ::fputs(cli::failed_line(parsed.text, parsed.hint).c_str(), stderr);
  } else {
    cli::print_message(parsed.text);
    cli::print_hint(parsed.hint);
  }
  return parsed.exit_code;
}
