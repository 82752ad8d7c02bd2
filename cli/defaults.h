// What a container of `kekkai run` is like before any option.
#pragma once

#include "run_options.h"

namespace kekkai::cli {

/// The directories that a default container shows empty: whoever lives in them is the caller's.
const std::vector<std::string>& covered_directories();

/// PATH where the caller sets none by --env.
inline constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The environment: a few variables of the caller's, then what --env says.
std::vector<std::string> make_environment(const RunOptions& options, const Caller& caller);

/// What makes a container's files.
struct TracedOps {
  Ops ops;
  /// The option that each comes from, or "default"; empty for what no option made.
  std::vector<std::string> origins;
};
TracedOps trace_ops(const RunOptions& options, const Caller& caller);

/// The whole container. Throws std::invalid_argument with a sentence where there is no command.
Params make_params(const RunOptions& options, const Caller& caller);

/// InitProgram::copy of that container: not set where somebody is told which process init is, and
/// may want to enter its namespaces, because nobody can enter a copy's.
char** copied_init(const RunOptions& options, const Caller& caller);

}  // namespace kekkai::cli
