#pragma once

#include <kekkai/syscall/dispatcher.h>

namespace kekkai {

/// The real thing: every method makes the Linux system call that it is named after. Without state;
/// one object may be used by several threads. Needs Linux 6.1.
class Kernel : public Dispatcher {
 public:
  void close(int fd) noexcept override;
  UniqueFd openat2_unless(int error, Fd dir, const std::string& path, Open flags,
                          Resolve resolve) override;
#include <kekkai/syscall/declare_calls.inc>

 private:
  UniqueFd own(long fd, std::string label) {
    return {static_cast<int>(fd), std::move(label), *this};
  }
};

}  // namespace kekkai
