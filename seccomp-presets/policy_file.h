// Policies as files: our own JSON, and the linux.seccomp object of the OCI runtime specification.
#pragma once

#include <kekkai/seccomp-presets/rules.h>

#include <string>
#include <string_view>

namespace kekkai::seccomp {

/// Reads a policy. A text whose object has a "defaultAction" is OCI's (runtime-spec,
/// config-linux.md), or a runtime configuration with such an object in linux.seccomp; every other
/// one is ours (docs/seccomp.md). `name` stands in messages for the file.
///
/// Throws FilterError, "rules.json:3:12: there is no system call \"opem\"": for what is not JSON,
/// unknown keys, calls, actions and comparisons, rules that are said twice or that can never apply
/// because of an earlier one, conditions that hold always or never, and whatever of OCI's cannot be
/// said here (SCMP_ACT_TRACE, SCMP_ACT_NOTIFY, architectures unlike `arch`).
Policy parse_policy(std::string_view json, const std::string& name, Arch arch = kNativeArch);

/// The policy in our own JSON; parse_policy() makes an equal one of it, but for origins.
std::string to_json(const Policy& policy);
/// Rules that come before those of `presets`, a text for parse_selection(); whatever else `policy`
/// has the presets say themselves.
std::string to_json(const Policy& policy, const std::string& presets);

/// The policy as OCI's linux.seccomp. Throws FilterError where OCI cannot say it: two rules for one
/// call that both may hold, with different answers.
std::string to_oci_json(const Policy& policy, Arch arch = kNativeArch);

}  // namespace kekkai::seccomp
