// What is written as values of bubblewrap's options. All throw BwrapError in bubblewrap's words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kekkai::cli {

/// A descriptor.
int parse_bwrap_descriptor(const std::string& text);
/// A user or group id, from 0 to 2147483647; `what` is "uid" or "gid".
uint32_t parse_bwrap_id(std::string_view what, const std::string& text);
/// Permissions in octal, up to 07777.
uint32_t parse_bwrap_mode(std::string_view option, const std::string& text);
/// Bytes: decimal, octal with a leading 0, or hexadecimal with 0x; not 0.
uint64_t parse_bwrap_size(const std::string& text);
/// The name of a capability, with "cap_" in front, or ALL: one bit each.
uint64_t parse_bwrap_capability(const std::string& text);

}  // namespace kekkai::cli
