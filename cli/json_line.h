// JSON for programs: one object a line.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace kekkai::cli {

using Json = nlohmann::ordered_json;

/// Bytes of a path, or what a program passed, need not be UTF-8. Only ASCII comes out: what a
/// terminal takes for a command is escaped, too.
inline std::string to_line(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace kekkai::cli
