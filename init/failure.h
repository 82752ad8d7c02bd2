// Why a container did not start, or could not be looked after.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

namespace kekkai {

/// How far a start had come.
enum class Phase : uint8_t {
  kLaunch,            ///< Making the process that becomes init.
  kReceive,           ///< Reading the setup stream.
  kNetwork,           ///< Bringing up the loopback interface.
  kTerminal,          ///< Opening the terminal that is kept.
  kIdentity,          ///< Mapping user and group ids; hostname.
  kPropagation,       ///< Separating the mount tree from the host's.
  kEarly,             ///< Ops, in the host's root.
  kIntermediateRoot,  ///< The throw-away root and the first pivot.
  kApply,             ///< Ops, in the intermediate root.
  kContainerRoot,     ///< Detaching the host and the second pivot.
  kAttest,            ///< Comparing what is with what must be.
  kPrivileges,        ///< Giving up capabilities.
  kReaper,            ///< Starting the thread that waits for children.
  kLate,              ///< Ops, in the container's root.
  kExecute,           ///< Starting the initial process.
  kSupervise,         ///< Waiting for processes, from the first one on: no longer part of a start.
  kLast = kSupervise,
};

/// The verb of a phase: "apply".
std::string phase_name(Phase phase);

/// Setup failed.
inline constexpr int kExitSetupFailed = 125;
/// The program could not be executed.
inline constexpr int kExitNotExecutable = 126;
/// The program was not found.
inline constexpr int kExitNotFound = 127;

/// All that is known of a failed start.
struct Failure {
  Phase phase = Phase::kLaunch;
  int32_t op_index = -1;  ///< Which op, from 0; -1 where none was at work.
  std::string op;         ///< What the op does: "bind /srv/data on /data".
  std::string call;       ///< The call with its operands: "open_tree /srv/data"; or empty.
  int32_t error = 0;      ///< Its errno.
  std::string reason;     ///< Where no call failed: a sentence.
  std::string hint;       ///< What to do about it; may be empty.
  int32_t exit_code = kExitSetupFailed;

  /// One line: "cannot apply op 3 (bind /srv/data on /data): open_tree /srv/data: Permission
  /// denied". Without the hint.
  std::string message() const;
  bool operator==(const Failure&) const = default;
};

/// Thrown where a start ends; what() is the failure's message.
class SetupFailure : public std::runtime_error {
 public:
  explicit SetupFailure(Failure f) : std::runtime_error(f.message()), failure(std::move(f)) {}
  Failure failure;
};

/// Runs a part of the set-up. Whatever it throws becomes a SetupFailure of that phase; this is the
/// one place where calls get the context of what they were made for.
void in_phase(Phase phase, const std::function<void()>& run);

/// What to do about a call that failed in this phase; empty where nothing but the errno can be
/// said.
std::string hint_for(const std::string& call, int error, Phase phase = Phase::kLaunch);

}  // namespace kekkai
