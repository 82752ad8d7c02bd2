// What init tells the launcher: progress, then started or failed, then how the program ended, or
// why that cannot be told.
#pragma once

#include <kekkai/init/failure.h>
#include <kekkai/recording/recorded_call.h>
#include <kekkai/syscall/dispatcher.h>

#include <string>
#include <string_view>
#include <variant>

namespace kekkai {

/// How the initial process ended.
struct ExitStatus {
  bool signalled = false;
  int32_t value = 0;  ///< Exit code, or the number of the signal.

  /// As a shell says it: the exit code, or 128 + n for signal n.
  int code() const { return signalled ? 128 + value : value; }
  bool operator==(const ExitStatus&) const = default;

  /// From a wait status (wait4(2)).
  static ExitStatus from_wait_status(int status);
};

/// A phase or op begins. Only where Params::verbose asks for it.
struct Progress {
  std::string text;
  bool operator==(const Progress&) const = default;
};
/// The program runs.
struct Started {
  int32_t pid = 0;  ///< The initial process, as the container sees it.
  bool operator==(const Started&) const = default;
};

/// The initial process has been stopped. Only where it shares the caller's terminal.
struct Stopped {
  bool operator==(const Stopped&) const = default;
};

/// One of init's calls. Only where the launcher records.
using StatusMessage = std::variant<Progress, Started, Failure, ExitStatus, Stopped, RecordedCall>;

std::string encode(const StatusMessage& message);
/// Throws StreamError for whatever encode() did not make.
StatusMessage decode_status_message(std::string_view payload);

/// Sends a message, framed.
void send_status(Dispatcher& k, Fd stream, const StatusMessage& message);

}  // namespace kekkai
