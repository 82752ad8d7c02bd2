// What hides, or protects, something that is in the container's tree already.
#pragma once

#include <kekkai/ops/setup_state.h>
#include <kekkai/syscall/dispatcher.h>

namespace kekkai {

/// Mounts an empty, read-only directory or file of init's own on what `path` leads to: never a
/// device of the host, which a program could write to. Returns false, and makes nothing, where
/// nothing is there. Throws Refusal for the root.
bool cover_with_nothing(SetupState& state, Dispatcher& k, const ContainerPath& path);

/// Mounts what `path` leads to on itself, with everything mounted below it, read-only and otherwise
/// with the attributes that it has. Returns false, and makes nothing, where nothing is there.
bool cover_read_only(SetupState& state, Dispatcher& k, const ContainerPath& path);

}  // namespace kekkai
