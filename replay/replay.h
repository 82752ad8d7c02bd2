// A recorded start once more: launcher and init run as they are, and whatever they ask of the
// kernel is answered as it was answered then. Nothing of this system is read or changed.
#pragma once

#include <kekkai/replay/recording_file.h>

#include <optional>
#include <string>

namespace kekkai {

/// Where a call was made that is not the recorded one.
struct Divergence {
  size_t line = 0;       ///< Of the recorded call; 0 where none is left.
  std::string recorded;  ///< "openat2 {…}"; empty where none is left.
  std::string made;      ///< Likewise; empty where none is made any more.
  bool operator==(const Divergence&) const = default;
};

struct ReplayOutcome {
  std::optional<Divergence> divergence;  ///< The first one; what came after it says little.
  RecordedEnd end;
};

/// Replays launcher and init; init's second thread is left out, for what it tells is in the answers
/// that the first one gets. Throws RecordingError where an answer is none for its call.
ReplayOutcome replay(const Recording& recording);

}  // namespace kekkai
