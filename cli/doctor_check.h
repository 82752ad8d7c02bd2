// The parts of a check of `kekkai doctor`.
#pragma once

#include "run_options.h"

#include <kekkai/init/failure.h>
#include <kekkai/syscall/dispatcher.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kekkai::cli {

/// Who needs what a check tries: a `kekkai run` without options, some option or a later version, or
/// nobody.
enum class Need : uint8_t { kRequired, kOptional, kInformation };

enum class Outcome : uint8_t { kWorks, kFails, kNotTried };

struct Finding {
  Outcome outcome = Outcome::kWorks;
  std::string text;    ///< What was found: "6.1.0-18-amd64", "clone (user): Operation not …".
  std::string remedy;  ///< One command or sentence; only where it fails.
  std::string call;    ///< The call that failed, with its operands; empty where none did.
  int error = 0;       ///< Its errno.
};

/// What checks look at.
struct Machine {
  Dispatcher& k;
  const Caller& caller;
};

/// Something that is tried for real, and leaves nothing behind.
struct Check {
  std::string_view name;
  Need need = Need::kRequired;
  /// The name of a check above without which this one says nothing new; may be empty.
  std::string_view after;
  /// Throws SyscallError for the call that failed, Refusal or StartError where no call did.
  Finding (*examine)(const Machine& machine);
  std::string_view cost;  ///< What of Kekkai cannot be used where it fails.
};

/// The content of a file; nothing where it cannot be read.
std::optional<std::string> read_file_if_any(Dispatcher& k, const std::string& path);
/// Its first line; nothing where it cannot be read.
std::optional<std::string> first_line(Dispatcher& k, const std::string& path);

/// The path of a program in the caller's PATH; nothing where there is none.
std::optional<std::string> find_in_path(const Machine& machine, const std::string& program);

/// The remedy where nothing better is known.
inline constexpr std::string_view kLookCloser =
    "see how far a start comes: `kekkai run --verbose -- true`";

inline constexpr std::string_view kMountProc = "as root: `mount -t proc proc /proc`";

/// A finding that no call told of.
Finding fails(std::string text, std::string remedy);
/// A call that failed, with what mends it here.
Finding fails(const Machine& machine, const std::string& call, int error);
/// A start that failed.
Finding fails(const Machine& machine, const Failure& failure);

}  // namespace kekkai::cli
