// A Dispatcher in front of another one: it sees each call before it is made, and may make it fail
// instead. What a test does with that is its own: count, record, wait, break.
//
//     class Printer final : public Interposer {
//      public:
//       using Interposer::Interposer;
//
//      private:
//       void before(const Call& call) override { std::cerr << call.text << "\n"; }
//     };
//     Kernel kernel;
//     Printer k(kernel);
//     Container container(k, settings);  // the launcher prints its calls
//
// They can be stacked. For faults there is FaultInjector.
#pragma once

#include <kekkai/syscall/dispatcher.h>

#include <string>

namespace kekkai::testing {

class Interposer : public Dispatcher {
 public:
  /// `inner` has to live longer. The descriptors that it makes are closed there.
  explicit Interposer(Dispatcher& inner) : inner_(inner) {}

  /// Without the hook: of most descriptors the inner dispatcher is the owner, and none of their
  /// ends would be seen here.
  void close(int fd) noexcept override { inner_.close(fd); }
#include <kekkai/syscall/declare_calls.inc>

 protected:
  struct Call {
    /// As a SyscallError of Kernel has it: "move_mount /usr -> /data".
    std::string text;
    /// False where Dispatcher has no way to say that it failed: getpid, umask, exit and the like.
    bool can_fail = true;
  };
  /// Called in the thread that makes the call. May throw SyscallError(error, call.text) where the
  /// call can fail, and then it is not made.
  virtual void before(const Call& call) = 0;

 private:
  // All calls go through these two: `run` makes the call.
  template <class Run>
  auto pass_on(std::string text, Run run) {
    before({.text = std::move(text)});
    return run();
  }
  template <class Run>
  auto pass_on_unfailing(std::string text, Run run) {
    before({.text = std::move(text), .can_fail = false});
    return run();
  }

  static std::string label_of(Fd file) { return std::string(file.label); }

  Dispatcher& inner_;
};

}  // namespace kekkai::testing
