// Rules and answers as JSON, in the words of a file of rules where it has some.
#pragma once

#include "json_line.h"
#include "seccomp_answers.h"

namespace kekkai::cli {

/// {"answer", "args", "where"}; the last one in words, null where there are none.
Json to_json(const CallAnswer& answer, const Case& one);
/// {"default", "unclassified", "foreign", "multiarch"}
Json defaults_to_json(const seccomp::Policy& policy);

}  // namespace kekkai::cli
