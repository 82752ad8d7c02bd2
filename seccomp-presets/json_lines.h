// JSON for people to read: an object whose members stand on a line each, and so do the elements of
// one list in it.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace kekkai::seccomp {

std::string write_lines(const nlohmann::ordered_json& object, std::string_view list);

}  // namespace kekkai::seccomp
