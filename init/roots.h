// The two roots between the host's and the container's.
#pragma once

#include <kekkai/ops/setup_state.h>
#include <kekkai/syscall/dispatcher.h>

namespace kekkai {

/// Later mounts and unmounts of the host reach us, ours never reach the host (MS_SLAVE).
void separate_mounts_from_host(Dispatcher& k);

/// Mounts a tmpfs over /proc/self/fd and makes it the root, with the host at /host and the
/// container's tree to be at /sysroot. That directory always exists, nobody else sees our mount on
/// it, and the container will never see the tmpfs. `image` is SpawnPlan::read_only_image, or none:
/// it goes with the tmpfs.
void enter_intermediate_root(Dispatcher& k, SetupState& state, UniqueFd image);

/// Lets go of the host, and makes /sysroot the root.
void enter_container_root(Dispatcher& k, SetupState& state);

}  // namespace kekkai
