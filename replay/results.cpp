#include <kekkai/replay/results.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace kekkai {

const Json& member(const Json& object, const char* name) {
  if (!object.is_object()) throw std::invalid_argument("there should be an object");
  const auto found = object.find(name);
  if (found == object.end())
    throw std::invalid_argument("\"" + std::string(name) + "\" is missing");
  return *found;
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    unsigned value = 0;
    const char* end = hex.data() + std::min(i + 2, hex.size());
    const auto parsed = std::from_chars(hex.data() + i, end, value, 16);
    if (parsed.ptr != hex.data() + i + 2) throw std::invalid_argument("that is not hexadecimal");
    bytes += static_cast<char>(value);
  }
  return bytes;
}

std::string text_of(const Json& json) {
  if (json.is_object()) return from_hex(text_of(member(json, "hex")));
  if (!json.is_string()) throw std::invalid_argument("there should be a text");
  return json.get<std::string>();
}

size_t read_contents(const Json& json, std::span<std::byte> buffer) {
  const bool is_redacted = json.is_object() && json.contains("size");
  std::string bytes = is_redacted ? std::string() : text_of(json);
  size_t size = bytes.size();
  if (is_redacted) {
    if (!json["size"].is_number_unsigned()) throw std::invalid_argument("a size is no number");
    size = json["size"].get<size_t>();
    if (json.contains("begin")) bytes = text_of(json["begin"]);
  }
  if (size > buffer.size() || bytes.size() > size) {
    throw std::invalid_argument("there is more than was asked for");
  }
  bytes.resize(size, '*');
  if (size > 0) std::memcpy(buffer.data(), bytes.data(), size);
  return size;
}

void ResultReader::get(const Json& json, bool& truth) const {
  if (!json.is_boolean()) throw std::invalid_argument("there should be true or false");
  truth = json.get<bool>();
}

void ResultReader::get(const Json& json, UniqueFd& fd) const {
  int number = -1;
  get(member(json, "number"), number);
  fd = UniqueFd(number, text_of(member(json, "label")), owner_);
}

void ResultReader::get(const Json& json, std::pair<UniqueFd, UniqueFd>& both) const {
  if (!json.is_array() || json.size() != 2) throw std::invalid_argument("there should be a pair");
  get(json[0], both.first);
  get(json[1], both.second);
}

void ResultReader::get(const Json& json, std::chrono::steady_clock::time_point& time) const {
  int64_t count = 0;
  get(json, count);
  time = std::chrono::steady_clock::time_point(std::chrono::nanoseconds(count));
}

void ResultReader::require_list(const Json& json) {
  if (!json.is_array()) throw std::invalid_argument("there should be a list");
}

}  // namespace kekkai
