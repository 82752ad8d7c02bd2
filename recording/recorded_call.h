// One call of a Dispatcher, as it was made and answered.
#pragma once

#include <cstdint>
#include <string>

namespace kekkai {

/// A call that has come to its end. Operands and result are JSON: they are compared and written
/// down as they are, and whoever replays them knows their types.
struct RecordedCall {
  enum class Process : uint8_t { kLauncher, kInit };

  Process process = Process::kLauncher;
  uint32_t thread = 0;      ///< 0 is the one that began, the others follow as they were started.
  std::string name;         ///< As Dispatcher has it: "openat2".
  std::string operands;     ///< By name: {"dir":{"number":-100,"label":""},"path":"/usr",…}.
  std::string result;       ///< Empty where the call failed; "null" where it has none.
  int32_t error = 0;        ///< Its errno, where it failed.
  std::string failed_call;  ///< What SyscallError::call() says then: "openat2 /usr".
  int64_t begin_ns = 0;     ///< On the clock of Dispatcher::now(), in nanoseconds.
  int64_t duration_ns = 0;  ///< Nanoseconds.
  bool operator==(const RecordedCall&) const = default;
};

/// What is recorded of contents: the values of environment variables, and the bytes of files, pipes
/// and terminals.
enum class RecordedContents : uint8_t {
  kRedacted,  ///< How much there was.
  kKept,      ///< All of it.
};
/// "redacted", "kept".
inline const char* contents_name(RecordedContents contents) {
  return contents == RecordedContents::kKept ? "kept" : "redacted";
}

}  // namespace kekkai
