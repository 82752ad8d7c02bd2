// What people write as values of options. Every parser takes the whole text or throws
// std::invalid_argument with a sentence that quotes it.
#pragma once

#include <kekkai/syscall/spawn.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// A decimal number from `least` to `most`; no sign, no space, nothing behind it.
uint64_t parse_number(std::string_view text, uint64_t least, uint64_t most);
/// A user or group id: 0 to 4294967294.
uint32_t parse_id(std::string_view text);
/// Permissions in octal: "755", "1777".
uint32_t parse_mode(std::string_view text);
/// Bytes, or with K, M, G behind it times 1024, 1024², 1024³.
uint64_t parse_size(std::string_view text);
/// "500ms", "10s", "5m", "2h"; a number alone is seconds.
std::chrono::milliseconds parse_duration(std::string_view text);
/// "NAME=SOFT[:HARD]", NAME as in prlimit(1) ("nofile"), a value or "unlimited"; HARD is SOFT where
/// it is missing.
ResourceLimit parse_resource_limit(std::string_view text);
/// Every NAME of it.
std::vector<std::string> resource_limit_names();
/// The NAME of one of them.
std::string_view resource_limit_name(int resource);
/// Names of capabilities(7), with or without "cap_", separated by commas, or "all": one bit each.
uint64_t parse_capabilities(std::string_view text);
/// Every name of it, in small letters without "cap_".
std::vector<std::string> capability_names();
/// Number of a descriptor, up to 1048575.
int parse_descriptor(std::string_view text);
/// "N", or "N:M" where the program sees descriptor N as M. Both from 3 to 1048575.
FdPlacement parse_extra_fd(std::string_view text);

/// Splits at ":"; a backslash before ":" or "\" takes it as it is.
std::vector<std::string> split_fields(std::string_view text);
/// What it takes apart.
std::string join_fields(const std::vector<std::string>& fields);

}  // namespace kekkai::cli
