// The options of bubblewrap, one row each.
#pragma once

#include "bwrap_options.h"
#include "bwrap_parser.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// What options that only concern the next one have set.
struct BwrapNext {
  std::optional<uint32_t> mode;              ///< --perms.
  uint64_t size = 0;                         ///< --size.
  std::vector<std::string> overlay_sources;  ///< --overlay-src.

  uint32_t take_mode(uint32_t otherwise);
};

/// The values of one option, and what it changes.
struct BwrapValues {
  std::string_view option;  ///< Its name, for messages.
  std::span<const std::string> words;
  BwrapOptions& options;
  BwrapNext& next;

  const std::string& operator[](size_t index) const { return words[index]; }
};

struct BwrapOption {
  BwrapOptionText text;
  /// Throws BwrapError.
  void (*apply)(const BwrapValues& values) = nullptr;

  /// How many words come after it.
  size_t arity() const;
};

/// All of them, in the order of the help. --args is among them, and does nothing here.
std::span<const BwrapOption> bwrap_options();

}  // namespace kekkai::cli
