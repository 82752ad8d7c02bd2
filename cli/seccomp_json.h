// Rules and answers as JSON, in the words of a file of rules where it has some.
#pragma once

#include "seccomp_answers.h"

#include <nlohmann/json.hpp>

namespace kekkai::cli {

using Json = nlohmann::ordered_json;

/// {"answer", "args", "where"}; the last one in words, null where there are none.
Json to_json(const CallAnswer& answer, const Case& one);
/// {"default", "unclassified", "foreign", "multiarch"}
Json defaults_to_json(const seccomp::Policy& policy);

/// One line, all of it ASCII: what a terminal takes for a command is escaped.
std::string to_line(const Json& json);

}  // namespace kekkai::cli
