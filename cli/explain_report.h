// An explanation, for people and for programs.
#pragma once

#include "explanation.h"
#include "json_line.h"

#include <cstddef>
#include <string>
#include <vector>

namespace kekkai::cli {

/// Tables and a tree of at most `width` columns, where no single word is longer.
std::string explanation_text(const Explanation& explained, size_t width);
Json explanation_json(const Explanation& explained);

/// Rows whose cells are in columns; the last one goes on below itself.
std::string table(const std::vector<std::vector<std::string>>& rows, size_t width);

}  // namespace kekkai::cli
