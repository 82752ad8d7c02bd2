// What `kekkai run` tells programs: JSON, one object a line.
#pragma once

#include <kekkai/init/failure.h>
#include <kekkai/init/status.h>

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <string>

namespace kekkai::cli {

/// {"event":"progress",…}; `elapsed` is told in milliseconds, to the microsecond.
std::string progress_line(const std::string& text, std::chrono::nanoseconds elapsed);
/// {"event":"started",…}: process ids as the caller sees them; `program` is 0 where it is unknown.
std::string started_line(pid_t init, pid_t program);
/// {"event":"failed",…}
std::string failed_line(const Failure& failure);
/// The same, where there is nothing but a text, and perhaps a hint.
std::string failed_line(const std::string& message, const std::string& hint);
/// What the program's end was like, beside what init tells of it.
struct EndReport {
  ExitStatus status;
  rusage usage{};
  bool out_of_memory = false;  ///< The kernel killed something for want of memory meanwhile.
  bool timed_out = false;
  int exit_code = 0;  ///< Of kekkai.
};
/// {"event":"exited",…} or {"event":"signalled",…}.
std::string ended_line(const EndReport& end);

/// Pid of that child of init which the sandbox sees as `program`, as the caller's /proc tells it; 0
/// where that is not known.
pid_t find_program(pid_t init, pid_t program);
enum class Process : uint8_t { kRunning, kStopped, kGone };
/// What a process does right now (proc(5)).
Process look_at(pid_t pid);
/// How often this kernel has killed for want of memory: oom_kill in /proc/vmstat; 0 where untold.
uint64_t count_oom_kills();

}  // namespace kekkai::cli
