// What a target says of a promise.
#pragma once

#include <string>

namespace kekkai {

/// Ends the program where a promise is broken; a fuzzer keeps the input then.
void require(bool promise);

/// That what people are shown of `text` commands no terminal.
void require_harmless(const std::string& text);

}  // namespace kekkai
