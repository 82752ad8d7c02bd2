// The arguments of a call as a person would write them.
#pragma once

#include <kekkai/seccomp-presets/calls.h>

#include <linux/seccomp.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace kekkai::seccomp {

/// Reads the string at an address of the caller's memory; nullopt where there is none.
using ReadString = std::function<std::optional<std::string>(uint64_t address)>;

/// {"AF_VSOCK", "SOCK_STREAM", "0"}. What is not known of a call is in hexadecimal, without the
/// zeros at its end. Bytes of strings are neither escaped nor checked.
std::vector<std::string> describe_arguments(const Call* call, const seccomp_data& data,
                                            const ReadString& read_string);

}  // namespace kekkai::seccomp
