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

/// The op of each step. Throws BwrapError, which names the option.
Ops make_bwrap_ops(const BwrapOptions& options, const BwrapCaller& caller);

}  // namespace kekkai::cli
