// A start that may be disturbed, and what is left of it.
#pragma once

#include "call_plan.h"

#include <optional>
#include <string>
#include <vector>

namespace kekkai::kernel_tests {

struct DisturbedStart {
  std::optional<Failure> failure;    ///< A StartError.
  std::string lost;                  ///< What an InitLost said.
  std::optional<ExitStatus> status;  ///< How the program ended, where it could be told.
  std::vector<std::string> said;     ///< By init and the program on their stdout and stderr.

  int children_left = 0;  ///< Of ours, that the launcher has not waited for.

  bool started() const;         ///< Whether the program ran.
  bool ran_to_its_end() const;  ///< As if nothing had been disturbed.
  /// One sentence for who has to look into it.
  std::string in_words() const;
};

/// How long one start may take: a sweep has hundreds of them.
inline constexpr unsigned kStartSeconds = 120;

/// Has the program of a box say kProgramRuns to its tracker, and nothing else.
inline constexpr const char* kProgramRuns = "program runs";
void let_program_tell(Box& box);
/// Starts the container and waits for its end. Fails the test where a process or a descriptor of it
/// is left then, and where the launcher throws what it does not announce.
DisturbedStart start_disturbed(Dispatcher& k, Box box, const CallPlan& plan);

}  // namespace kekkai::kernel_tests
