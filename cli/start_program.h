// What each of our programs begins with.
#pragma once

#include <kekkai/syscall/dispatcher.h>

#include <optional>
#include <vector>

namespace kekkai::cli {

/// Makes sure of what all else relies on: no borrowed rights, descriptors 0 to 2 open (`stdio`
/// holds what takes the place of those that are not), and a write to nobody is an error, no signal.
/// Returns an exit status where there is nothing more to do: it has been refused, or this process
/// is the guard of a terminal.
std::optional<int> start_program(Dispatcher& k, int argc, char** argv,
                                 std::vector<UniqueFd>& stdio);

/// Ends this process where nothing is left but to free what it has: the kernel does that quicker.
[[noreturn]] void end_program(int status);

}  // namespace kekkai::cli
