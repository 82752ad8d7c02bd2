// The initial process: where it starts, what it is, how it is executed.
#pragma once

#include <kekkai/init/failure.h>
#include <kekkai/init/params.h>
#include <kekkai/syscall/dispatcher.h>

namespace kekkai {

/// Enters the first of `candidates` that exists, and tells which. Throws SyscallError of the last
/// one, and Refusal where it is not below the root.
ContainerPath enter_working_directory(Dispatcher& k, const std::vector<ContainerPath>& candidates);

/// Finds a program as execvp(3) does: a name without "/" in the directories of PATH in `env`.
/// Throws SetupFailure with exit code 127 where there is none, 126 where none may be executed.
std::string find_program(Dispatcher& k, const std::string& name,
                         const std::vector<std::string>& env);

/// Descriptors of ours that the initial process is started with.
struct ProgramFiles {
  int first_extra_file = -1;
  int terminal = -1;  ///< Its own, or the kept one to be brought into the foreground of; -1: none.
  int lifeline = -1;  ///< The listener of an asking filter goes this way.
};

/// The program's own terminal. Throws Refusal where there is no `pty` to open it from.
UniqueFd open_own_terminal(Dispatcher& k, const UniqueFd& pty);

/// Whether a process of the container has to be killed when init ends: else its pid namespace ends
/// with it.
bool dies_with_init(const Params& params);

/// What to start as the initial process.
SpawnPlan plan_program(const Params& params, std::string path, const ProgramFiles& files,
                       bool ignore_hangup);

/// Why an exec failed, in the user's words: a script whose interpreter is missing also says ENOENT.
Failure explain_exec_failure(Dispatcher& k, const std::string& path, const std::string& call,
                             int error);

}  // namespace kekkai
