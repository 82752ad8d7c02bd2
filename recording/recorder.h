// A Dispatcher in front of another one that tells of each call what came of it.
#pragma once

#include <kekkai/recording/operands.h>
#include <kekkai/recording/recorded_call.h>
#include <kekkai/syscall/calls_through.h>

#include <atomic>
#include <functional>

namespace kekkai {

class Recorder : public CallsThrough<Recorder> {
 public:
  using Sink = std::function<void(const RecordedCall&)>;

  /// `inner` has to live longer; the descriptors that it makes are closed there. `sink` is called
  /// in the thread that made the call, when it has come to its end; before it, for exit().
  Recorder(Dispatcher& inner, RecordedContents contents, Sink sink)
      : inner_(inner), contents_(contents), sink_(std::move(sink)) {}

  /// Not recorded: of most descriptors the inner dispatcher is the owner, and nothing comes of it.
  void close(int fd) noexcept override { inner_.close(fd); }

  template <class Result, class Make, class... Operands>
  Result handle(CallName name, Make make, std::tuple<Operands&...> operands) {
    RecordedCall call{.thread = current_thread(), .name = std::string(name.name)};
    call.operands = operands_text(name.operands, operands, contents_);
    std::apply([&](auto&... each) { (mark_thread(each), ...); }, operands);
    call.begin_ns = now_ns();
    if (name.name == "exit") tell(call, "null");
    try {
      if constexpr (std::is_void_v<Result>) {
        make(inner_);
        tell(call, result_text(operands, contents_));
      } else {
        Result result = make(inner_);
        tell(call, result_text(result, operands, contents_));
        return result;
      }
    } catch (const SyscallError& e) {
      call.error = e.error();
      call.failed_call = e.call();
      tell(call, {});
      throw;
    }
  }

 private:
  /// The number of the thread that this is called in.
  static uint32_t current_thread();
  int64_t now_ns();
  void tell(RecordedCall& call, std::string result);
  /// A thread that is started knows its number.
  void mark_thread(std::function<void()>& run);
  template <class Operand>
  void mark_thread(const Operand& /*operand*/) {}

  Dispatcher& inner_;
  const RecordedContents contents_;
  const Sink sink_;
  std::atomic<uint32_t> threads_{1};
};

}  // namespace kekkai
