// `kekkai bwrap`, and the program that is started under the name of bwrap.
#pragma once

#include <kekkai/syscall/dispatcher.h>

#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// Whether a program that was started as `argv0` is to behave as bubblewrap: bwrap, kekkai-bwrap.
bool is_bwrap_name(std::string_view argv0);

/// Does what bubblewrap does with these arguments; `name` is shown in its usage, and `argv` is what
/// main() got (InitProgram::copy). Returns the exit status: the program's, or 1 where it did not
/// start.
int run_bwrap(Dispatcher& k, const std::string& name, const std::vector<std::string>& arguments,
              char** argv);

}  // namespace kekkai::cli
