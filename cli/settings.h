// Values of options that are lists of settings: "size=1M,mode=700,ro".
#pragma once

#include <kekkai/syscall/paths.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kekkai::cli {

/// "a,b,c" without empty pieces.
std::vector<std::string> split_list(const std::string& text);

/// The value of "key=value" in a list of settings, which is taken out of it.
std::optional<std::string> take_setting(std::vector<std::string>& settings, std::string_view key);
/// Whether `name` is in the list, which it is taken out of.
bool take_flag(std::vector<std::string>& settings, std::string_view name);
/// Throws std::invalid_argument where something is left; `known` is what there could have been.
void require_all_taken(const std::vector<std::string>& left, const char* known);

/// PATH[:SETTINGS]: the path, and the settings as a list.
std::pair<ContainerPath, std::vector<std::string>> parse_place(const std::string& value);

}  // namespace kekkai::cli
