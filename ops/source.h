// What ops take from the host.
#pragma once

#include <kekkai/syscall/dispatcher.h>
#include <kekkai/syscall/paths.h>

#include <string>
#include <vector>

namespace kekkai {

/// Opens a source on the host (O_PATH). Symbolic links are followed as anywhere; magic links of
/// /proc are not (ELOOP): they would name things of init's own.
UniqueFd open_source(Dispatcher& k, const HostPath& path);

/// As open_source, for a directory whose names can be read.
UniqueFd open_source_directory(Dispatcher& k, const HostPath& path);

/// The names in it, sorted.
std::vector<std::string> names_in_order(Dispatcher& k, Fd directory);

/// Opens what `file` leads to (O_PATH) at `path` in this mount namespace, without following links;
/// nothing where that is not the very same file. A descriptor that comes from another mount
/// namespace cannot be cloned, and the path that it has there is only a hint.
UniqueFd try_reopen(Dispatcher& k, Fd file, const std::string& path);

/// The same at the path that the kernel tells of it. Throws Refusal where it has none, or is not
/// found there.
UniqueFd reopen_source(Dispatcher& k, Fd file);

/// As open_source, for a directory that is made, with its parents, where it is missing. This is the
/// one thing that a set-up ever leaves on the host, and only where it is asked for by name.
UniqueFd ensure_source_directory(Dispatcher& k, const HostPath& path);

/// Makes what is at `source`, with everything below it, a detached mount with at least the
/// attributes `attr`. Later mounts of the host do not appear in it, unless it is a slave.
UniqueFd clone_source(Dispatcher& k, Fd source, MountAttr attr,
                      Propagation propagation = Propagation::kPrivate);

}  // namespace kekkai
