#pragma once

#include "bwrap_options.h"
#include "bwrap_rules.h"

#include <kekkai/ops/ops.h>

#include <optional>
#include <string>

namespace kekkai::cli {

/// Where in the container a path leads: bubblewrap takes what is relative from its root.
std::string bwrap_inside(const std::string& path);
/// 7 for "/proc/self/fd/7": such links lead to what the caller has open.
std::optional<int> bwrap_descriptor_behind(const std::string& path);
/// Whether it leads through links that only the kernel can follow (proc(5)).
bool bwrap_has_magic_links(const std::string& path);
/// Whether --bind-try and the like find nothing before they look at the host.
bool bwrap_passes_over(const BwrapBind& bind, const BwrapCaller& caller);

/// The op of each step. Throws BwrapError, which names the option.
Ops make_bwrap_ops(const BwrapOptions& options, const BwrapCaller& caller);

}  // namespace kekkai::cli
