// `kekkai seccomp`: shows, explains and compares filters of system calls, and writes them down.
#pragma once

#include "answer.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// What may come after `kekkai seccomp`.
struct SeccompVerb {
  std::string_view name;
  std::string_view operands;  ///< "A B"
  std::string_view help;
};
std::span<const SeccompVerb> seccomp_verbs();
/// The formats of `kekkai seccomp export`.
std::span<const std::string_view> export_formats();

/// Does what the arguments after `kekkai seccomp` say. Throws UsageError, and std::invalid_argument
/// for a file that cannot be read.
Answer run_seccomp(const std::vector<std::string>& arguments);

}  // namespace kekkai::cli
