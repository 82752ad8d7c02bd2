// The options of `kekkai run` that make the sandbox's files. Each takes its value in, or throws
// std::invalid_argument with a sentence about it, or Refusal.
#pragma once

#include "run_options.h"

namespace kekkai::cli {

/// `path` below the caller's working directory, where it is relative.
std::string absolute(const Caller& caller, const std::string& path);

void add_ro(RunOptions& run, const Caller& caller, const std::string& value);
void add_rw(RunOptions& run, const Caller& caller, const std::string& value);
void add_dev(RunOptions& run, const Caller& caller, const std::string& value);
void add_tmpfs(RunOptions& run, const Caller& caller, const std::string& value);
void add_ro_fd(RunOptions& run, const Caller& caller, const std::string& value);
void add_rw_fd(RunOptions& run, const Caller& caller, const std::string& value);
void set_root(RunOptions& run, const Caller& caller, const std::string& value);
void add_etc(RunOptions& run, const Caller& caller, const std::string& value);
void set_devfs(RunOptions& run, const Caller& caller, const std::string& value);
void add_remount(RunOptions& run, const Caller& caller, const std::string& value);
void add_mask(RunOptions& run, const Caller& caller, const std::string& value);
void add_read_only(RunOptions& run, const Caller& caller, const std::string& value);
void add_sysfs(RunOptions& run, const Caller& caller, const std::string& value);
void add_cgroup2(RunOptions& run, const Caller& caller, const std::string& value);
void set_proc(RunOptions& run, const Caller& caller, const std::string& value);
void add_mkdir(RunOptions& run, const Caller& caller, const std::string& value);
void add_symlink(RunOptions& run, const Caller& caller, const std::string& value);
void add_file(RunOptions& run, const Caller& caller, const std::string& value);
void add_overlay_rw(RunOptions& run, const Caller& caller, const std::string& value);
void add_overlay_tmp(RunOptions& run, const Caller& caller, const std::string& value);
void add_overlay_ro(RunOptions& run, const Caller& caller, const std::string& value);

}  // namespace kekkai::cli
