// A recording as it is written: JSON lines. The first one tells what was asked for and where, one
// follows for each call and each step, the last one tells how it ended.
#pragma once

#include <kekkai/launcher/container.h>

#include <string>

namespace kekkai {

/// The version of the format.
inline constexpr int kRecordingVersion = 1;

/// The host of a recording, as uname(2) tells it.
struct RecordedHost {
  std::string kernel;   ///< Release: "6.1.0-18-amd64".
  std::string machine;  ///< "x86_64".
};

/// The first line. RecordedContents are redacted as `settings.recorded_contents` says.
std::string recording_header(const ContainerSettings& settings, const RecordedHost& host);
/// `beginning_ns` is when the recording began, on the clock of the calls.
std::string recorded_line(const RecordedCall& call, int64_t beginning_ns);
/// A phase or op of init begins.
std::string recorded_line(const Progress& progress);
/// The last line. `cause` is why the start was given up from outside; empty where nobody did.
std::string recorded_end(const Failure& failure, const std::string& cause = {});
std::string recorded_end(const ExitStatus& status);
/// The last line where nothing is known of the end of a program that was started.
std::string recorded_loss();

}  // namespace kekkai
