#pragma once

#include <string>

namespace kekkai::cli {

/// The JSON schema (draft 2020-12) of what read_config() takes. It is a little stricter: paths and
/// permissions have to be texts, though the reader would take a number for one.
std::string config_schema();

}  // namespace kekkai::cli
