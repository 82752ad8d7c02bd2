#include <kekkai/init/reaper.h>

#include <array>
#include <cstring>

namespace kekkai {
namespace {

void report(Dispatcher& k, Fd events, const Reaped& reaped) {
  write_all(k, events, std::as_bytes(std::span(&reaped, 1)));
}

}  // namespace

void ChildGate::child_started(bool initial) {
  {
    const std::lock_guard lock(mutex_);
    ++now_.started;
    now_.initial = now_.initial || initial;
  }
  changed_.notify_all();
}

ChildGate::Seen ChildGate::seen() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

void ChildGate::wait_beyond(Seen before) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return now_.started > before.started; });
}

void run_reaper(Dispatcher& k, ChildGate& gate, Fd events, WaitFor what) {
  gate.wait_beyond({});
  for (;;) {
    // Looked at first: a child that starts after the ECHILD would be missed otherwise.
    const ChildGate::Seen before = gate.seen();
    if (const auto reaped = k.wait4(what)) {
      report(k, events, *reaped);
    } else if (before.initial) {
      report(k, events, {});
      return;
    } else {
      gate.wait_beyond(before);
    }
  }
}

std::vector<Reaped> read_reaped(Dispatcher& k, Fd events) {
  std::array<std::byte, sizeof(Reaped) * 256> buffer{};
  std::vector<Reaped> all(k.read(events, buffer) / sizeof(Reaped));
  if (!all.empty()) std::memcpy(all.data(), buffer.data(), all.size() * sizeof(Reaped));
  return all;
}

}  // namespace kekkai
