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

/// A path, up to the first newline, and what is put behind it. Promise: it is taken where the
/// grammar of its type says so, in its simplest form where it is one of the container, and taking
/// it apart and together again changes nothing.
void fuzz_paths(std::string_view bytes);

/// A /proc/PID/mountinfo. Promise: refused with std::invalid_argument, or one mount for each line.
void fuzz_mountinfo(std::string_view bytes);

/// The arguments of kekkai, one a line. Promise: the command of a run is the end of the arguments,
/// and what is shown of an error commands no terminal.
void fuzz_command_line(std::string_view bytes);

/// A file of --config. Promise: it means what the options mean that it stands for, written on the
/// command line; or it is refused with a place in it, and so are they if it is for one of them.
void fuzz_config_file(std::string_view bytes);

/// A value of an option, a number of a file, or of the environment. Promise: it is taken whole, as
/// what it says, or refused by a sentence that quotes it.
void fuzz_values(std::string_view bytes);

/// A policy file, of either form. Promise: refused with FilterError, which names a place, or what
/// is written of it in our own form is the same policy. What is written of it as OCI is read again.
void fuzz_policy_file(std::string_view bytes);

/// A recording of a start. Promise: refused with RecordingError, or it is the same after it was
/// written and read once more, and a replay of it ends.
void fuzz_recording(std::string_view bytes);

/// A policy and calls, drawn from the bytes. Promise: what is compiled of it is a program that the
/// kernel loads, and decides about each call as decide() says; the rule that allows a call does.
void fuzz_filter(std::string_view bytes);

/// A seccomp_data, and a classic BPF program. Promise: it is refused where the kernel would refuse
/// it, and otherwise executed as the kernel would.
void fuzz_bpf(std::string_view bytes);

}  // namespace kekkai
