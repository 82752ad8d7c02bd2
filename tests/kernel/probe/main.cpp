#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace probe {

void say(const std::string& key, const std::string& value) {
  std::string line = key + "=";
  for (const char c : value) {
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\0') {
      line += "\\0";
    } else {
      line += c;
    }
  }
  line += '\n';
  for (size_t at = 0; at < line.size();) {
    const ssize_t written = ::write(1, line.data() + at, line.size() - at);
    if (written < 0) ::_exit(99);
    at += static_cast<size_t>(written);
  }
}

void say(const std::string& key, long value) { say(key, std::to_string(value)); }

void say_result(const std::string& key, long result) {
  const int error = errno;
  say(key, result >= 0 ? "ok" : errno_name(error));
}

std::string errno_name(int error) {
  const char* name = ::strerrorname_np(error);
  return name != nullptr ? name : std::to_string(error);
}

std::string contents_of(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno_name(errno);
  std::string text;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = ::read(fd, buffer, sizeof buffer)) > 0) {
    text.append(buffer, static_cast<size_t>(got));
  }
  if (got < 0) text += errno_name(errno);
  ::close(fd);
  return text;
}

std::string link_target(const std::string& path) {
  char buffer[PATH_MAX];
  const ssize_t length = ::readlink(path.c_str(), buffer, sizeof buffer);
  return length < 0 ? errno_name(errno) : std::string(buffer, static_cast<size_t>(length));
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  DIR* dir = ::opendir(directory.c_str());
  if (dir == nullptr) return {errno_name(errno)};
  const std::string own = std::to_string(::dirfd(dir));
  const bool descriptors = directory.ends_with("/fd");
  while (const dirent* entry = ::readdir(dir)) {
    const std::string name = entry->d_name;
    if (name != "." && name != ".." && !(descriptors && name == own)) names.push_back(name);
  }
  ::closedir(dir);
  std::ranges::sort(names);
  return names;
}

namespace {

int run(int argc, char** argv) {
  Steps steps;
  add_call_steps(steps);
  add_sight_steps(steps);
  add_file_steps(steps);
  add_process_steps(steps);
  add_attack_steps(steps);
  for (int at = 1; at < argc;) {
    const std::string name = argv[at++];
    Arguments arguments;
    while (at < argc && std::string_view(argv[at]) != "--") arguments.emplace_back(argv[at++]);
    ++at;
    const auto step = steps.find(name);
    if (step == steps.end()) {
      ::dprintf(2, "kekkai-probe: no step \"%s\"\n", name.c_str());
      return 98;
    }
    step->second(arguments);
  }
  return 0;
}

}  // namespace
}  // namespace probe

int main(int argc, char** argv) {
  if (std::string_view(argv[0]) == "kekkai-init") probe::play_foreign_init();
  return probe::run(argc, argv);
}
