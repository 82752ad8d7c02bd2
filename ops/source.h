// What ops take from the host.
#pragma once

#include <kekkai/syscall/dispatcher.h>
#include <kekkai/syscall/paths.h>

namespace kekkai {

/// Opens a source on the host (O_PATH). Symbolic links are followed as anywhere; magic links of
/// /proc are not (ELOOP): they would name things of init's own.
UniqueFd open_source(Dispatcher& k, const HostPath& path);

/// As open_source, for a directory that is made, with its parents, where it is missing. This is the
/// one thing that a set-up ever leaves on the host, and only where it is asked for by name.
UniqueFd ensure_source_directory(Dispatcher& k, const HostPath& path);

/// Makes what is at `source`, with everything below it, a detached mount with at least the
/// attributes `attr`. Later mounts of the host do not appear in it, unless it is a slave.
UniqueFd clone_source(Dispatcher& k, Fd source, MountAttr attr,
                      Propagation propagation = Propagation::kPrivate);

}  // namespace kekkai
