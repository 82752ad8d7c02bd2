#pragma once

#include <kekkai/replay/recording_file.h>

#include <string>
#include <string_view>

namespace kekkai {

/// A recording as the source of a GoogleTest that replays it, and expects the same end. It needs
/// kekkai::replay and kekkai::ops. `text` is what `recording` was read from.
std::string test_source(const Recording& recording, std::string_view text);

}  // namespace kekkai
