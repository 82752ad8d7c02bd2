// What libFuzzer calls, for the target that CMakeLists.txt names.
#include "targets.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kekkai::KEKKAI_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
