#include "promises.h"
#include "targets.h"

#include <kekkai/replay/recording_text.h>
#include <kekkai/replay/replay.h>

#include <algorithm>

namespace kekkai {
namespace {

std::string end_line(const Recording& recording) {
  const RecordedEnd& end = recording.end;
  if (const auto* failure = std::get_if<Failure>(&end)) {
    return recorded_end(*failure, recording.cause);
  }
  if (const auto* status = std::get_if<ExitStatus>(&end)) return recorded_end(*status);
  return recorded_loss();
}

std::string text_of(const Recording& recording) {
  std::string text = recording_header(recording.settings, {recording.kernel, recording.machine});
  for (const RecordedLine& line : recording.calls) text += recorded_line(line.call, 0);
  if (recording.is_complete) text += end_line(recording);
  return text;
}

void require_same(const Recording& a, const Recording& b) {
  require(std::ranges::equal(a.calls, b.calls, {}, &RecordedLine::call, &RecordedLine::call));
  require(a.is_complete == b.is_complete && a.end == b.end);
  require(a.kernel == b.kernel && a.machine == b.machine);
}

}  // namespace

void fuzz_recording(std::string_view bytes) {
  try {
    const Recording recording = parse_recording(bytes);
    require_same(parse_recording(text_of(recording)), recording);
    const ReplayOutcome outcome = replay(recording);
    if (outcome.divergence) require_harmless(outcome.divergence->made);
    if (const auto* failure = std::get_if<Failure>(&outcome.end)) {
      require_harmless(failure->message());
    }
  } catch (const RecordingError& e) {
    require_harmless(e.what());
  }
}

}  // namespace kekkai
