#include <kekkai/ops/daemon.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>
#include <kekkai/ops/setup_state.h>

#include <errno.h>
#include <sys/wait.h>

#include <algorithm>

#include <cereal/types/chrono.hpp>

namespace kekkai::ops {
namespace {

using std::chrono::milliseconds;

// A daemon is ready within milliseconds, or it takes long: then looking costs next to nothing.
constexpr milliseconds kFirstPause{1};
constexpr milliseconds kLongestPause{20};

// This process is in the container's root, so nothing but one of /proc's links leads out of it.
bool exists(Dispatcher& k, const ContainerPath& path) {
  try {
    k.openat2(Fd::cwd(), path.str(), Open::kPath, Resolve::kNoMagicLinks);
    return true;
  } catch (const SyscallError& e) {
    if (e.error() == ENOENT || e.error() == ENOTDIR) return false;
    throw;
  }
}

std::string in_words(milliseconds time) {
  const bool whole_seconds = time.count() % 1000 == 0;
  return whole_seconds ? std::to_string(time.count() / 1000) + "s"
                       : std::to_string(time.count()) + "ms";
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return "it was killed by " + signal_name(WTERMSIG(status));
  return "it ended with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

void Daemon::check() const {
  if (command.empty() || command.front().empty()) throw Refusal("a daemon needs a program");
  if (ready.is_root())
    throw Refusal("/ exists always: name what the daemon makes when it is ready");
  if (timeout <= milliseconds(0) || timeout > kLongestTimeout) {
    throw Refusal("the time that a daemon may take is not between 1ms and 24h");
  }
}

void Daemon::late(SetupState& state, Dispatcher& k) const {
  if (state.daemons == nullptr) {
    throw Refusal("nobody would look after it: the program takes the place of init");
  }
  if (exists(k, ready)) {
    throw Refusal(ready.str() + " exists already: it would not tell when the daemon is ready");
  }
  const pid_t pid = state.daemons->start(command);
  const auto deadline = k.now() + timeout;
  milliseconds pause = kFirstPause;
  while (!exists(k, ready)) {
    // With 0 it may have put itself into the background, as daemons do.
    const std::optional<int> end = state.daemons->end_of(pid);
    if (end && *end != 0) {
      throw Refusal(how_it_ended(*end) + " before " + ready.str() + " existed");
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - k.now());
    if (left <= milliseconds(0)) {
      throw Refusal(ready.str() + " did not exist after " + in_words(timeout) +
                        (end ? ", and " + how_it_ended(*end) : ""),
                    "give it longer, or name what it makes when it is ready");
    }
    state.daemons->wait(std::min(pause, left));
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace kekkai::ops

REGISTER_OP(kekkai::ops::Daemon, "daemon")
