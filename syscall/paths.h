// Paths of the host and paths of the container are different things. Neither type converts into
// the other, so that a path of one is never resolved in the other by mistake.
#pragma once

#include <compare>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kekkai {

/// Thrown for a text that is not a usable path; what() is a sentence that quotes it.
class PathError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// An absolute path on the host, as the user wrote it. It is resolved once, by the kernel.
class HostPath {
 public:
  HostPath() = default;
  /// Throws PathError unless `path` is absolute, shorter than PATH_MAX (4096) and without NUL.
  HostPath(std::string path);  // NOLINT: a literal is meant to convert
  HostPath(const char* path) : HostPath(std::string(path)) {}  // NOLINT

  const std::string& str() const { return path_; }
  auto operator<=>(const HostPath&) const = default;

  template <class Archive>
  std::string save_minimal(const Archive&) const {
    return path_;
  }
  template <class Archive>
  void load_minimal(const Archive&, const std::string& path) {
    *this = HostPath(path);
  }

 private:
  std::string path_ = "/";
};

/// An absolute path in the container, in its simplest form: no "//", "/./" or trailing "/".
class ContainerPath {
 public:
  ContainerPath() = default;
  /// Throws PathError as HostPath does, and for a ".." component: what it means depends on links
  /// that are not there yet.
  ContainerPath(std::string_view path);  // NOLINT: a literal is meant to convert
  ContainerPath(const std::string& path) : ContainerPath(std::string_view(path)) {}  // NOLINT
  ContainerPath(const char* path) : ContainerPath(std::string_view(path)) {}         // NOLINT

  const std::string& str() const { return path_; }
  bool is_root() const { return path_ == "/"; }
  /// The directory that holds it; the root is its own parent.
  ContainerPath parent() const;
  /// The last component; empty for the root.
  std::string name() const;
  /// This path followed by one more component.
  ContainerPath operator/(std::string_view name) const;
  /// The path without its leading slash; "." for the root. This is how the kernel is asked.
  std::string relative() const { return is_root() ? "." : path_.substr(1); }
  auto operator<=>(const ContainerPath&) const = default;

  template <class Archive>
  std::string save_minimal(const Archive&) const {
    return path_;
  }
  template <class Archive>
  void load_minimal(const Archive&, const std::string& path) {
    *this = ContainerPath(path);
  }

 private:
  std::string path_ = "/";
};

}  // namespace kekkai
