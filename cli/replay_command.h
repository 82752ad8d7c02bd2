// `kekkai replay`: a recorded start once more, without privileges, and a test made of it.
#pragma once

#include "answer.h"
#include "caller.h"

#include <kekkai/syscall/dispatcher.h>

#include <functional>
#include <string>
#include <vector>

namespace kekkai::cli {

/// It came to another end than was recorded, or by other calls.
inline constexpr int kExitDiverged = 1;

/// What `kekkai replay` does for these arguments: `help` where it is asked for, else empty.
struct ReplayRequest {
  std::string file;
  std::string test_file;  ///< Where a test is to be written; or empty.
  bool json = false;
  bool help = false;
};

/// Throws UsageError. Paths are those of the caller's directory.
ReplayRequest parse_replay(const std::vector<std::string>& arguments, const Caller& caller);

/// Throws std::invalid_argument for a file that cannot be read or written, or is no recording.
Answer run_replay(Dispatcher& k, const ReplayRequest& request);

}  // namespace kekkai::cli
