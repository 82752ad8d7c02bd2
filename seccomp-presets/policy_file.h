// Policies as files: our own JSON, and the linux.seccomp object of the OCI runtime specification.
#pragma once

#include <kekkai/seccomp-presets/rules.h>

#include <string>
#include <string_view>

namespace kekkai::seccomp {

/// Reads a policy. A text whose object has a "defaultAction" is OCI's (runtime-spec,
/// config-linux.md), and so is a runtime configuration with such an object in linux.seccomp; every
/// other one is ours (docs/seccomp.md). `name` stands in messages for the file.
///
/// Throws FilterError, "rules.json:3:12: there is no system call \"opem\"": for what is not JSON,
/// unknown keys, calls, actions and comparisons, rules that are said twice or that can never apply
/// because of an earlier one, conditions that hold always or never, what compile() refuses, and
/// whatever of OCI's cannot be said here (SCMP_ACT_TRACE, SCMP_ACT_NOTIFY, architectures unlike
/// `arch`).
Policy parse_policy(std::string_view json, const std::string& name, Arch arch = kNativeArch);

/// The policy in our own JSON, without presets; parse_policy() makes an equal one of it, but for
/// origins and for rules that never apply, which are left out. Throws FilterError where there is no
/// rule, and for kNotify.
std::string to_json(const Policy& policy, Arch arch = kNativeArch);
/// The same for rules that come before those of `presets`, a text for parse_selection(): whatever
/// else `policy` has the presets say themselves, and there need be no rule.
std::string to_json(const Policy& policy, const std::string& presets, Arch arch = kNativeArch);

/// The policy as OCI's linux.seccomp, in entries that hold in whatever order. Left out is what OCI
/// cannot say: `unclassified`, because it has no calls without names, and `foreign`.
///
/// Throws FilterError as compile() does, for calls that have no name or are of one architecture
/// only, for kNotify, and where the rules for one call would become more than 1024 entries.
std::string to_oci_json(const Policy& policy, Arch arch = kNativeArch);

}  // namespace kekkai::seccomp
