#include "line_writer.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace kekkai::cli {

struct LineWriter::Shared {
  explicit Shared(Dispatcher& dispatcher) : k(dispatcher) {}

  Dispatcher& k;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::pair<int, std::string>> lines;  // the first is being written
  size_t left_out = 0;
  bool has_thread = false;
  bool is_over = false;
};

LineWriter::LineWriter(Dispatcher& k) : shared_(std::make_shared<Shared>(k)) {}

LineWriter::~LineWriter() {
  const std::lock_guard lock(shared_->mutex);
  shared_->is_over = true;
  shared_->changed.notify_all();
}

void LineWriter::add(int fd, std::string line) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->lines.size() == kMostWaiting) {
    ++shared_->left_out;
    return;
  }
  shared_->lines.emplace_back(fd, std::move(line));
  shared_->changed.notify_all();
  if (std::exchange(shared_->has_thread, true)) return;
  shared_->k.start_thread([shared = shared_] { write_lines(*shared); });
}

size_t LineWriter::finish(std::chrono::milliseconds patience) {
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait_for(lock, patience, [&] { return shared_->lines.empty(); });
  return shared_->left_out;
}

void LineWriter::write_lines(Shared& shared) {
  std::unique_lock lock(shared.mutex);
  for (;;) {
    shared.changed.wait(lock, [&] { return shared.is_over || !shared.lines.empty(); });
    if (shared.is_over) return;
    const auto& [fd, line] = shared.lines.front();  // stays where it is: only we remove
    lock.unlock();
    try {
      write_all(shared.k, Fd(fd, "messages"), line);
    } catch (const SyscallError&) {
      // Whoever wanted to know has gone.
    }
    lock.lock();
    shared.lines.pop_front();
    shared.changed.notify_all();
  }
}

}  // namespace kekkai::cli
