// `kekkai run`: what the options say, and the container that they mean.
#pragma once

#include "seccomp_options.h"

#include <kekkai/launcher/container.h>

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// What of the caller's surroundings goes into a container.
struct Caller {
  std::string directory;                   ///< Working directory; empty where it is gone.
  std::map<std::string, std::string> env;  ///< The whole environment.
  std::vector<std::string> covered;        ///< Those of covered_directories() that exist.
  /// Files that programs need for a network, and whose real place is covered: /run/…/resolv.conf.
  std::vector<std::string> network_files;
  bool has_terminal = false;       ///< One of descriptors 0 to 2 is a terminal.
  bool can_keep_terminal = false;  ///< There is one to keep, see can_keep_terminal().
  bool home_exists = false;        ///< The directory that HOME names.
  char** argv = nullptr;           ///< What main() got, see InitProgram::copy.
};

/// An option as it was given, on the command line or in a file.
struct GivenOption {
  std::string_view name;
  std::string value;
  std::string written = {};  ///< Where it was said in other words: "--ro-bind /srv /srv".

  /// As it was written: "--ro /srv".
  std::string text() const;
};

/// What of a start is written down, and where.
struct RecordOptions {
  std::string file;  ///< Empty: nothing.
  RecordedContents contents = RecordedContents::kRedacted;
  bool as_trace = false;  ///< A timeline, in place of what can be replayed.
};

/// What a container has of its own, and what it shares.
struct Isolation {
  Namespace shared = Namespace::kNone;  ///< With the caller, beside the network.
  std::optional<int> user_namespace, pid_namespace, inner_user_namespace;  ///< Descriptors.
  bool nests_pids = false;  ///< A new pid namespace, below the one that is joined.
  std::optional<int> id_map_gate;
  bool forbids_user_namespaces = false, asserts_no_user_namespaces = false;
  bool may_change_host = false;
};

/// Whom a container outlives.
struct Lifetime {
  bool outlives_kekkai = false;
  bool dies_with_parent = false;
  bool program_is_init = false;
};

struct RunOptions {
  Ops files;                         ///< In the order of the command line.
  std::vector<GivenOption> given;    ///< All of them, in order.
  std::vector<size_t> file_origins;  ///< For each of `files` which of `given` it comes from.
  bool clear_env = false;
  bool env_all = false;                ///< All of the caller's.
  std::vector<std::string> env_unset;  ///< Names that are not passed on.
  std::vector<std::string> env;        ///< "NAME=VALUE", or "NAME" for the caller's.
  bool env_pwd = false;
  std::optional<std::string> argv0;
  std::optional<ContainerPath> cwd;
  std::string hostname;
  std::optional<uint32_t> uid;
  std::optional<uint32_t> gid;
  uint64_t keep_capabilities = 0;
  SeccompOptions seccomp;
  std::optional<uint32_t> umask;
  std::vector<ResourceLimit> limits;
  std::vector<FdPlacement> extra_fds;
  std::optional<std::chrono::milliseconds> timeout;
  std::optional<std::chrono::milliseconds> kill_after;
  std::string pid_file;
  RecordOptions record;
  std::optional<int> status_fd;
  bool share_network = false;
  Isolation isolation;
  Lifetime lifetime;
  bool bare = false;              ///< Nothing is there but what options put there.
  std::optional<ops::Root> root;  ///< In place of the host's "/".
  ops::Proc proc;                 ///< The default one.
  ops::Dev dev;                   ///< Likewise.
  Terminal terminal = Terminal::kNone;
  bool verbose = false;
  bool json_errors = false;
  std::vector<ops::Daemon> daemons;  ///< In the order of the command line.
  std::optional<std::chrono::milliseconds> daemon_timeout;
  std::vector<std::string> command;
};

/// One option of `kekkai run`: all that parsers, help, completions and manual need to know of it.
struct Option {
  std::string_view group;  ///< Heading in the help: "Files".
  std::string_view name;   ///< Without the dashes: "ro".
  std::string_view value;  ///< "SRC[:DEST[:FLAGS]]"; empty for a switch.
  std::string_view help;
  /// Takes the value in. Throws std::invalid_argument with a sentence about it.
  void (*apply)(RunOptions& run, const Caller& caller, const std::string& value);
};

/// All options, in the order of the help.
std::span<const Option> run_options();
/// The option of that name, or nullptr.
const Option* find_option(std::string_view name);
/// Lets the option apply its value; what it throws gets the option's name in front.
void apply_option(const Option& option, RunOptions& run, const Caller& caller,
                  const std::string& value);

}  // namespace kekkai::cli
