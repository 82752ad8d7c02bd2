// Everything of ours that reads what others wrote. Each takes any bytes, and aborts where a promise
// is broken; the sanitizers see to the rest. The names are those of fuzz/corpus/NAME.
#pragma once

#include <string_view>

namespace kekkai {

/// A setup stream, or its payload alone. Promise: refused with StreamError, or what is understood
/// is the same after it was sent once more.
void fuzz_setup_stream(std::string_view bytes);

/// A status stream, or one message. The same promise.
void fuzz_status_stream(std::string_view bytes);

/// A /proc/PID/mountinfo. Promise: refused with std::invalid_argument, or one mount for each line.
void fuzz_mountinfo(std::string_view bytes);

/// The arguments of kekkai, one a line. Promise: the command of a run is the end of the arguments,
/// and what is shown of an error commands no terminal.
void fuzz_command_line(std::string_view bytes);

/// A value of an option. Promise: it is taken whole, as what it says, or refused by a sentence that
/// quotes it.
void fuzz_values(std::string_view bytes);

/// A policy file, of either form. Promise: refused with FilterError, which names a place, or what
/// is written of it in our own form is the same policy. What is written of it as OCI is read again.
void fuzz_policy_file(std::string_view bytes);

}  // namespace kekkai
