#include "promises.h"
#include "targets.h"

#include <kekkai/syscall/mountinfo.h>

#include <algorithm>
#include <stdexcept>

namespace kekkai {

void fuzz_mountinfo(std::string_view bytes) {
  try {
    const size_t lines = static_cast<size_t>(std::ranges::count(bytes, '\n')) +
                         (bytes.empty() || bytes.ends_with('\n') ? 0 : 1);
    require(parse_mountinfo(bytes).size() == lines);
  } catch (const std::invalid_argument&) {
  }
}

}  // namespace kekkai
