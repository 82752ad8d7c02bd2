// Text that comes from others is not always UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace kekkai {

/// How many bytes the well-formed character at the front of `text` has; 0 where there is none, and
/// for an empty text. RFC 3629: nothing longer than it has to be, no surrogates, nothing above
/// U+10FFFF.
size_t character_size(std::string_view text);

}  // namespace kekkai
