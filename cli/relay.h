// Bytes between the caller and a terminal of the program's own.
#pragma once

#include <kekkai/syscall/dispatcher.h>

#include <atomic>
#include <memory>

namespace kekkai::cli {

/// Copies stdin to the terminal and the terminal to stdout, each as fast as its reader takes it,
/// from threads of their own: whatever blocks there, signals are still heard.
class Relay {
 public:
  Relay(Dispatcher& k, UniqueFd master);

  /// Readable when the output has come to its end: nobody has the terminal open any more and
  /// everything was written to stdout, or stdout takes no more.
  int end_descriptor() const { return end_.number(); }
  bool stdout_takes_no_more() const { return shared_->stdout_failed; }
  void set_size(const winsize& size);

 private:
  struct Shared {
    Shared(Dispatcher& dispatcher, UniqueFd m, UniqueFd e)
        : k(dispatcher), master(std::move(m)), end(std::move(e)) {}
    Dispatcher& k;
    UniqueFd master;
    UniqueFd end;
    std::atomic<bool> stdout_failed = false;
  };
  static void copy_input(Shared& shared);
  static void copy_output(Shared& shared);

  std::shared_ptr<Shared> shared_;
  UniqueFd end_;
};

}  // namespace kekkai::cli
