#include <kekkai/init/init.h>
#include <kekkai/init/last_words.h>
#include <kekkai/init/status.h>

#include <errno.h>

namespace kekkai {

void try_complain(Dispatcher& k, const std::exception& e) {
  try {
    write_all(k, Fd(2, "stderr"), std::string(kInitName) + ": " + e.what() + "\n");
  } catch (const SyscallError&) {
    // Init ends with its status all the same.
  }
}

void try_report(Dispatcher& k, Fd status, const SetupFailure& failure) {
  try {
    send_status(k, status, failure.failure);
  } catch (const SyscallError& e) {
    if (e.error() != EPIPE) try_complain(k, failure);
  }
}

}  // namespace kekkai
