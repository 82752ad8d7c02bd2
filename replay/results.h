// Results of calls, from JSON.
#pragma once

#include <kekkai/recording/struct_fields.h>

#include <concepts>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace kekkai {

using Json = nlohmann::ordered_json;

/// The member of an object. Throws std::invalid_argument, like all of this.
const Json& member(const Json& object, const char* name);
/// A text, or {"hex":"ff00"}.
std::string text_of(const Json& json);
/// The bytes of {"hex":…}: "ff00".
std::string from_hex(const std::string& hex);

/// What was read, at most `buffer`: as it was recorded, or as many asterisks.
size_t read_contents(const Json& json, std::span<std::byte> buffer);

class ResultReader {
 public:
  /// Of the descriptors that it makes.
  explicit ResultReader(FdOwner& owner) : owner_(owner) {}

  void get(const Json& json, std::string& text) const { text = text_of(json); }
  void get(const Json& json, bool& truth) const;
  void get(const Json& json, UniqueFd& fd) const;
  void get(const Json& json, std::pair<UniqueFd, UniqueFd>& both) const;
  void get(const Json& json, std::chrono::steady_clock::time_point& time) const;
  template <std::integral Number>
  void get(const Json& json, Number& number) const {
    const bool fits = json.is_number_unsigned()
                          ? std::in_range<Number>(json.get<uint64_t>())
                          : json.is_number_integer() && std::in_range<Number>(json.get<int64_t>());
    if (!fits) throw std::invalid_argument("a number is none, or too large");
    number = json.is_number_unsigned() ? static_cast<Number>(json.get<uint64_t>())
                                       : static_cast<Number>(json.get<int64_t>());
  }
  template <HasFields Struct>
  void get(const Json& json, Struct& value) const {
    std::apply(
        [&](const auto&... field) { (get(member(json, field.name), value.*field.member), ...); },
        kFields<Struct>);
  }
  template <class T>
  void get(const Json& json, std::optional<T>& value) const {
    if (json.is_null()) return value.reset();
    get(json, value.emplace());
  }
  template <class T>
  void get(const Json& json, std::vector<T>& list) const {
    require_list(json);
    for (const Json& element : json) get(element, list.emplace_back());
  }
  template <class T, size_t kSize>
  void get(const Json& json, T (&list)[kSize]) const {
    get_all(json, std::span<T>(list));
  }
  /// As many as there are in the list.
  template <class T>
  void get_all(const Json& json, std::span<T> list) const {
    require_list(json);
    if (json.size() != list.size()) throw std::invalid_argument("a list has the wrong length");
    for (size_t i = 0; i < list.size(); ++i) get(json[i], list[i]);
  }

 private:
  static void require_list(const Json& json);

  FdOwner& owner_;
};

}  // namespace kekkai
