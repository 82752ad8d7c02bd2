#include "parent.h"

#include <signal.h>

#include <chrono>
#include <stdexcept>

namespace kekkai::cli {

// Init watches our parent itself: which of its threads has started us does not matter, and there is
// no moment in which its end could go unnoticed. Without init, or where our parent is outside of
// our pid namespace, the kernel ends us, and the program with us.
UniqueFd tie_to_parent(Dispatcher& k, Params& params) {
  params.adopt_wait_delay = std::chrono::milliseconds(0);
  const pid_t parent = k.getppid();
  if (parent == 0 || params.program_is_init) {
    k.set_parent_death_signal(SIGKILL);
    return {};
  }
  UniqueFd process = k.pidfd_open(parent);
  if (k.getppid() != parent) throw std::runtime_error("its parent has ended: nothing is started");
  params.companion = process.number();
  return process;
}

}  // namespace kekkai::cli
