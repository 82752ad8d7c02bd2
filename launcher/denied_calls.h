// "Why was this denied?": the calls that a filter refuses, told as they are made.
//
// The program gets a filter that asks where the policy says errno. Whoever asks for the calls
// answers each with the policy's own errno, so that the program sees no difference.
#pragma once

#include <kekkai/seccomp-presets/rules.h>
#include <kekkai/syscall/dispatcher.h>

#include <optional>
#include <string>
#include <vector>

namespace kekkai {

/// The policy with a question in place of every errno, for Params::asking_filter. Throws
/// FilterError where it might refuse what the start itself needs behind the filter: execve,
/// sendmsg.
seccomp::Policy make_asking(seccomp::Policy policy);

/// A call that was refused.
struct DeniedCall {
  pid_t thread = 0;     ///< As we see it; 0 where it is in no pid namespace of ours.
  std::string program;  ///< Name of the thread (proc(5), comm); empty where it is gone.
  std::string call;     ///< "ptrace"; "470" where the tables have no name for it, "i386 write".
  std::optional<seccomp::Arch> arch;  ///< nullopt where it is not known here, and for x32.
  std::vector<std::string>
      arguments;               ///< seccomp::describe_arguments(); control bytes as they are.
  seccomp::Decision decision;  ///< Its rule is of the policy that DeniedCalls was given.
  /// The narrowest rule that would have allowed it; nullopt where no rule can.
  std::optional<seccomp::Rule> allowance;
};

class DeniedCalls {
 public:
  /// `listener` is that of a program with the filter of make_asking(policy).
  DeniedCalls(Dispatcher& k, UniqueFd listener, seccomp::Policy policy)
      : k_(k), listener_(std::move(listener)), policy_(std::move(policy)) {}

  /// Readable when take_next() has something to do. Hangs up when no such process is left.
  int descriptor() const { return listener_.number(); }
  /// Answers the next call. Blocks only while the descriptor is not readable. nullopt where its
  /// thread has ended meanwhile.
  std::optional<DeniedCall> take_next();

 private:
  std::optional<std::string> read_string(pid_t pid, uint64_t address);

  Dispatcher& k_;
  UniqueFd listener_;
  seccomp::Policy policy_;
};

}  // namespace kekkai
