// Messages about a program that runs, which must not keep anybody from looking after it.
#pragma once

#include <kekkai/syscall/dispatcher.h>

#include <chrono>
#include <memory>
#include <string>

namespace kekkai::cli {

/// Writes lines from a thread of its own: whoever reads them may be slow, or be a terminal that the
/// program itself has stopped.
class LineWriter {
 public:
  /// So many lines wait at most; what comes then is left out.
  static constexpr size_t kMostWaiting = 1000;

  explicit LineWriter(Dispatcher& k);
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  ~LineWriter();

  void add(int fd, std::string line);
  /// Waits until everything was written, `patience` at most. How many lines were left out.
  size_t finish(std::chrono::milliseconds patience);

 private:
  struct Shared;
  static void write_lines(Shared& shared);

  std::shared_ptr<Shared> shared_;
};

}  // namespace kekkai::cli
