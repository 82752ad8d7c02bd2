#include <kekkai/recording/utf8.h>

namespace kekkai {

size_t character_size(std::string_view text) {
  if (text.empty()) return 0;
  const auto at = [&](size_t i) -> unsigned { return static_cast<unsigned char>(text[i]); };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = at(1);
  const bool is_longer_than_needed =
      (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_surrogate = first == 0xed && second > 0x9f;
  const bool is_too_large = first == 0xf4 && second > 0x8f;
  return is_longer_than_needed || is_surrogate || is_too_large ? 0 : size;
}

}  // namespace kekkai
