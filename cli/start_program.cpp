#include "start_program.h"

#include "message.h"
#include "terminal.h"

#include <kekkai/init/failure.h>

#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>

#include <cstdlib>
#include <string_view>

namespace kekkai::cli {
namespace {

// A descriptor of ours in the place of a closed stdin, stdout or stderr would be taken for it.
void fill_closed_stdio(Dispatcher& k, std::vector<UniqueFd>& fill) {
  for (int fd = 0; fd <= 2; ++fd) {
    if (k.is_open(fd)) continue;
    fill.push_back(k.openat2(Fd::cwd(), "/dev/null", Open::kReadWrite, Resolve::kAnywhere));
  }
}

}  // namespace

std::optional<int> start_program(Dispatcher& k, int argc, char** argv,
                                 std::vector<UniqueFd>& stdio) {
  if (::getauxval(AT_SECURE) != 0) {
    print_message("it runs with borrowed rights (set-user-id or file capabilities): refused");
    return kExitSetupFailed;
  }
  if (argc == 1 && std::string_view(argv[0]) == kGuardName) return guard_terminal(k);
  try {
    fill_closed_stdio(k, stdio);
  } catch (const SyscallError& e) {
    print_message(e.what());
    return kExitSetupFailed;
  }
  k.ignore_signal(SIGPIPE);  // a write that fails is enough
  return std::nullopt;
}

void end_program(int status) {
  ::fflush(nullptr);
  std::quick_exit(status);
}

}  // namespace kekkai::cli
