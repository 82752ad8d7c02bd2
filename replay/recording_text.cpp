#include <kekkai/recording/json_writer.h>
#include <kekkai/recording/redaction.h>
#include <kekkai/replay/recording_text.h>

#include <fmt/format.h>

namespace kekkai {
namespace {

// What Kekkai itself has to say is no content of the user's.
class Line : public JsonWriter {
 public:
  Line() : JsonWriter(RecordedContents::kKept) { open('{'); }

  template <class T>
  Line& with(std::string_view name, const T& value) {
    key(name);
    add(value);
    return *this;
  }
  Line& with_json(std::string_view name, std::string_view json) {
    key(name);
    add_json(json);
    return *this;
  }
  std::string text() {
    close('}');
    return take() + "\n";
  }
};

std::string to_hex(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

std::string encode_params(const ContainerSettings& settings) {
  Params params = settings.params;
  if (settings.recorded_contents == RecordedContents::kRedacted) {
    redact(params.env);
    for (size_t i = 0; i < params.ops.size(); ++i) params.ops[i].redact();
  }
  return encode(SetupRequest{.params = std::move(params)});
}

}  // namespace

std::string recording_header(const ContainerSettings& settings, const RecordedHost& host) {
  Line line;
  line.with("kekkai_recording", kRecordingVersion)
      .with("kekkai", KEKKAI_VERSION)
      .with("kernel", host.kernel)
      .with("machine", host.machine)
      .with("contents", contents_name(settings.recorded_contents))
      .with("init", settings.init.path)
      .with("init_is_self", settings.init.self)
      .with("stdio", std::span<const int>(settings.stdio))
      .with("extra_files", settings.extra_files)
      .with("request", to_hex(encode_params(settings)));
  return line.text();
}

std::string recorded_line(const RecordedCall& call, int64_t beginning_ns) {
  const bool is_init = call.process == RecordedCall::Process::kInit;
  Line line;
  line.with("process", is_init ? "init" : "launcher")
      .with("thread", call.thread)
      .with("call", call.name)
      .with_json("operands", call.operands);
  if (call.error == 0) {
    line.with_json("result", call.result);
  } else {
    line.with("errno", call.error)
        .with("error", errno_name(call.error))
        .with("failed", call.failed_call);
  }
  line.with("begin_ns", call.begin_ns - beginning_ns).with("duration_ns", call.duration_ns);
  return line.text();
}

std::string recorded_line(const Progress& progress) {
  return Line().with("step", progress.text).text();
}

std::string recorded_end(const Failure& failure, const std::string& cause) {
  Line line;
  line.with("end", "failed")
      .with("message", failure.message())
      .with("phase", phase_name(failure.phase))
      .with("op_index", failure.op_index)
      .with("op", failure.op)
      .with("call", failure.call)
      .with("errno", failure.error)
      .with("reason", failure.reason)
      .with("hint", failure.hint)
      .with("exit_code", failure.exit_code);
  if (!cause.empty()) line.with("cause", cause);
  return line.text();
}

std::string recorded_end(const ExitStatus& status) {
  return Line()
      .with("end", status.signalled ? "signalled" : "exited")
      .with("value", status.value)
      .text();
}

std::string recorded_loss() { return Line().with("end", "lost").text(); }

}  // namespace kekkai
