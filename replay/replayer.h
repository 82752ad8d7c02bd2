// A Dispatcher that answers as another one has answered.
#pragma once

#include <kekkai/recording/operands.h>
#include <kekkai/replay/replay.h>
#include <kekkai/replay/results.h>
#include <kekkai/syscall/calls_through.h>

#include <functional>

namespace kekkai {

/// The two streams between launcher and init: what is in them was not written down, and is made
/// again by who writes it.
struct ReplayedStreams {
  std::string setup;
  size_t setup_read = 0;
  std::string status;
  size_t status_read = 0;
};

/// Thrown by a call that does not return any more; no std::exception, so that nobody catches it.
struct ReplayStopped {};

class Replayer final : public CallsThrough<Replayer> {
 public:
  using Process = RecordedCall::Process;
  /// Answers for the first thread of a process.
  Replayer(const Recording& recording, Process process, ReplayedStreams& streams);

  /// Called when the launcher begins to listen to init.
  std::function<void()> run_init;
  /// Called when the launcher was asked from outside to give up, with what it sent then.
  std::function<void(Command command)> on_command;

  /// Every further call fails.
  void stop() { is_stopped_ = true; }
  /// The first call that was not the recorded one.
  const std::optional<Divergence>& divergence() const { return divergence_; }
  /// Why an answer is none for its call, with its line; empty where all are.
  const std::string& refusal() const { return refusal_; }
  /// The call that came when there was no recorded one any more.
  const std::string& call_beyond() const { return call_beyond_; }
  /// The next recorded call; nullptr when there is none.
  const RecordedLine* next() const { return at_ < lines_.size() ? lines_[at_] : nullptr; }
  /// Whether a call of this name is among the recorded ones that are left.
  bool has_left(std::string_view name) const;

  void close(int /*fd*/) noexcept override {}

  template <class Result, class Make, class... Operands>
  Result handle(CallName name, Make /*make*/, std::tuple<Operands&...> operands) {
    if constexpr (std::is_same_v<Result, std::chrono::steady_clock::time_point>) {
      if (process_ == Process::kLauncher) return {};  // its recorder's, not its own
    }
    if constexpr (std::is_same_v<Result, size_t>) {
      const auto* buffer = find_operand<std::span<std::byte>>(operands);
      const Fd* file = find_operand<Fd>(operands);
      if (buffer != nullptr && file != nullptr && is_status(*file)) {
        if (const auto got = read_status(*buffer)) return *got;
      }
    }
    const RecordedLine& line = expect(name.name, operands_text(name.operands, operands, contents_));
    if (line.call.error != 0) throw SyscallError(line.call.error, line.call.failed_call);
    if (name.name == "exit") throw ReplayStopped();
    try {
      return answer<Result>(Json::parse(line.call.result), operands);
    } catch (const std::invalid_argument& e) {
      refuse(line, e.what());
    }
  }

 private:
  template <class Result, class... Operands>
  Result answer(const Json& json, const std::tuple<Operands&...>& operands) {
    const ResultReader reader(*this);
    if constexpr (std::is_void_v<Result>) {
      if (auto* fds = find_operand<std::span<PollFd>>(operands)) reader.get_all(json, *fds);
    } else {
      const auto* buffer = find_operand<std::span<std::byte>>(operands);
      const Fd* file = find_operand<Fd>(operands);
      Result result{};
      if constexpr (std::is_same_v<Result, size_t>) {
        if (buffer != nullptr) {
          result = read_contents(json, *buffer);
          if (file != nullptr) refill(*file, buffer->first(result));
          return result;
        }
      }
      if constexpr (std::is_same_v<Result, std::optional<Reaped>>) {
        if (auto* usage = find_operand<rusage*>(operands)) {
          if (*usage != nullptr) reader.get(member(json, "usage"), **usage);
          reader.get(member(json, "reaped"), result);
          return result;
        }
      }
      reader.get(json, result);
      if constexpr (std::is_same_v<Result, size_t>) {
        const auto* data = find_operand<std::span<const std::byte>>(operands);
        if (data != nullptr && file != nullptr) keep(*file, *data, result);
      }
      return result;
    }
  }

  bool is_status(Fd file) const {
    return process_ == Process::kLauncher && file.label == "status stream";
  }
  const RecordedLine& expect(std::string_view name, const std::string& operands);
  [[noreturn]] void refuse(const RecordedLine& line, const std::string& why);
  [[noreturn]] void diverge(Divergence divergence);
  std::optional<size_t> read_status(std::span<std::byte> buffer);
  void refill(Fd file, std::span<std::byte> buffer);
  void keep(Fd file, std::span<const std::byte> data, size_t written);

  const Process process_;
  const RecordedContents contents_;
  ReplayedStreams& streams_;
  std::vector<const RecordedLine*> lines_;
  size_t at_ = 0;
  bool is_stopped_ = false;
  bool has_run_init_ = false;
  std::optional<Divergence> divergence_;
  std::string refusal_;
  std::string call_beyond_;
};

}  // namespace kekkai
