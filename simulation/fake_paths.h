// Private to the fakes' own files: paths as text.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <string>

namespace kekkai::testing {

inline std::string join(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

// Without the empty ones. A "/" at the end asks for a directory, as "." does.
inline std::deque<std::string> components_of(const std::string& path) {
  std::deque<std::string> parts;
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    if (end > at) parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  if (path.ends_with('/') && !parts.empty()) parts.emplace_back(".");
  return parts;
}

}  // namespace kekkai::testing
