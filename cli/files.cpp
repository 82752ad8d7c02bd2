#include "files.h"

#include <errno.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace kekkai::cli {
namespace {

constexpr size_t kMost = 16U << 20;  // more is a device, or a mistake

}  // namespace

std::string read_file(const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(::fopen(path.c_str(), "re"), ::fclose);
  std::string content;
  std::array<char, 16384> chunk{};
  for (size_t got = 1; file != nullptr && got > 0;) {
    got = ::fread(chunk.data(), 1, chunk.size(), file.get());
    content.append(chunk.data(), got);
    if (content.size() > kMost) throw std::invalid_argument(path + " holds more than 16 MiB");
  }
  if (file == nullptr || ::ferror(file.get()) != 0) {
    throw std::invalid_argument("cannot read " + path + ": " +
                                std::generic_category().message(errno));
  }
  return content;
}

}  // namespace kekkai::cli
