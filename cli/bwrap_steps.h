// The options of bubblewrap that build the container's tree: what each adds to it.
#pragma once

#include "bwrap_option_table.h"

namespace kekkai::cli {

void add_bwrap_bind(const BwrapValues& values);
void add_bwrap_bind_fd(const BwrapValues& values);
void add_bwrap_overlay(const BwrapValues& values);
void add_bwrap_tmpfs(const BwrapValues& values);
void add_bwrap_mount(const BwrapValues& values);
void add_bwrap_directory(const BwrapValues& values);
void add_bwrap_file(const BwrapValues& values);
void add_bwrap_symlink(const BwrapValues& values);
void add_bwrap_remount(const BwrapValues& values);
void add_bwrap_chmod(const BwrapValues& values);

}  // namespace kekkai::cli
