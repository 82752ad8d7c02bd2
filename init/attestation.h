// Before init gives up its last means: is the container what was asked for?
#pragma once

#include <kekkai/ops/sysroot.h>
#include <kekkai/syscall/dispatcher.h>
#include <kekkai/syscall/mountinfo.h>

#include <set>
#include <string>
#include <vector>

namespace kekkai {

/// Opens the host's /proc/self, which goes on telling of this process when the host is gone.
UniqueFd open_witness(Dispatcher& k);

/// Throws Refusal with the first difference between the mounts that are and those that must be:
/// each expected one in its place, everything below it at least as restricted, nothing that
/// propagates but slaves that were asked for, and nothing else.
void compare_mounts(const std::vector<MountInfo>& mounts,
                    const std::vector<ExpectedMount>& expected,
                    const std::vector<Restriction>& restrictions = {});

/// compare_mounts for this process.
void attest_mounts(Dispatcher& k, Fd witness, const Sysroot& sysroot);

/// Throws Refusal where we are in one of these namespaces: "pid:[4026531836]".
void attest_namespaces(Dispatcher& k, Fd witness, const std::vector<std::string>& host_namespaces);

/// Throws Refusal unless all five capability sets are `kept` and no_new_privs is set.
void attest_privileges(Dispatcher& k, Fd witness, uint64_t kept);

/// Throws Refusal where a descriptor is open that is not in `known`, or one of these is not open.
void attest_descriptors(Dispatcher& k, Fd witness, std::set<int> known);

}  // namespace kekkai
