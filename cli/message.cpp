#include "message.h"

#include <kekkai/recording/utf8.h>

#include <fmt/format.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>

namespace kekkai::cli {
namespace {

// The size of the character at the front of `text`; 0 where there is none, or a control character
// (C1 controls are U+0080 to U+009F).
size_t printable_size(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const size_t size = character_size(text);
  const bool is_c0 = size == 1 && (byte(0) < 0x20 || byte(0) == 0x7f);
  const bool is_c1 = size == 2 && byte(0) == 0xc2 && byte(1) < 0xa0;
  return is_c0 || is_c1 ? 0 : size;
}

// ECMA-48, "select graphic rendition".
constexpr const char* kAlarm = "\x1b[1;31m";  // bold, red
constexpr const char* kDim = "\x1b[2m";
constexpr const char* kReset = "\x1b[0m";

bool stderr_takes_colour() {
  return takes_colour(::isatty(STDERR_FILENO) == 1, ::getenv("TERM"), ::getenv("NO_COLOR"));
}

void print(const std::string& line) { ::fputs(line.c_str(), stderr); }

}  // namespace

std::string escape_control(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const size_t size = printable_size(text);
    if (size > 0) {
      escaped.append(text.substr(0, size));
    } else {
      escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    }
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return escaped;
}

std::string format_message(Tone tone, std::string_view text, bool colour) {
  const std::string shown = escape_control(text);
  if (tone == Tone::kHint) {
    return fmt::format("{}kekkai: hint: {}{}\n", colour ? kDim : "", shown, colour ? kReset : "");
  }
  return fmt::format("{} {}\n", in_alarm("kekkai:", colour), shown);
}

std::string in_alarm(std::string_view text, bool colour) {
  return colour ? fmt::format("{}{}{}", kAlarm, text, kReset) : std::string(text);
}

std::string format_progress(std::chrono::nanoseconds elapsed, std::string_view text, bool colour) {
  const double milliseconds = std::chrono::duration<double, std::milli>(elapsed).count();
  return fmt::format("{}kekkai: {:8.3f} ms{}  {}\n", colour ? kDim : "", milliseconds,
                     colour ? kReset : "", escape_control(text));
}

bool takes_colour(bool is_terminal, const char* term, const char* no_color) {
  const bool forbidden = no_color != nullptr && *no_color != '\0';
  return is_terminal && !forbidden && term != nullptr && std::string_view(term) != "dumb";
}

void print_message(std::string_view error) {
  print(format_message(Tone::kError, error, stderr_takes_colour()));
}

void print_hint(std::string_view hint) {
  print(format_message(Tone::kHint, hint, stderr_takes_colour()));
}

std::string format_note(std::string_view note, bool is_terminal) {
  return fmt::format("kekkai: {}{}", escape_control(note), is_terminal ? "\r\n" : "\n");
}

void print_progress(std::chrono::nanoseconds elapsed, std::string_view text) {
  print(format_progress(elapsed, text, stderr_takes_colour()));
}

}  // namespace kekkai::cli
