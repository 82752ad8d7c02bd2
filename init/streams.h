// The descriptors that the launcher hands to init, and what comes over them first.
#pragma once

#include <kekkai/init/params.h>
#include <kekkai/syscall/dispatcher.h>

namespace kekkai {

/// Names the first of init's descriptors; the others follow it, in the order of `Streams` up to
/// `launcher`, and the extra files after them, and then descriptors_for_init().
inline constexpr const char* kSetupVariable = "KEKKAI_SETUP";

struct Streams {
  UniqueFd setup;      ///< Set-up request, to be read.
  UniqueFd status;     ///< Status messages, to be written.
  UniqueFd lifeline;   ///< A socket: hangs up when the launcher lets go, carries its commands.
  UniqueFd launcher;   ///< The launcher's pidfd.
  UniqueFd companion;  ///< Params::companion, or none.
  int first_extra_file = -1;
};
inline constexpr int kStreams = 4;

/// Finds the streams from the value of KEKKAI_SETUP. Throws StreamError: not set, not a number, or
/// descriptors that are not open.
Streams adopt_streams(Dispatcher& k, const char* setup_variable);

/// The number of the status stream, from the value of KEKKAI_SETUP. Throws StreamError.
int status_descriptor(const char* setup_variable);

/// Reads the one request of a setup stream. Throws StreamError for a payload that is not one.
SetupRequest receive_setup(Dispatcher& k, Fd setup);

/// What a launcher sends over the lifeline.
enum class Command : uint8_t {
  kCancel = 1,  ///< End the container: ask first, kill after the delay.
  kPause = 2,   ///< Stop every process but init (SIGSTOP).
  kResume = 3,  ///< Continue them (SIGCONT).
  kAbort = 4,   ///< End unless the program runs already.
};

/// From here on this process ends at once when the launcher goes or cancels, wherever it is: there
/// is no step that could block for longer than the launcher lives.
void arm_lifeline(Dispatcher& k, const Streams& streams);
/// The lifeline is polled instead from here on.
void disarm_lifeline(Dispatcher& k, const Streams& streams);
/// Whether launcher and companion are still there, and nobody has cancelled.
bool is_wanted(Dispatcher& k, const Streams& streams);

}  // namespace kekkai
