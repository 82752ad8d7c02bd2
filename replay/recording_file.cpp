#include <kekkai/init/frame.h>
#include <kekkai/replay/recording_file.h>
#include <kekkai/replay/recording_text.h>
#include <kekkai/replay/results.h>

namespace kekkai {
namespace {

// Nothing that is read here has descriptors.
class NoOwner final : public FdOwner {
 public:
  virtual ~NoOwner() = default;
  void close(int /*fd*/) noexcept override {}
};

template <class T>
T get(const Json& object, const char* name) {
  NoOwner owner;
  T value{};
  ResultReader(owner).get(member(object, name), value);
  return value;
}

Phase phase_of(const std::string& name) {
  for (uint8_t i = 0; i <= static_cast<uint8_t>(Phase::kLast); ++i) {
    if (phase_name(static_cast<Phase>(i)) == name) return static_cast<Phase>(i);
  }
  throw std::invalid_argument("there is no phase " + name);
}

RecordedContents contents_of(const std::string& name) {
  for (const RecordedContents contents : {RecordedContents::kRedacted, RecordedContents::kKept}) {
    if (contents_name(contents) == name) return contents;
  }
  throw std::invalid_argument("contents are either redacted or kept");
}

// Between two versions of Kekkai its form may change, and nothing in it tells of that.
Params read_request(const std::string& hex, const std::string& version) {
  try {
    return decode_setup_request(from_hex(hex)).params;
  } catch (const StreamError& e) {
    if (version == KEKKAI_VERSION) throw;
    throw std::invalid_argument("Kekkai " + version +
                                " wrote it, this is Kekkai " KEKKAI_VERSION
                                ", which does not understand what was asked for: " +
                                e.what());
  }
}

void read_header(const Json& line, Recording& recording) {
  if (!line.is_object() || !line.contains("kekkai_recording")) {
    throw std::invalid_argument("that is no recording of Kekkai");
  }
  recording.version = get<std::string>(line, "kekkai");
  const int format = get<int>(line, "kekkai_recording");
  if (format != kRecordingVersion) {
    throw std::invalid_argument("Kekkai " + recording.version + " wrote it in format " +
                                std::to_string(format) +
                                ", this is Kekkai " KEKKAI_VERSION ", which reads format " +
                                std::to_string(kRecordingVersion));
  }
  recording.kernel = get<std::string>(line, "kernel");
  recording.machine = get<std::string>(line, "machine");
  ContainerSettings& settings = recording.settings;
  settings.recorded_contents = contents_of(get<std::string>(line, "contents"));
  settings.init.path = get<std::string>(line, "init");
  settings.init.self = get<bool>(line, "init_is_self");
  NoOwner owner;
  ResultReader(owner).get_all(member(line, "stdio"), std::span<int>(settings.stdio));
  settings.extra_files = get<std::vector<FdPlacement>>(line, "extra_files");
  settings.params = read_request(get<std::string>(line, "request"), recording.version);
}

RecordedCall read_call(const Json& line) {
  RecordedCall call;
  const auto process = get<std::string>(line, "process");
  if (process != "launcher" && process != "init") {
    throw std::invalid_argument("the process is neither launcher nor init");
  }
  if (process == "init") call.process = RecordedCall::Process::kInit;
  call.thread = get<uint32_t>(line, "thread");
  call.name = get<std::string>(line, "call");
  call.operands = member(line, "operands").dump();
  if (line.contains("errno")) {
    call.error = get<int32_t>(line, "errno");
    if (call.error <= 0) throw std::invalid_argument("an errno is above 0");
    call.failed_call = get<std::string>(line, "failed");
  } else {
    call.result = member(line, "result").dump();
  }
  call.begin_ns = get<int64_t>(line, "begin_ns");
  call.duration_ns = get<int64_t>(line, "duration_ns");
  return call;
}

RecordedEnd read_end(const Json& line) {
  const auto kind = get<std::string>(line, "end");
  if (kind == "lost") return NoEnd{};
  if (kind == "exited" || kind == "signalled") {
    return ExitStatus{kind == "signalled", get<int32_t>(line, "value")};
  }
  if (kind != "failed") throw std::invalid_argument("there is no such end: " + kind);
  return Failure{.phase = phase_of(get<std::string>(line, "phase")),
                 .op_index = get<int32_t>(line, "op_index"),
                 .op = get<std::string>(line, "op"),
                 .call = get<std::string>(line, "call"),
                 .error = get<int32_t>(line, "errno"),
                 .reason = get<std::string>(line, "reason"),
                 .hint = get<std::string>(line, "hint"),
                 .exit_code = get<int32_t>(line, "exit_code")};
}

void read_line(const Json& line, size_t number, Recording& recording) {
  if (number == 1) return read_header(line, recording);
  if (recording.is_complete) throw std::invalid_argument("there is more after the end");
  if (line.is_object() && line.contains("end")) {
    recording.end = read_end(line);
    if (line.contains("cause")) recording.cause = get<std::string>(line, "cause");
    recording.is_complete = true;
  } else if (line.is_object() && line.contains("step")) {
    recording.steps.push_back({recording.calls.size(), get<std::string>(line, "step")});
  } else {
    recording.calls.push_back({number, read_call(line)});
  }
}

// Nothing that is recorded is nested deeper; a parser that calls itself needs an end.
constexpr int kDeepest = 16;

Json parse_json(std::string_view text) {
  const auto not_too_deep = [](int depth, Json::parse_event_t /*event*/, Json& /*value*/) {
    if (depth > kDeepest) throw std::invalid_argument("it is nested too deeply");
    return true;
  };
  try {
    return Json::parse(text, not_too_deep);
  } catch (const Json::parse_error&) {
    throw std::invalid_argument("that is not JSON");
  }
}

}  // namespace

Recording parse_recording(std::string_view text) {
  Recording recording;
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    ++number;
    try {
      if (end == std::string_view::npos) throw std::invalid_argument("the line is cut off");
      read_line(parse_json(text.substr(0, end)), number, recording);
    } catch (const std::exception& e) {  // std::invalid_argument, StreamError, Json::exception
      throw RecordingError("line " + std::to_string(number) + ": " + e.what());
    }
    text.remove_prefix(end + 1);
  }
  if (number == 0) throw RecordingError("the file is empty");
  return recording;
}

}  // namespace kekkai
