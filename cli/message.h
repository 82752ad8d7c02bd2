#pragma once

#include <string>
#include <string_view>

namespace kekkai::cli {

/// `text` with control bytes, and bytes that are not UTF-8, shown as \x1b: what comes from a
/// sandbox or a path must not reach the terminal as a command to it.
std::string escape_control(std::string_view text);

/// Writes "kekkai: TEXT" and a newline to stderr, escaped.
void print_message(std::string_view text);

}  // namespace kekkai::cli
