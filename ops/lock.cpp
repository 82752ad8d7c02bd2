#include <kekkai/ops/lock.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/setup_state.h>

#include <errno.h>

namespace kekkai::ops {

// This process is in the container's root, so nothing but one of /proc's links leads out of it.
void Lock::late(SetupState& state, Dispatcher& k) const {
  UniqueFd file = k.openat2(Fd::cwd(), path.str(),
                            Open::kReadOnly | Open::kNonBlock | Open::kNoControllingTerminal,
                            Resolve::kNoMagicLinks);
  try {
    k.lock_for_reading(file);
  } catch (const SyscallError& e) {
    if (e.error() != EAGAIN && e.error() != EACCES) throw;
    throw Refusal(path.str() +
                  " is locked for writing by another process: try again when it is "
                  "done with the file");
  }
  state.held.push_back(std::move(file));
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Lock, "lock")
