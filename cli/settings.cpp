#include "settings.h"

#include "values.h"

#include <algorithm>
#include <stdexcept>

namespace kekkai::cli {

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> list;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    if (end > at) list.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return list;
}

std::optional<std::string> take_setting(std::vector<std::string>& settings, std::string_view key) {
  for (auto it = settings.begin(); it != settings.end(); ++it) {
    if (!it->starts_with(std::string(key) + "=")) continue;
    std::string value = it->substr(key.size() + 1);
    settings.erase(it);
    return value;
  }
  return std::nullopt;
}

void require_all_taken(const std::vector<std::string>& left, const char* known) {
  if (!left.empty()) {
    throw std::invalid_argument("\"" + left.front() + "\" is not known here: " + known);
  }
}

bool take_flag(std::vector<std::string>& settings, std::string_view name) {
  return std::erase(settings, name) > 0;
}

std::pair<ContainerPath, std::vector<std::string>> parse_place(const std::string& value) {
  std::vector<std::string> fields = split_fields(value);
  if (fields.size() > 2) throw std::invalid_argument("more than PATH:SETTINGS");
  fields.resize(2);
  return {ContainerPath(fields[0]), split_list(fields[1])};
}

}  // namespace kekkai::cli
