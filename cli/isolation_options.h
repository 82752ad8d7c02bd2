// The options of `kekkai run` about namespaces and about how long a sandbox lasts. Each takes its
// value in, or throws std::invalid_argument with a sentence about it.
#pragma once

#include "run_options.h"

namespace kekkai::cli {

/// Namespaces by the names that --ns has for them: "ipc".
struct NamedNamespace {
  std::string_view name;
  Namespace which;
};
std::span<const NamedNamespace> named_namespaces();

void set_namespace(RunOptions& run, const Caller& caller, const std::string& value);
void set_nested_userns(RunOptions& run, const Caller& caller, const std::string& value);
void set_id_map_fd(RunOptions& run, const Caller& caller, const std::string& value);
void add_hold_fd(RunOptions& run, const Caller& caller, const std::string& value);
void add_wait_fd(RunOptions& run, const Caller& caller, const std::string& value);

/// Puts into `params` what those options have said.
void isolate(const RunOptions& options, Params& params);

}  // namespace kekkai::cli
