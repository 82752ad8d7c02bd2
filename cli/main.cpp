#include "command_line.h"
#include "message.h"
#include "run.h"

#include <kekkai/init/failure.h>

#include <stdio.h>
#include <sys/auxv.h>

int main(int argc, char** argv) {
  using namespace kekkai;
  if (::getauxval(AT_SECURE) != 0) {
    cli::print_message("it runs with borrowed rights (set-user-id or file capabilities): refused");
    return kExitSetupFailed;
  }
  const cli::Parsed parsed = cli::parse_command_line({argv + 1, argv + argc});
  if (parsed.run) return cli::run(*parsed.run);
  if (parsed.exit_code == 0) {
    ::fputs(parsed.text.c_str(), stdout);
  } else {
    cli::print_message(parsed.text);
    cli::print_message("hint: see `kekkai run --help`");
  }
  return parsed.exit_code;
}
