#include <kekkai/syscall/paths.h>
#include <kekkai/syscall/unique_fd.h>

#include <limits.h>

#include <algorithm>

namespace kekkai {
namespace {

void require_usable(std::string_view path) {
  const std::string_view until_nul = path.substr(0, path.find('\0'));
  const std::string quoted = "\"" + std::string(until_nul.substr(0, 256)) + "\"";
  if (path.empty()) throw PathError("the path is empty");
  if (until_nul.size() != path.size()) throw PathError(quoted + " contains a NUL byte");
  if (path.front() != '/') throw PathError(quoted + " is not an absolute path");
  if (path.size() >= PATH_MAX) {
    throw PathError("the path " + quoted + "... has " + std::to_string(path.size()) +
                    " bytes; the kernel takes " + std::to_string(PATH_MAX - 1));
  }
}

}  // namespace

HostPath::HostPath(std::string path) : path_(std::move(path)) { require_usable(path_); }

ContainerPath::ContainerPath(std::string_view path) {
  require_usable(path);
  path_.clear();
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (part == "..") {
      throw PathError("\"" + std::string(path) + "\" contains \"..\": name the place itself");
    }
    if (!part.empty() && part != ".") path_.append("/").append(part);
    at = end + 1;
  }
  if (path_.empty()) path_ = "/";
}

ContainerPath ContainerPath::parent() const {
  const size_t slash = path_.rfind('/');
  return slash == 0 ? ContainerPath() : ContainerPath(std::string_view(path_).substr(0, slash));
}

std::string ContainerPath::name() const { return path_.substr(path_.rfind('/') + 1); }

ContainerPath ContainerPath::operator/(std::string_view name) const {
  return ContainerPath((is_root() ? "/" : path_ + "/").append(name));
}

std::string label_at(Fd dir, std::string_view path) {
  if (dir.label.empty() || path.starts_with('/')) return std::string(path);
  std::string label(dir.label);
  if (path.empty() || path == ".") return label;
  if (!label.ends_with('/')) label += '/';
  return label.append(path);
}

}  // namespace kekkai
