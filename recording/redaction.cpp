#include <kekkai/recording/redaction.h>

#include <algorithm>
#include <array>

namespace kekkai {
namespace {

// By name, one by one: /proc has a user's data, too, such as the environment of every process.
constexpr std::array<std::string_view, 7> kOfTheSystem{"/proc/self/mountinfo",
                                                       "/proc/self/status",
                                                       "/proc/self/uid_map",
                                                       "/proc/self/gid_map",
                                                       "/proc/self/setgroups",
                                                       "reaped children",
                                                       "lifeline"};

}  // namespace

void redact(std::vector<std::string>& env) {
  for (std::string& variable : env) {
    if (variable.starts_with("PATH=")) continue;
    const size_t begin = std::min(variable.find('='), variable.size() - 1) + 1;
    std::fill(variable.begin() + static_cast<std::ptrdiff_t>(begin), variable.end(), '*');
  }
}

bool is_of_the_system(std::string_view label) {
  return std::ranges::find(kOfTheSystem, label) != kOfTheSystem.end();
}

std::string_view interpreter_line(std::string_view text) {
  if (!text.starts_with("#!")) return {};
  return text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
}

}  // namespace kekkai
