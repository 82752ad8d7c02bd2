#pragma once

#include "bwrap_options.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// All that can be read from a descriptor of ours. Throws SyscallError.
using ReadDescriptor = std::function<std::string(int descriptor)>;

/// Takes in the arguments of bubblewrap. Throws BwrapError; `options` holds what stood before it,
/// level_prefix and warnings among it. Ends early at --help and --version.
void parse_bwrap(const std::vector<std::string>& arguments, const ReadDescriptor& read,
                 BwrapOptions& options);

/// What there is to know of an option of bubblewrap, for help and completions.
struct BwrapOptionText {
  std::string_view group;  ///< Heading in the help: "Files".
  std::string_view name;   ///< With its dashes: "--bind".
  std::string_view value;  ///< "SRC DEST"; empty for a switch.
  std::string_view help;
};
std::vector<BwrapOptionText> bwrap_option_texts();

}  // namespace kekkai::cli
