// `kekkai run`: what the command line says, and the container that it means.
#pragma once

#include <kekkai/launcher/container.h>

#include <map>
#include <string>
#include <vector>

namespace kekkai::cli {

/// One of --ro, --rw, --tmpfs with its value, in the order of the command line.
struct FileOption {
  enum class Kind : uint8_t { kReadOnly, kWritable, kTmpfs } kind;
  std::string value;
};

struct RunOptions {
  std::vector<FileOption> files;
  std::vector<std::string> env;  ///< "NAME=value".
  bool share_network = false;
  bool seccomp_strict = true;
  bool verbose = false;
  std::vector<std::string> command;
};

/// What of the caller's surroundings goes into a container.
struct Caller {
  std::string directory;                   ///< Working directory; empty where it is gone.
  std::map<std::string, std::string> env;  ///< The whole environment.
  std::vector<std::string> covered;        ///< Those of covered_directories() that exist.
};

/// The directories that a default container shows empty: whoever lives in them is the caller's.
const std::vector<std::string>& covered_directories();

/// The environment of a default container: a few variables of the caller's, then `--env`.
std::vector<std::string> make_environment(const Caller& caller,
                                          const std::vector<std::string>& settings);

/// The whole container. Throws std::invalid_argument with a sentence about the option at fault.
Params make_params(const RunOptions& options, const Caller& caller);

}  // namespace kekkai::cli
