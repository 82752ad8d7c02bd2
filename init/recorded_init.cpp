#include <kekkai/init/frame.h>
#include <kekkai/init/init.h>
#include <kekkai/init/recorded_init.h>
#include <kekkai/init/status.h>
#include <kekkai/init/streams.h>
#include <kekkai/recording/recorder.h>

#include <stdlib.h>

#include <mutex>
#include <string_view>

namespace kekkai {
namespace {

// Init's two threads share the status stream with what is told of their calls: each message has to
// be there as a whole before the next one.
class StatusRecorder final : public Recorder {
 public:
  StatusRecorder(Dispatcher& k, Dispatcher& teller, int status, RecordedContents contents)
      : Recorder(k, contents, [this](const RecordedCall& call) { tell(call); }),
        teller_(teller),
        status_(status) {}

  size_t write(Fd file, std::span<const std::byte> data) override {
    if (file.number != status_) return Recorder::write(file, data);
    const std::lock_guard lock(mutex_);
    try {
      is_within_message_ = true;
      const size_t written = Recorder::write(file, data);
      is_within_message_ = written < data.size();
      flush();
      return written;
    } catch (const SyscallError&) {
      is_within_message_ = false;
      flush();
      throw;
    }
  }

 private:
  void tell(const RecordedCall& call) {
    const std::lock_guard lock(mutex_);
    pending_ += make_frame(encode(StatusMessage(call)));
    flush();
  }

  void flush() {
    if (is_within_message_ || is_deaf_) return;
    try {
      write_all(teller_, Fd(status_, "status stream"), std::exchange(pending_, {}));
    } catch (const SyscallError&) {
      is_deaf_ = true;  // init's own next message meets the same, and knows what to do
    }
  }

  Dispatcher& teller_;
  const int status_;
  std::recursive_mutex mutex_;  // a message is itself a call that is told of
  std::string pending_;
  bool is_within_message_ = false;
  bool is_deaf_ = false;
};

}  // namespace

int run_recorded_init(Dispatcher& k, Dispatcher& teller, const char* setup_variable,
                      const char* record_variable) {
  int status = -1;
  try {
    status = status_descriptor(setup_variable);
  } catch (const StreamError&) {
    return run_init(k, setup_variable);  // it says what is wrong
  }
  const bool keeps = std::string_view(record_variable) == contents_name(RecordedContents::kKept);
  StatusRecorder recorder(k, teller, status,
                          keeps ? RecordedContents::kKept : RecordedContents::kRedacted);
  return run_init(recorder, setup_variable);
}

int run_init_as_asked(Dispatcher& k) {
  const char* setup = ::getenv(kSetupVariable);    // NOLINT: no other thread yet
  const char* record = ::getenv(kRecordVariable);  // NOLINT: likewise
  return record == nullptr ? run_init(k, setup) : run_recorded_init(k, k, setup, record);
}

}  // namespace kekkai
