// Pid 1 of a container.
#pragma once

#include <kekkai/syscall/dispatcher.h>

namespace kekkai {

/// The whole life of init: reads the setup stream that `setup_variable` (the value of KEKKAI_SETUP)
/// names, builds the container, starts the program, and supervises it. Returns init's exit status;
/// what went wrong is told over the status stream, and on stderr where there is none.
int run_init(Dispatcher& k, const char* setup_variable);

/// For programs that embed Kekkai and are their own init: call it first thing in main(). Where this
/// process was started as init of a container it does not return; otherwise it does nothing.
///
///     int main(int argc, char** argv) {
///       kekkai::become_init_if_asked(argv);
///       …
void become_init_if_asked(char** argv);

/// argv[0] of a process that is to be init.
inline constexpr const char* kInitName = "kekkai-init";

}  // namespace kekkai
