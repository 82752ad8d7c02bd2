// Programs and entries that somebody has to install.
#include "doctor_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace kekkai::cli {
namespace {

// The fields of each line of a file like passwd(5).
std::vector<std::vector<std::string>> read_table(Dispatcher& k, const std::string& path) {
  std::vector<std::vector<std::string>> table;
  const std::string text = read_file_if_any(k, path).value_or("");
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::vector<std::string>& fields = table.emplace_back(1);
    for (; at < end; ++at) {
      if (text[at] == ':') {
        fields.emplace_back();
      } else {
        fields.back() += text[at];
      }
    }
    at = end + 1;
  }
  return table;
}

// The name of a user, or the number where there is none.
std::string user_name(Dispatcher& k, uint32_t uid) {
  std::string number = std::to_string(uid);
  for (const auto& fields : read_table(k, "/etc/passwd")) {
    if (fields.size() > 2 && fields[2] == number) return fields[0];
  }
  return number;
}

bool has_entry(Dispatcher& k, const std::string& path, const std::string& user, uint32_t uid) {
  return std::ranges::any_of(read_table(k, path), [&](const std::vector<std::string>& fields) {
    return fields.size() == 3 && (fields[0] == user || fields[0] == std::to_string(uid));
  });
}

Finding examine_program(const Machine& machine, const std::string& program,
                        const std::string& package) {
  if (auto path = find_in_path(machine, program)) return {.text = std::move(*path)};
  return fails("it is not in PATH", "install the package " + package);
}

}  // namespace

Finding examine_subordinate_ids(const Machine& machine) {
  const uint32_t uid = machine.k.getresuid().effective;
  const std::string user = user_name(machine.k, uid);
  for (const char* path : {"/etc/subuid", "/etc/subgid"}) {
    if (has_entry(machine.k, path, user, uid)) continue;
    return fails(fmt::format("{} has no entry for {}", path, user),
                 fmt::format("as root: `usermod --add-subuids 100000-165535 --add-subgids "
                             "100000-165535 {}`",
                             user));
  }
  for (const char* program : {"newuidmap", "newgidmap"}) {
    if (find_in_path(machine, program)) continue;
    return fails(fmt::format("{} is not in PATH", program),
                 "install the package uidmap, or shadow-utils");
  }
  return {.text = "entries and programs are there"};
}

Finding examine_dbus_proxy(const Machine& machine) {
  return examine_program(machine, "xdg-dbus-proxy", "xdg-dbus-proxy");
}

Finding examine_pasta(const Machine& machine) { return examine_program(machine, "pasta", "passt"); }

}  // namespace kekkai::cli
