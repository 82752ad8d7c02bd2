// Where the files of a fake file system come from that lies elsewhere.
#pragma once

#include <kekkai/simulation/fake_file.h>

#include <optional>
#include <string>
#include <vector>

namespace kekkai::testing {

/// Files that are only looked at, each when it is asked for the first time. What a container does
/// to them stays in the fake. Paths are absolute. Everything throws Errno.
class FakeOrigin {
 public:
  virtual ~FakeOrigin() = default;
  /// What is at `path`, no link followed; nothing where nothing is.
  virtual std::optional<FakeFile> find(const std::string& path) const = 0;
  /// The names in a directory.
  virtual std::vector<std::string> names(const std::string& path) const = 0;
  /// What a regular file holds.
  virtual std::string content(const std::string& path) const = 0;
};

}  // namespace kekkai::testing
