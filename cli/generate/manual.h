// The parts of the manual pages that are made of the options.
#pragma once

#include <string>
#include <string_view>

namespace kekkai::cli {

/// Running text as roff(7), in lines of their own: names like --net in bold, words of `value` like
/// SRC in italic, an empty line as a new paragraph.
std::string roff_text(std::string_view text, std::string_view value);

/// The options of kekkai(1).
std::string manual_options();
/// The options of kekkai-bwrap(1).
std::string manual_bwrap();
/// The presets of kekkai-seccomp(1), and the options that go with them.
std::string manual_presets();
/// The rules of the lint.
std::string manual_rules();
/// The fields of kekkai.json(5).
std::string manual_fields();

}  // namespace kekkai::cli
