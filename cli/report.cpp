#include "report.h"

#include "json_line.h"

#include <kekkai/syscall/flags.h>

#include <signal.h>
#include <stdlib.h>

#include <fstream>

namespace kekkai::cli {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// As the innermost of its pid namespaces sees it (proc(5), NSpid); 0 where it is gone.
pid_t innermost_pid(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("NSpid:")) continue;
    return ::atoi(line.c_str() + line.find_last_of("\t ") + 1);  // NOLINT: the kernel wrote it
  }
  return 0;
}

}  // namespace

std::string progress_line(const std::string& text, std::chrono::nanoseconds elapsed) {
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count();
  return to_line(
      {{"event", "progress"}, {"text", text}, {"elapsed_ms", static_cast<double>(whole) / 1000}});
}

std::string started_line(pid_t init, pid_t program) {
  Json json{{"event", "started"}, {"init_pid", init}};
  if (program != 0) json["pid"] = program;
  return to_line(json);
}

std::string failed_line(const Failure& failure) {
  Json json{{"event", "failed"},
            {"message", failure.message()},
            {"phase", phase_name(failure.phase)},
            {"exit_code", failure.exit_code}};
  if (failure.op_index >= 0) json["op_index"] = failure.op_index;
  if (!failure.op.empty()) json["op"] = failure.op;
  if (!failure.call.empty()) json["call"] = failure.call;
  if (failure.error != 0) json["errno"] = errno_name(failure.error);
  if (!failure.reason.empty()) json["reason"] = failure.reason;
  if (!failure.hint.empty()) json["hint"] = failure.hint;
  return to_line(json);
}

std::string failed_line(const std::string& message, const std::string& hint) {
  Json json{{"event", "failed"}, {"message", message}, {"exit_code", kExitSetupFailed}};
  if (!hint.empty()) json["hint"] = hint;
  return to_line(json);
}

std::string ended_line(const EndReport& end) {
  Json json;
  if (end.status.signalled) {
    json = {{"event", "signalled"},
            {"signal", end.status.value},
            {"signal_name", signal_name(end.status.value)},
            {"out_of_memory", end.out_of_memory && end.status.value == SIGKILL}};
  } else {
    json = {{"event", "exited"}, {"code", end.status.value}};
  }
  json["timed_out"] = end.timed_out;
  json["exit_code"] = end.exit_code;
  json["rusage"] = {{"user_seconds", seconds(end.usage.ru_utime)},
                    {"system_seconds", seconds(end.usage.ru_stime)},
                    {"max_rss_kib", end.usage.ru_maxrss},
                    {"minor_faults", end.usage.ru_minflt},
                    {"major_faults", end.usage.ru_majflt}};
  return to_line(json);
}

pid_t find_program(pid_t init, pid_t program) {
  const std::string pid = std::to_string(init);
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  for (pid_t child = 0; children >> child;) {
    if (innermost_pid(child) == program) return child;
  }
  return 0;
}

Process look_at(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const size_t name_end = text.rfind(") ");  // the name of a program may hold anything
  const char state = name_end == text.npos ? 'X' : text[name_end + 2];
  if (state == 'T' || state == 't') return Process::kStopped;
  return state == 'X' || state == 'Z' ? Process::kGone : Process::kRunning;
}

uint64_t count_oom_kills() {
  std::ifstream counters("/proc/vmstat");
  std::string name;
  uint64_t value = 0;
  while (counters >> name >> value) {
    if (name == "oom_kill") return value;
  }
  return 0;
}

}  // namespace kekkai::cli
