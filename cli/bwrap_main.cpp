// kekkai-bwrap: what a link of the name bwrap has to lead to. It is `kekkai bwrap` and nothing
// else, for every page of a program that is executed costs something at each start.
#include "bwrap_run.h"
#include "start_program.h"

#include <kekkai/syscall/kernel.h>

int main(int argc, char** argv) {
  kekkai::Kernel kernel;
  std::vector<kekkai::UniqueFd> stdio;
  if (const auto ended = kekkai::cli::start_program(kernel, argc, argv, stdio)) return *ended;
  kekkai::cli::end_program(kekkai::cli::run_bwrap(kernel, argv[0], {argv + 1, argv + argc}, argv));
}
