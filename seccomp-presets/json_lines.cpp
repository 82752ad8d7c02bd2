#include "json_lines.h"

#include <nlohmann/json.hpp>

namespace kekkai::seccomp {
namespace {

using Json = nlohmann::ordered_json;

std::string write_scalar(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string write_inline(const Json& value) {
  if (!value.is_structured()) return write_scalar(value);
  std::string text;
  for (const auto& [key, element] : value.items()) {
    if (!text.empty()) text += ", ";
    if (value.is_object()) text += write_scalar(key) + ": ";
    text += write_inline(element);
  }
  return value.is_object() ? "{" + text + "}" : "[" + text + "]";
}

std::string write_list(const Json& list) {
  std::string text;
  for (const Json& element : list) {
    text += (text.empty() ? "\n    " : ",\n    ") + write_inline(element);
  }
  return "[" + text + "\n  ]";
}

}  // namespace

std::string write_lines(const Json& object, std::string_view list) {
  std::string text;
  for (const auto& [key, value] : object.items()) {
    text += (text.empty() ? "\n  " : ",\n  ") + write_scalar(key) + ": ";
    text += key == list && !value.empty() ? write_list(value) : write_inline(value);
  }
  return "{" + text + "\n}\n";
}

}  // namespace kekkai::seccomp
