#include "promises.h"
#include "targets.h"

#include <kekkai/syscall/paths.h>

#include <linux/limits.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>

namespace kekkai {
namespace {

bool is_usable(std::string_view text) {
  return text.starts_with('/') && text.size() < PATH_MAX && text.find('\0') == text.npos;
}

// The form that a path of the container has to take; nothing where it is none.
std::optional<std::string> simplest(const std::string& text) {
  if (!is_usable(text)) return std::nullopt;
  std::istringstream stream(text);
  std::string form;
  for (std::string part; std::getline(stream, part, '/');) {
    if (part == "..") return std::nullopt;
    if (!part.empty() && part != ".") form += "/" + part;
  }
  return form.empty() ? "/" : form;
}

template <class Path>
std::optional<Path> take(const std::string& text) {
  try {
    return Path(text);
  } catch (const PathError& e) {
    require(*e.what() != '\0');
    require_harmless(e.what());
    return std::nullopt;
  }
}

void check_host_path(const std::string& text) {
  const std::optional<HostPath> path = take<HostPath>(text);
  require(path.has_value() == is_usable(text));
  require(!path || path->str() == text);
}

void check_parts(const ContainerPath& path) {
  const std::string name = path.name();
  require(name.find('/') == name.npos);
  require(path.is_root() == name.empty());
  require(path.is_root() ? path.parent() == path : path.parent() / name == path);
  require(path.relative() == (path.is_root() ? "." : path.str().substr(1)));
}

void check_container_path(const std::string& text, const std::string& behind) {
  const std::optional<ContainerPath> path = take<ContainerPath>(text);
  require(path.has_value() == simplest(text).has_value());
  if (!path) return;
  require(path->str() == simplest(text));
  require(ContainerPath(path->str()) == *path);
  check_parts(*path);
  const std::optional<std::string> longer =
      simplest(path->is_root() ? "/" + behind : path->str() + "/" + behind);
  try {
    const ContainerPath below = *path / behind;
    require(below.str() == longer);
    check_parts(below);
  } catch (const PathError&) {
    require(!longer);
  }
}

}  // namespace

void fuzz_paths(std::string_view bytes) {
  const size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::string path(bytes.substr(0, end));
  const std::string behind(bytes.substr(std::min(end + 1, bytes.size())));
  check_host_path(path);
  check_host_path(behind);
  check_container_path(path, behind);
  check_container_path(behind, path);
}

}  // namespace kekkai
