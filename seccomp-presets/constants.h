// Names that values of arguments have.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace kekkai::seccomp {

struct Name {
  uint64_t value;
  std::string_view name;
};

enum class Meaning : uint8_t { kValue, kFlags, kSocketType };

/// An argument whose values have names.
struct Argument {
  std::string_view call;
  unsigned index;
  Meaning meaning;
  std::span<const Name> names;
};

/// The one at that place of a call; nullptr where its values have no names.
const Argument* find_argument(std::string_view call, unsigned index);

/// The name of a value; empty where it has none.
std::string_view name_in(std::span<const Name> names, uint64_t value);

/// "CLONE_NEWNS|CLONE_NEWUSER" and the bits that have no name.
std::pair<std::string, uint64_t> split_flags(std::span<const Name> names, uint64_t value);

}  // namespace kekkai::seccomp
