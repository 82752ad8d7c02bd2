#pragma once

#include <span>
#include <string_view>

namespace kekkai::cli {

/// The one of `known` that was most likely meant by `word`; empty where none is like it.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);
/// The same among the names of system calls.
std::string_view nearest_call(std::string_view word);

}  // namespace kekkai::cli
