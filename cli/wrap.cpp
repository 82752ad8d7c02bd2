#include "wrap.h"

namespace kekkai::cli {
namespace {

constexpr size_t kWidth = 80;
constexpr size_t kIndent = 32;  // of what is said about an option

}  // namespace

std::vector<std::string> wrap(std::string_view text, size_t width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) {
      lines.emplace_back();
    }
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
    text.remove_prefix(word.size() == text.size() ? word.size() : word.size() + 1);
  }
  return lines;
}

std::string help_entry(std::string_view synopsis, std::string_view help) {
  std::string text = "  " + std::string(synopsis);
  for (const std::string& line : wrap(help, kWidth - kIndent)) {
    const size_t column = text.size() - (text.rfind('\n') + 1);  // npos + 1 is 0
    if (column + 2 > kIndent)
      text += "\n" + std::string(kIndent, ' ');
    else
      text.append(kIndent - column, ' ');
    text += line + "\n";
  }
  return text;
}

}  // namespace kekkai::cli
