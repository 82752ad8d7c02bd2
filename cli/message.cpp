#include "message.h"

#include <fmt/format.h>
#include <stdio.h>

#include <algorithm>

namespace kekkai::cli {
namespace {

// Length of the well-formed UTF-8 sequence at the front of `text` that is no control character;
// 0 where there is none (RFC 3629; C1 controls are U+0080 to U+009F).
size_t printable_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7f ? 1 : 0;
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xed && byte(1) >= 0xa0;
  const bool too_large = lead == 0xf4 && byte(1) >= 0x90;
  const bool control = lead == 0xc2 && byte(1) < 0xa0;
  return overlong || surrogate || too_large || control ? 0 : length;
}

}  // namespace

std::string escape_control(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const size_t length = printable_length(text);
    if (length > 0) {
      escaped.append(text.substr(0, length));
    } else {
      escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return escaped;
}

void print_message(std::string_view text) {
  const std::string line = "kekkai: " + escape_control(text) + "\n";
  ::fputs(line.c_str(), stderr);
}

}  // namespace kekkai::cli
