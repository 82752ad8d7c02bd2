#pragma once

#include "option_text.h"

#include <span>

namespace kekkai::cli {

/// What the manual tells of one option.
struct OptionManual {
  std::string_view name;
  ValueKind kind = ValueKind::kNone;
  std::string_view text;
  bool repeats = false;
};

/// Those of options about files.
std::span<const OptionManual> file_option_manuals();
/// All others.
std::span<const OptionManual> option_manuals();
/// That of the option, or nullptr.
const OptionManual* find_manual(std::string_view name);

}  // namespace kekkai::cli
