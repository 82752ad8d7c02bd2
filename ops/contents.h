// File contents that init itself makes.
#pragma once

#include <kekkai/ops/setup_state.h>
#include <kekkai/syscall/dispatcher.h>

namespace kekkai {

/// A file with this content and mode, as a detached mount. It is made in the intermediate root,
/// where nobody else can replace it, and keeps its name there: the kernel mounts no file without
/// one (ENOENT, also for O_TMPFILE).
UniqueFd make_file_mount(SetupState& state, Dispatcher& k, std::string_view content, mode_t mode,
                         MountAttr attr);

/// A new file system as a detached mount: fsopen(2), fsconfig(2), fsmount(2).
/// `options` are "key=value".
UniqueFd make_file_system(Dispatcher& k, const std::string& type,
                          const std::vector<std::pair<std::string, std::string>>& options,
                          MountAttr attr);

}  // namespace kekkai
