// A fake kernel whose host is this one.
#pragma once

#include <kekkai/simulation/fake_kernel.h>

#include <memory>

namespace kekkai::testing {

/// A kernel whose host is the machine behind `k`, as this process sees it: mounts, files, ids, open
/// descriptors, limits. Files are looked at when somebody asks for them, and nothing of what
/// happens on the fake happens to them. `k` has to outlive it. Throws SyscallError, and
/// std::invalid_argument for a mount table that tells of no root.
///
/// Not mirrored: access control lists, security modules, the contents of /proc/self.
std::unique_ptr<FakeKernel> mirror_host(Dispatcher& k);

/// Makes the descriptor `number` of this process one of the mirror's.
void mirror_descriptor(Dispatcher& k, FakeKernel& mirror, int number);

}  // namespace kekkai::testing
