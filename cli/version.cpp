#include "version.h"

#include "files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string_view>

namespace kekkai::cli {
namespace {

std::optional<std::string> first_line(const ReadFile& read, const std::string& path) {
  auto text = read(path);
  if (text) text->erase(std::min(text->find('\n'), text->size()));
  return text;
}

std::string kernel_text(const ReadFile& read) {
  const auto release = first_line(read, "/proc/sys/kernel/osrelease");
  if (!release) return "unknown: is proc mounted at /proc?";
  return *release + (is_new_enough(*release) ? "" : " (too old: 6.1 or later is needed)");
}

std::string user_namespaces_text(const ReadFile& read) {
  const auto is = [&](const char* path, std::string_view value) {
    return first_line(read, path) == value;
  };
  const auto most = first_line(read, "/proc/sys/user/max_user_namespaces");
  if (!most) return "missing";
  if (*most == "0") return "switched off (user.max_user_namespaces is 0)";
  if (is("/proc/sys/kernel/unprivileged_userns_clone", "0")) {
    return "only for root (kernel.unprivileged_userns_clone is 0)";
  }
  if (is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1")) {
    return "restricted (kernel.apparmor_restrict_unprivileged_userns is 1)";
  }
  return "usable";
}

std::string filters_text(const ReadFile& read) {
  const bool usable = read("/proc/sys/kernel/seccomp/actions_avail").has_value();
  return usable ? "usable" : "missing (CONFIG_SECCOMP_FILTER)";
}

}  // namespace

bool is_new_enough(std::string_view release) {
  unsigned major = 0;
  unsigned minor = 0;
  const char* const end = release.data() + release.size();
  const auto dot = std::from_chars(release.data(), end, major);
  if (dot.ptr != end && *dot.ptr == '.') std::from_chars(dot.ptr + 1, end, minor);
  return major > 6 || (major == 6 && minor >= 1);
}

std::string version_text(const ReadFile& read) {
  return fmt::format(
      "kekkai {}\n"
      "build                {}\n"
      "kernel               {}\n"
      "user namespaces      {}\n"
      "system call filters  {}\n",
      KEKKAI_VERSION, KEKKAI_BUILD, kernel_text(read), user_namespaces_text(read),
      filters_text(read));
}

std::string version_text() {
  return version_text([](const std::string& path) -> std::optional<std::string> {
    try {
      return read_file(path);
    } catch (const std::invalid_argument&) {
      return std::nullopt;
    }
  });
}

std::string bwrap_version() { return "bubblewrap 0.11.1 (Kekkai " KEKKAI_VERSION ")\n"; }

}  // namespace kekkai::cli
