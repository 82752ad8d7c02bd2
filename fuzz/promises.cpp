#include "promises.h"

#include "../cli/message.h"

#include <stdlib.h>

#include <algorithm>

namespace kekkai {

void require(bool promise) {
  if (!promise) ::abort();
}

void require_harmless(const std::string& text) {
  const std::string shown = cli::escape_control(text);
  require(std::ranges::all_of(shown, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  }));
  for (size_t at = 0; at + 1 < shown.size(); ++at) {  // no C1
    require(shown[at] != '\xc2' || static_cast<unsigned char>(shown[at + 1]) >= 0xa0);
  }
}

}  // namespace kekkai
