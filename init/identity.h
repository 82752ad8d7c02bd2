// Who the container is: ids, host name, loopback.
#pragma once

#include <kekkai/init/params.h>
#include <kekkai/syscall/dispatcher.h>

namespace kekkai {

/// Brings up "lo" of a network namespace of our own.
void bring_loopback_up(Dispatcher& k);

/// Maps one user and one group id (user_namespaces(7)). setgroups is denied first, always: what a
/// group is refused must not become allowed by leaving the group (CVE-2014-8989).
void map_ids(Dispatcher& k, const SetupRequest& request);

/// Waits until somebody else has mapped the ids: `gate` becomes readable, or ends.
void await_id_map(Dispatcher& k, Fd gate);

/// Makes the next user namespace below this one the last one. Needs CAP_SYS_RESOURCE.
void forbid_more_user_namespaces(Dispatcher& k);

/// Moves this process into a user namespace below its own, with the ids that it has: what the
/// container's mounts belong to is out of reach from there. `self` is a directory of the host's
/// proc: /proc/self.
void enter_last_user_namespace(Dispatcher& k, Fd self);

/// Throws Refusal where another user namespace can be made.
void require_no_more_user_namespaces(Dispatcher& k);

}  // namespace kekkai
