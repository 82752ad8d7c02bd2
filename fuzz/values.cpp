// The parsers of values: what is accepted is exactly what the grammar says, and is the number that
// stands there. The grammars are written down once more here, without a line of the parsers'.
#include "../cli/values.h"

#include "targets.h"

#include <stdlib.h>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace kekkai {
namespace {

void require(bool promise) {
  if (!promise) ::abort();
}

bool is_number(std::string_view text, std::string_view digits = "0123456789") {
  return !text.empty() && text.find_first_not_of(digits) == text.npos;
}

std::string without_zeros(std::string_view text) {
  const size_t first = std::min(text.find_first_not_of('0'), text.size() - 1);
  return std::string(text.substr(first));
}

// Whether `text` is `number` in decimal, or octal, but for zeros in front.
bool shows(std::string_view text, uint64_t number) {
  return is_number(text) && without_zeros(text) == std::to_string(number);
}
bool shows_octal(std::string_view text, uint64_t number) {
  std::string digits;
  for (uint64_t rest = number; rest != 0; rest /= 8) {
    digits.insert(digits.begin(), static_cast<char>('0' + rest % 8));
  }
  return is_number(text, "01234567") && without_zeros(text) == (digits.empty() ? "0" : digits);
}

struct Unit {
  std::string_view name;
  uint64_t factor;
};

// Whether `text` is a number of one of the units, and `value` what that comes to.
bool shows_amount(std::string_view text, uint64_t value, std::span<const Unit> units) {
  return std::ranges::any_of(units, [&](const Unit& unit) {
    return text.ends_with(unit.name) && value % unit.factor == 0 &&
           shows(text.substr(0, text.size() - unit.name.size()), value / unit.factor);
  });
}

// Calls `check` with what is parsed; a text that is refused is quoted.
void try_parser(std::string_view text, const auto& parse, const auto& check) {
  try {
    const auto value = parse(text);
    require(check(value));
  } catch (const std::invalid_argument& e) {
    require(std::string_view(e.what()).starts_with('"'));
  }
}

void try_numbers(std::string_view text) {
  constexpr std::array<Unit, 4> kSizes{
      {{"", 1}, {"K", 1024}, {"M", 1024 * 1024}, {"G", 1024 * 1024 * 1024}}};
  constexpr std::array<Unit, 5> kTimes{
      {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}}};
  try_parser(
      text, [](auto t) { return cli::parse_number(t, 5, 1'000'000); },
      [&](uint64_t n) { return n >= 5 && n <= 1'000'000 && shows(text, n); });
  try_parser(
      text, [](auto t) { return cli::parse_number(t, 0, UINT64_MAX); },
      [&](uint64_t n) { return shows(text, n); });
  try_parser(text, cli::parse_id, [&](uint32_t id) { return id != UINT32_MAX && shows(text, id); });
  try_parser(text, cli::parse_mode,
             [&](uint32_t mode) { return mode <= 07777 && shows_octal(text, mode); });
  try_parser(text, cli::parse_size,
             [&](uint64_t size) { return shows_amount(text, size, kSizes); });
  try_parser(text, cli::parse_duration, [&](std::chrono::milliseconds time) {
    return time.count() >= 0 && shows_amount(text, static_cast<uint64_t>(time.count()), kTimes);
  });
}

bool shows_limit(std::string_view text, uint64_t limit) {
  return text == "unlimited" ? limit == UINT64_MAX : limit != UINT64_MAX && shows(text, limit);
}

// "A", or "A:B".
bool shows_pair(std::string_view text, const auto& first, const auto& second) {
  const size_t colon = text.find(':');
  if (colon == text.npos) return first(text) && second(text);
  return first(text.substr(0, colon)) && second(text.substr(colon + 1));
}

void try_compounds(std::string_view text) {
  try_parser(text, cli::parse_resource_limit, [&](const ResourceLimit& limit) {
    const size_t equals = text.find('=');
    require(equals != text.npos && limit.soft <= limit.hard);
    require(std::ranges::count(cli::resource_limit_names(), text.substr(0, equals)) == 1);
    return shows_pair(
        text.substr(equals + 1), [&](auto t) { return shows_limit(t, limit.soft); },
        [&](auto t) { return shows_limit(t, limit.hard); });
  });
  try_parser(text, cli::parse_extra_fd, [&](const FdPlacement& fd) {
    require(fd.source >= 3 && fd.target >= 3);
    return shows_pair(
        text, [&](auto t) { return shows(t, static_cast<uint64_t>(fd.source)); },
        [&](auto t) { return shows(t, static_cast<uint64_t>(fd.target)); });
  });
  try_parser(text, cli::parse_capabilities, [&](uint64_t set) {
    const auto names = static_cast<size_t>(std::ranges::count(text, ',')) + 1;
    return set != 0 && static_cast<size_t>(__builtin_popcountll(set)) <= names;
  });
}

// Put together again, the fields are the text, but for backslashes that nothing needed.
void try_fields(std::string_view text) {
  std::string joined;
  const std::vector<std::string> fields = cli::split_fields(text);
  for (const std::string& field : fields) {
    if (&field != fields.data()) joined += ':';
    for (const char c : field) {
      if (c == ':' || c == '\\') joined += '\\';
      joined += c;
    }
  }
  require(cli::split_fields(joined) == fields);
}

}  // namespace

void fuzz_values(std::string_view bytes) {
  try_numbers(bytes);
  try_compounds(bytes);
  try_fields(bytes);
}

}  // namespace kekkai
