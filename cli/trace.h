#pragma once

#include <kekkai/replay/recording_file.h>

#include <string>

namespace kekkai::cli {

/// A recording as a timeline, in the trace event format that Perfetto and chrome://tracing read:
/// launcher and init as processes, and their steps and calls as slices. In microseconds.
std::string trace_text(const Recording& recording);

}  // namespace kekkai::cli
