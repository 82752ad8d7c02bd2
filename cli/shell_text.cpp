#include "shell_text.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace kekkai::cli {
namespace {

std::string quote(const std::string& word) {
  constexpr std::string_view kPlain = "-_./=:,+@%";
  const bool is_plain = !word.empty() && std::ranges::all_of(word, [&](unsigned char c) {
    return (c < 0x80 && std::isalnum(c) != 0) || kPlain.find(static_cast<char>(c)) != kPlain.npos;
  });
  if (is_plain) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string shell_text(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + quote(word);
  return line;
}

}  // namespace kekkai::cli
