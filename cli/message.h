#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace kekkai::cli {

/// `text` with control bytes, and bytes that are not UTF-8, shown as \x1b: what comes from a
/// sandbox or a path must not reach the terminal as a command to it.
std::string escape_control(std::string_view text);

enum class Tone : uint8_t { kError, kHint };

/// "kekkai: TEXT" or "kekkai: hint: TEXT", escaped, and a newline. With `colour` an error begins in
/// bold red, and a hint is dim.
std::string format_message(Tone tone, std::string_view text, bool colour);
/// `text` in bold red, with `colour`.
std::string in_alarm(std::string_view text, bool colour);
/// "kekkai:    0.412 ms  TEXT", likewise.
std::string format_progress(std::chrono::nanoseconds elapsed, std::string_view text, bool colour);

/// "kekkai: NOTE", escaped, and the end of a line, also on a terminal that a program has as it
/// likes it (--pty).
std::string format_note(std::string_view note, bool is_terminal);

/// Whether a stream gets colours: a terminal that can show them, unless NO_COLOR forbids it
/// (no-color.org). Both variables may be nullptr.
bool takes_colour(bool is_terminal, const char* term, const char* no_color);

// These write to stderr, in colour where it takes colours.
void print_message(std::string_view error);
void print_hint(std::string_view hint);
void print_progress(std::chrono::nanoseconds elapsed, std::string_view text);

}  // namespace kekkai::cli
