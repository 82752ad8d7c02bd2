// `kekkai seccomp`: shows, explains and compares filters of system calls, and writes them down.
#pragma once

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

/// What is to be written to the standard output.
struct SeccompOutput {
  std::string text;
  bool is_binary = false;  ///< Not for a terminal.
};

/// Does what the arguments after `kekkai seccomp` say. Throws UsageError, and std::invalid_argument
/// for a file that cannot be read.
SeccompOutput run_seccomp(const std::vector<std::string>& arguments);

}  // namespace kekkai::cli
