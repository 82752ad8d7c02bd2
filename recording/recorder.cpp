#include <kekkai/recording/recorder.h>

namespace kekkai {
namespace {

thread_local uint32_t this_thread = 0;

// A double may run a thread within the one that started it, and end it by an exception.
class ThreadMark {
 public:
  explicit ThreadMark(uint32_t number) : before_(std::exchange(this_thread, number)) {}
  ThreadMark(const ThreadMark&) = delete;
  ThreadMark& operator=(const ThreadMark&) = delete;
  ~ThreadMark() { this_thread = before_; }

 private:
  const uint32_t before_;
};

}  // namespace

uint32_t Recorder::current_thread() { return this_thread; }

int64_t Recorder::now_ns() {
  return std::chrono::nanoseconds(inner_.now().time_since_epoch()).count();
}

void Recorder::tell(RecordedCall& call, std::string result) {
  call.result = std::move(result);
  call.duration_ns = now_ns() - call.begin_ns;
  sink_(call);
}

void Recorder::mark_thread(std::function<void()>& run) {
  run = [number = threads_++, inner = std::move(run)] {
    const ThreadMark mark(number);
    inner();
  };
}

}  // namespace kekkai
