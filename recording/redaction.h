// What of a user's data is not written down unless it is asked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kekkai {

/// Replaces the values of "NAME=value" by as many asterisks, but for PATH: by it programs are
/// found.
void redact(std::vector<std::string>& env);

/// Whether a file of this label holds nothing of the user's, and is looked into by init: few of
/// /proc, and what init and launcher tell each other beside their streams.
bool is_of_the_system(std::string_view label);

/// The first line of a script, with its newline: "#!/bin/sh\n". Messages name what stands there.
/// Empty for everything else.
std::string_view interpreter_line(std::string_view text);

}  // namespace kekkai
