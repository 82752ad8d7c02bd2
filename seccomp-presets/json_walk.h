// What a parser of nlohmann's does not tell of a text that a person wrote: where it is.
#pragma once

#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

namespace kekkai::seccomp {

/// Walks over a text, and says how far it is. Copies share that: the parser copies its input.
class JsonWalk {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;    // NOLINT: std::iterator_traits names it
  using reference = const char&;  // NOLINT

  JsonWalk(const char* at, size_t* consumed) : at_(at), consumed_(consumed) {}
  reference operator*() const { return *at_; }
  JsonWalk& operator++() {
    ++at_;
    ++*consumed_;
    return *this;
  }
  JsonWalk operator++(int) {
    JsonWalk before = *this;
    ++*this;
    return before;
  }
  bool operator==(const JsonWalk& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  size_t* consumed_;
};

/// Said of a NUL, as a byte or escaped: the parser takes the byte for the end of the text, and
/// calls of the kernel take the character for the end of a string.
inline constexpr const char* kNoNul = "a NUL does not belong here";

/// "unexpected '}'; expected string literal", out of a sentence of the parser's that tells the
/// place in bytes before it, and behind it all that was read.
inline std::string reason_in(std::string_view sentence) {
  for (const std::string_view before : {"] ", " - "}) {
    const size_t at = sentence.find(before);
    if (at != sentence.npos) sentence.remove_prefix(at + before.size());
  }
  return std::string(sentence.substr(0, sentence.find("; last read: ")));
}

}  // namespace kekkai::seccomp
