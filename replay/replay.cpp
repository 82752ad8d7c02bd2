#include <kekkai/init/frame.h>
#include <kekkai/init/init.h>
#include <kekkai/replay/replayer.h>

namespace kekkai {
namespace {

// Where the launcher puts init's streams.
constexpr const char* kSetup = "3";

class Replay {
 public:
  explicit Replay(const Recording& recording)
      : recording_(recording),
        launcher_(recording, RecordedCall::Process::kLauncher, streams_),
        init_(recording, RecordedCall::Process::kInit, streams_) {}

  ReplayOutcome run() {
    launcher_.run_init = [this] { run_recorded_init(); };
    ReplayOutcome outcome;
    try {
      outcome.end = start();
    } catch (const ReplayStopped&) {
      // The divergence says where.
    } catch (const StartError& e) {
      outcome.end = e.failure;
    } catch (const InitLost&) {
      outcome.end = NoEnd{};
    }
    for (const Replayer* process : {&init_, &launcher_}) {
      if (!process->refusal().empty()) throw RecordingError(process->refusal());
    }
    outcome.divergence = find_divergence(outcome.end);
    return outcome;
  }

 private:
  RecordedEnd start() {
    ContainerSettings settings = recording_.settings;
    settings.on_call = [](const RecordedCall& /*call*/) {};  // init is asked for its calls again
    Container container(launcher_, settings);
    launcher_.on_command = [&](Command command) {
      if (command == Command::kAbort) container.abort_start();
      if (command == Command::kCancel) container.cancel();
    };
    container.start();
    launcher_.stop();  // what it was asked to do from here on came from outside
    return end_that_init_told();
  }

  void run_recorded_init() {
    try {
      run_init(init_, kSetup);
      has_init_returned_ = true;
    } catch (const ReplayStopped&) {
      // It ended there: by exit(), or from outside.
    }
  }

  RecordedEnd end_that_init_told() const {
    if (launcher_.has_left("read")) return NoEnd{};  // only one that failed is recorded
    FrameReader frames;
    frames.feed(streams_.status);
    RecordedEnd end;
    while (const auto payload = frames.next()) {
      const StatusMessage message = decode_status_message(*payload);
      if (const auto* status = std::get_if<ExitStatus>(&message)) end = *status;
    }
    return end;
  }

  std::optional<Divergence> find_divergence(const RecordedEnd& end) const {
    if (init_.divergence()) return init_.divergence();
    if (launcher_.divergence()) return launcher_.divergence();
    if (end == recording_.end && recording_.is_complete) return std::nullopt;
    for (const Replayer* process : {&init_, &launcher_}) {
      if (!process->call_beyond().empty()) return Divergence{.made = process->call_beyond()};
    }
    if (has_init_returned_ && init_.next() != nullptr) {
      const RecordedLine& line = *init_.next();
      return Divergence{.line = line.number, .recorded = line.call.name + " " + line.call.operands};
    }
    return std::nullopt;
  }

  const Recording& recording_;
  ReplayedStreams streams_;
  Replayer launcher_;
  Replayer init_;
  bool has_init_returned_ = false;
};

}  // namespace

ReplayOutcome replay(const Recording& recording) { return Replay(recording).run(); }

}  // namespace kekkai
