#include "record.h"

#include "trace.h"

#include <kekkai/replay/recording_text.h>

#include <sys/utsname.h>

namespace kekkai::cli {
namespace {

// Only the caller reads it: arguments may hold anything.
constexpr mode_t kMode = 0600;

RecordedHost look_at_host() {
  utsname host{};
  ::uname(&host);  // cannot fail: the pointer is good
  return {.kernel = host.release, .machine = host.machine};
}

}  // namespace

RecordFile::RecordFile(Dispatcher& k, const RecordOptions& options)
    : k_(k), options_(options), file_(k, "--record", options.file, kMode) {}

void RecordFile::begin(ContainerSettings& container) {
  has_begun_ = true;
  container.recorded_contents = options_.contents;
  beginning_ns_ = std::chrono::nanoseconds(k_.now().time_since_epoch()).count();
  container.on_call = [this](const RecordedCall& call) { add(recorded_line(call, beginning_ns_)); };
  const bool is_wanted = std::exchange(container.params.verbose, true);
  container.on_progress = [this, is_wanted, tell = container.on_progress](const std::string& text) {
    add(recorded_line(Progress{text}));
    if (is_wanted) tell(text);
  };
  if (!options_.as_trace) try_write([&] { file_.create(); });
  add(recording_header(container, look_at_host()));
}

void RecordFile::failed(const Failure& failure, const std::string& cause) {
  finish(recorded_end(failure, cause));
}

void RecordFile::ended(const ExitStatus& status) { finish(recorded_end(status)); }

void RecordFile::lost() { finish(recorded_loss()); }

void RecordFile::add(const std::string& line) {
  if (options_.as_trace) {
    text_ += line;
  } else {
    try_write([&] { file_.write(line); });
  }
}

void RecordFile::finish(const std::string& line) {
  if (!has_begun_) return;
  add(line);
  if (options_.as_trace) {
    try_write([&] { file_.create(trace_text(parse_recording(text_))); });
  }
}

// The program has its run, whatever becomes of the file.
template <class Run>
void RecordFile::try_write(Run run) {
  if (!problem_.empty()) return;
  try {
    run();
  } catch (const std::exception& e) {  // std::invalid_argument, RecordingError
    problem_ = e.what();
  }
}

}  // namespace kekkai::cli
