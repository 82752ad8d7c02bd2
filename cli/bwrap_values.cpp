#include "bwrap_values.h"

#include "bwrap_error.h"

#include <strings.h>
#include <sys/capability.h>

#include <charconv>
#include <limits>

namespace kekkai::cli {
namespace {

// The whole of `text` as a number, or false.
template <class Number>
bool parse_whole(std::string_view text, int base, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && stop == end;
}

}  // namespace

int parse_bwrap_descriptor(const std::string& text) {
  int number = -1;
  if (parse_whole(text, 10, number) && number >= 0) return number;
  throw BwrapError("Invalid fd: " + text, "give the number of a descriptor that is open, like 3");
}

uint32_t parse_bwrap_id(std::string_view what, const std::string& text) {
  int number = -1;
  if (parse_whole(text, 10, number) && number >= 0) return static_cast<uint32_t>(number);
  throw BwrapError("Invalid " + std::string(what) + ": " + text,
                   "give a number from 0 to 2147483647");
}

uint32_t parse_bwrap_mode(std::string_view option, const std::string& text) {
  uint32_t mode = 0;
  if (parse_whole(text, 8, mode) && mode <= 07777) return mode;
  throw BwrapError(std::string(option) + " takes an octal argument <= 07777",
                   "\"" + text + "\" is none; try 0755");
}

uint64_t parse_bwrap_size(const std::string& text) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  std::string_view digits = text;
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    digits.remove_prefix(2);
    base = 16;
  } else if (digits.starts_with('0')) {
    base = 8;
  }
  uint64_t size = 0;
  if (!parse_whole(digits, base, size) || size == 0) {
    throw BwrapError("--size takes a non-zero number of bytes",
                     "\"" + text + "\" is none; try 67108864 for 64 MiB");
  }
  if (size > kMost) {
    throw BwrapError("--size (for tmpfs) is limited to " + std::to_string(kMost));
  }
  return size;
}

uint64_t parse_bwrap_capability(const std::string& text) {
  if (::strcasecmp(text.c_str(), "ALL") == 0) return UINT64_MAX;
  cap_value_t value = 0;
  if (::cap_from_name(text.c_str(), &value) == 0) return uint64_t{1} << value;
  throw BwrapError("unknown cap: " + text,
                   "give a name of capabilities(7), like CAP_NET_BIND_SERVICE, or ALL");
}

}  // namespace kekkai::cli
