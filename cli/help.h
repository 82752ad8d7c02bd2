// The texts that answer --help, for a terminal of 80 columns.
#pragma once

#include <string>
#include <string_view>

namespace kekkai::cli {

/// `kekkai --help`: where to begin, on one screen of 24 lines.
std::string main_help();
/// `kekkai seccomp --help`.
std::string seccomp_help();
/// `kekkai doctor --help`.
std::string doctor_help();
/// `kekkai explain --help`.
std::string explain_help();
/// `kekkai convert --help`.
std::string convert_help();
/// `kekkai replay --help`.
std::string replay_help();
/// `kekkai run --help`: every option, what is without them, and the exit statuses.
std::string run_help();

}  // namespace kekkai::cli
