// Which of bubblewrap's options go together, and what they come to for this caller.
#pragma once

#include "bwrap_options.h"

#include <kekkai/syscall/flags.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace kekkai::cli {

/// What of the caller's surroundings goes into a container of bubblewrap's.
struct BwrapCaller {
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint64_t capabilities = 0;               ///< Effective ones, one bit each, where some are kept.
  uint64_t known_capabilities = 0;         ///< All that this kernel has, where some are kept.
  std::string directory;                   ///< Working directory; empty where it is gone.
  std::map<std::string, std::string> env;  ///< The whole environment.
  std::vector<int> descriptors;            ///< Those from 3 on that are open.
  bool has_user_namespaces = true;         ///< --unshare-user-try makes one.
  bool has_selinux = false;
  bool has_terminal = false;  ///< A controlling one, /dev/tty.
};

/// Throws BwrapError for options that do not go together, in bubblewrap's order and words.
void check_bwrap(const BwrapOptions& options, const BwrapCaller& caller);

/// The namespaces that are made. Everybody but root needs a user namespace.
Namespace bwrap_namespaces(const BwrapOptions& options, const BwrapCaller& caller);

/// The capabilities that COMMAND keeps.
uint64_t bwrap_capabilities(const BwrapOptions& options, const BwrapCaller& caller);

/// Whether they are only for a COMMAND that is uid 0 inside, which nobody knows by now.
bool bwrap_asks_for_root(const BwrapOptions& options, const BwrapCaller& caller);

/// The descriptors of the caller that COMMAND inherits: all but those that options are about.
std::vector<int> bwrap_inherited(const BwrapOptions& options, const BwrapCaller& caller);

}  // namespace kekkai::cli
