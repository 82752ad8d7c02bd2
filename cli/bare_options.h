// The options of `kekkai run` that furnish a bare sandbox, one in which nothing is by itself. Each
// takes its value in, or throws std::invalid_argument with a sentence about it, or Refusal.
#pragma once

#include "run_options.h"

namespace kekkai::cli {

void set_bare(RunOptions& run, const Caller& caller, const std::string& value);
void add_proc_at(RunOptions& run, const Caller& caller, const std::string& value);
void add_dev_at(RunOptions& run, const Caller& caller, const std::string& value);
void add_mqueue(RunOptions& run, const Caller& caller, const std::string& value);
void add_chmod(RunOptions& run, const Caller& caller, const std::string& value);
void add_file_fd(RunOptions& run, const Caller& caller, const std::string& value);
void add_lock(RunOptions& run, const Caller& caller, const std::string& value);

}  // namespace kekkai::cli
