// `kekkai run --config FILE`: the options of the command line, as JSON.
#pragma once

#include "run_options.h"

#include <string>

namespace kekkai::cli {

/// Reads an object whose keys are the options' names, and "command":
///
///     {"rw": ["/srv/data:/data"], "net": true, "env": {"LANG": "C"}, "command": ["make"]}
///
/// A value is a text or number, true for a switch, or a list of texts for an option that is given
/// several times; "env" may be an object; "files" is a list of objects that each hold one option
/// about files, in their order. Options apply in the order of the file. "$schema" is for editors
/// and means nothing. `name` is the file's name for messages. Throws UsageError: "NAME:LINE:COLUMN:
/// …".
void read_config(const std::string& json, const std::string& name, RunOptions& run,
                 const Caller& caller);

}  // namespace kekkai::cli
