// What `bwrap` tells: people on stderr, and programs on --info-fd and --json-status-fd.
#pragma once

#include "bwrap_error.h"
#include "bwrap_options.h"

#include <kekkai/init/failure.h>

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kekkai::cli {

/// As syslog(3) numbers them.
enum class BwrapLevel : uint8_t { kError = 3, kWarning = 4 };

/// "bwrap: TEXT", escaped, and a newline; "<3>" in front where messages have their level.
std::string bwrap_message(BwrapLevel level, std::string_view text, bool level_prefix);

/// Why a container did not start, in bubblewrap's words where it has some.
BwrapError explain_bwrap_failure(const Failure& failure, const BwrapOptions& options);

/// Names of namespaces(7) with their inode numbers: {"net", 4026531840}.
using NamespaceIds = std::vector<std::pair<std::string, uint64_t>>;

/// --info-fd: an object on several lines. `pid` is that of init, as we see it.
std::string bwrap_info(pid_t pid, const NamespaceIds& namespaces);
/// The same on one line, for --json-status-fd.
std::string bwrap_child_line(pid_t pid, const NamespaceIds& namespaces);
/// How the program ended, as a shell says it, for --json-status-fd.
std::string bwrap_exit_line(int exit_code);

}  // namespace kekkai::cli
