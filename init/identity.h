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

/// Number of the last capability that this kernel knows.
unsigned read_last_capability(Dispatcher& k);

}  // namespace kekkai
