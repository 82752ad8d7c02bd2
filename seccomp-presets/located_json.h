// JSON whose values know where they stand, for messages about files that people write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::seccomp {

/// Counted from 1; columns in bytes.
struct Place {
  size_t line = 1;
  size_t column = 1;
};

struct Node {
  enum class Kind : uint8_t {
    kNull,
    kBoolean,
    kNumber,
    kNegative,
    kFraction,
    kString,
    kList,
    kObject,
  };

  Kind kind = Kind::kNull;
  Place place{};
  std::string text{};            ///< Of a string.
  uint64_t number = 0;           ///< Of a kNumber, and 1 for true.
  std::string key{};             ///< Its name, in an object.
  Place key_place{};             ///< And where that stands.
  std::vector<Node> children{};  ///< Of a list or an object.

  /// What stands under that key of an object, or nullptr.
  const Node* find(std::string_view name) const;
};

/// A text and its nodes. What is wrong with one is a FilterError, "NAME:LINE:COLUMN: sentence".
class LocatedJson {
 public:
  /// Refuses texts of more than 1 MiB, nesting of more than 32, and keys that are said twice.
  LocatedJson(std::string_view text, std::string name);

  const Node& root() const { return root_; }
  /// "NAME:LINE"
  std::string line_of(const Node& node) const;
  [[noreturn]] void refuse(Place place, const std::string& sentence) const;

  /// The members of an object, which may have these keys only.
  const Node& object(const Node& node, std::initializer_list<std::string_view> keys) const;
  /// What stands under a key that must be there.
  const Node& member(const Node& object, std::string_view key) const;
  const std::vector<Node>& list(const Node& node) const;
  const std::string& string(const Node& node) const;
  bool boolean(const Node& node) const;
  /// As a number or in a string, decimal or after 0x.
  uint64_t number(const Node& node) const;

 private:
  std::string name_;
  Node root_;
};

}  // namespace kekkai::seccomp
