#pragma once

#include <kekkai/ops/daemon_runner.h>
#include <kekkai/ops/sysroot.h>
#include <kekkai/ops/terminal.h>
#include <kekkai/syscall/unique_fd.h>

#include <map>
#include <vector>

namespace kekkai {

/// What ops share while init runs them.
struct SetupState {
  Sysroot sysroot;              ///< The container's tree. Not before the apply phase.
  UniqueFd intermediate_root;   ///< A tmpfs of init's own, for contents. Not before apply.
  unsigned contents_made = 0;   ///< How many files have been made there.
  mode_t parent_mode = 0755;    ///< Mode of directories that are made on the way to a path.
  bool shares_network = false;  ///< The network is the host's.
  bool shares_pids = false;     ///< The pid namespace is the launcher's, or a joined one.
  /// What ops may do to files of the host. Init decides before the apply phase.
  HostChanges host_changes = HostChanges::kNone;
  Terminal terminal = Terminal::kNone;
  /// What the launcher's caller handed in for ops, by the number that it has there. Only in early.
  std::map<int, UniqueFd> handed_in;
  std::vector<UniqueFd> held;  ///< What stays open as long as init runs. From early to late.
  UniqueFd pty;  ///< Master of the program's pseudoterminal, which `dev` makes. After apply.
  DaemonRunner* daemons = nullptr;  ///< Starts processes. In the late phase only.
};

}  // namespace kekkai
