// For coverage: init ends in another root and without leaving main(), where counters are written to
// no file. So all processes of this image count in one file: kernel_tests.counters in the working
// directory, where there is one, mapped over the counters before anything of a process runs. (Init
// has inherited the directory, and knows no path: its image is a copy without a name.) The test
// program, which sees what all have counted, writes it down when it ends.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern "C" {
// From shared_counters.ld; of whole pages.
extern char kekkai_counters[];      // NOLINT: what the linker knows
extern char kekkai_counters_end[];  // NOLINT
}

namespace {

[[gnu::constructor(101)]] void share_counters() {
  const int fd = ::open("kernel_tests.counters", O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  const auto size = static_cast<size_t>(kekkai_counters_end - kekkai_counters);
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0 ||
      ::mmap(kekkai_counters, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
          MAP_FAILED) {
    ::abort();
  }
  ::close(fd);
}

}  // namespace
