#include "trace.h"

#include "json_line.h"

#include <algorithm>
#include <array>

namespace kekkai::cli {
namespace {

using Process = RecordedCall::Process;

constexpr double kNanosecondsInOne = 1000;  // microsecond

int pid_of(Process process) { return process == Process::kLauncher ? 1 : 2; }

Json slice(std::string name, const char* category, const RecordedCall& call, int64_t end_ns) {
  return {{"name", std::move(name)},
          {"cat", category},
          {"ph", "X"},
          {"ts", static_cast<double>(call.begin_ns) / kNanosecondsInOne},
          {"dur",
           static_cast<double>(std::max(end_ns - call.begin_ns, int64_t{0})) / kNanosecondsInOne},
          {"pid", pid_of(call.process)},
          {"tid", call.thread}};
}

Json slice_of(const RecordedCall& call) {
  Json event = slice(call.name, "call", call, call.begin_ns + call.duration_ns);
  Json& args = event["args"] = {{"operands", Json::parse(call.operands)}};
  if (call.error == 0) {
    args["result"] = Json::parse(call.result);
  } else {
    args["failed"] = call.failed_call;
    args["error"] = errno_name(call.error);
  }
  return event;
}

bool is_on_first_thread_of_init(const RecordedLine& line) {
  return line.call.process == Process::kInit && line.call.thread == 0;
}

// A step goes on until the next one, or until init has started the program.
void add_steps(const Recording& recording, Json& events) {
  const auto& calls = recording.calls;
  for (size_t i = 0; i < recording.steps.size(); ++i) {
    const bool is_last = i + 1 == recording.steps.size();
    const size_t end = is_last ? calls.size() : recording.steps[i + 1].next_call;
    const RecordedCall* first = nullptr;
    const RecordedCall* last = nullptr;
    for (size_t at = recording.steps[i].next_call; at < end; ++at) {
      if (!is_on_first_thread_of_init(calls[at])) continue;
      last = &calls[at].call;
      if (first == nullptr) first = last;
      if (is_last && last->name == "spawn") break;
    }
    if (first == nullptr) continue;
    events.push_back(
        slice(recording.steps[i].text, "step", *first, last->begin_ns + last->duration_ns));
  }
}

}  // namespace

std::string trace_text(const Recording& recording) {
  Json events = Json::array();
  for (const auto& [process, name] :
       {std::pair(Process::kLauncher, "launcher"), std::pair(Process::kInit, "init")}) {
    events.push_back({{"name", "process_name"},
                      {"ph", "M"},
                      {"pid", pid_of(process)},
                      {"args", {{"name", name}}}});
  }
  add_steps(recording, events);
  for (const RecordedLine& line : recording.calls) events.push_back(slice_of(line.call));
  return to_line({{"traceEvents", events}, {"displayTimeUnit", "ms"}});
}

}  // namespace kekkai::cli
