#include "files.h"

#include <errno.h>

#include <array>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace kekkai::cli {
namespace {

constexpr size_t kMost = 16U << 20;  // more is a device, or a mistake

[[noreturn]] void refuse(const std::string& path, int error) {
  throw std::invalid_argument("cannot read " + path + ": " +
                              std::generic_category().message(error));
}

}  // namespace

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse(path, errno);
  std::string content;
  std::array<char, 16384> chunk{};
  while (file) {
    file.read(chunk.data(), chunk.size());
    if (file.bad()) refuse(path, errno);
    content.append(chunk.data(), static_cast<size_t>(file.gcount()));
    if (content.size() > kMost) throw std::invalid_argument(path + " holds more than 16 MiB");
  }
  return content;
}

bool is_within(const std::string& path, const std::string& directory) {
  return path == directory || directory == "/" || path.starts_with(directory + "/");
}

}  // namespace kekkai::cli
