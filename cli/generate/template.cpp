#include "template.h"

#include <algorithm>
#include <stdexcept>

namespace kekkai::cli {

std::string fill_template(std::string_view text, const std::map<std::string, std::string>& texts) {
  std::string filled;
  while (!text.empty()) {
    const size_t begin = std::min(text.find('@'), text.size());
    filled += text.substr(0, begin);
    text.remove_prefix(begin);
    const size_t end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1);
    if (end != text.npos && end > 1 && text[end] == '@') {
      const std::string name(text.substr(1, end - 1));
      const auto found = texts.find(name);
      if (found == texts.end()) throw std::invalid_argument("there is no text for @" + name + "@");
      filled += found->second;
      text.remove_prefix(end + 1);
    } else if (!text.empty()) {
      filled += '@';  // an ordinary one
      text.remove_prefix(1);
    }
  }
  return filled;
}

}  // namespace kekkai::cli
