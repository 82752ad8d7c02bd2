// `kekkai convert`: a command line of bubblewrap as options of `kekkai run`, and back.
#pragma once

#include "bwrap_options.h"
#include "command_line.h"

#include <string>
#include <vector>

namespace kekkai::cli {

/// Understands the arguments after `kekkai convert`. Throws as parse_run() does.
Parsed parse_convert(const std::vector<std::string>& arguments, const Caller& caller);

/// The words after --bwrap, as options of `kekkai run`, as far as they can say it. Reads the
/// descriptors of --args. Throws BwrapError, and std::invalid_argument for a value.
RunOptions run_options_of(Dispatcher& k, const std::vector<std::string>& words,
                          const Caller& caller);

}  // namespace kekkai::cli
