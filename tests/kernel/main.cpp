#include "box.h"
#include "call_plan.h"
#include "own_image.h"

#include <kekkai/init/init.h>

#include <string_view>

// ThreadSanitizer takes the clone of a start in one thread for a fork of the whole process, and
// then lets nobody make threads any more.
extern "C" const char* __tsan_default_options();  // NOLINT: its name
extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }

int main(int argc, char** argv) {
  kekkai::kernel_tests::become_planned_init_if_asked(argv);
  kekkai::become_init_if_asked(argv);
  // A script inside a container whose interpreter is /proc/self/exe got hold of our image.
  if (std::string_view(argv[0]) == "/proc/self/exe") {
    return kekkai::kernel_tests::misuse_own_image();
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
