// File contents that init itself makes.
#pragma once

#include <kekkai/ops/setup_state.h>
#include <kekkai/syscall/dispatcher.h>

#include <functional>

namespace kekkai {

/// Writes the content of a file that is open and empty.
using Fill = std::function<void(Fd file)>;

/// A file with this content and mode, as a detached mount. It is made in the intermediate root,
/// where nobody else can replace it, and keeps its name there: the kernel mounts no file without
/// one (ENOENT, also for O_TMPFILE).
UniqueFd make_file_mount(SetupState& state, Dispatcher& k, const Fill& fill, mode_t mode,
                         MountAttr attr);
UniqueFd make_file_mount(SetupState& state, Dispatcher& k, std::string_view content, mode_t mode,
                         MountAttr attr);

/// Reads, and waits for what there is to read, or the end (0); also where the file does not block
/// (O_NONBLOCK).
size_t read_waiting(Dispatcher& k, Fd file, std::span<std::byte> buffer);

/// Copies everything up to the end of `from`, piece by piece.
void copy_all(Dispatcher& k, Fd from, Fd to);

/// A new file system as a detached mount: fsopen(2), fsconfig(2), fsmount(2).
/// `options` are "key=value".
UniqueFd make_file_system(Dispatcher& k, const std::string& type,
                          const std::vector<std::pair<std::string, std::string>>& options,
                          MountAttr attr);

}  // namespace kekkai
