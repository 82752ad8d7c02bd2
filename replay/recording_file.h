// A recording as it is read. It is a file that strangers send: whatever is in it is an answer of a
// double, and nothing of it is opened, executed or written to.
#pragma once

#include <kekkai/launcher/container.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kekkai {

/// The text is no recording; what() is a sentence with the number of the line.
class RecordingError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Nobody knows how it ended.
struct NoEnd {
  bool operator==(const NoEnd&) const = default;
};
/// How a start ended: it failed, or its program came to an end.
using RecordedEnd = std::variant<NoEnd, Failure, ExitStatus>;

struct RecordedLine {
  size_t number = 0;  ///< In the file, from 1.
  RecordedCall call;
};
/// A phase or op that began before the call with this index.
struct RecordedStep {
  size_t next_call = 0;
  std::string text;
};

struct Recording {
  std::string version;  ///< Of the Kekkai that recorded.
  std::string kernel;
  std::string machine;
  ContainerSettings settings;
  std::vector<RecordedLine> calls;
  std::vector<RecordedStep> steps;
  bool is_complete = false;  ///< There is a last line.
  RecordedEnd end;
  std::string cause;  ///< Why the start was given up from outside; empty where nobody did.
};

/// Throws RecordingError.
Recording parse_recording(std::string_view text);

}  // namespace kekkai
