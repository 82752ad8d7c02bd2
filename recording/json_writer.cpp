#include <kekkai/recording/json_writer.h>
#include <kekkai/recording/redaction.h>
#include <kekkai/recording/utf8.h>

#include <fmt/format.h>

namespace kekkai {
namespace {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace

void JsonWriter::key(std::string_view name) {
  separate();
  append_quoted(name);
  text_ += ':';
}

void JsonWriter::add(std::string_view text) {
  if (is_utf8(text)) {
    separate();
    return append_quoted(text);
  }
  std::string hex;
  for (const char c : text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  open('{');
  key("hex");
  append_quoted(hex);
  close('}');
}

void JsonWriter::append_quoted(std::string_view text) {
  text_ += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      text_ += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      text_ += c;
    }
  }
  text_ += '"';
}

void JsonWriter::separate() {
  if (!text_.empty() && std::string_view("{[:,").find(text_.back()) == std::string_view::npos) {
    text_ += ',';
  }
}

void JsonWriter::add(TerminalControl what) {
  constexpr std::array kNames{"allow opens", "restart output", "usual discipline"};
  add(kNames.at(static_cast<size_t>(what)));
}

void JsonWriter::add(Fd fd) {
  about(fd.label);
  open('{');
  key("number");
  add(fd.number);
  key("label");
  add(fd.label);
  close('}');
}

void JsonWriter::add(const std::pair<UniqueFd, UniqueFd>& both) {
  open('[');
  add(both.first);
  add(both.second);
  close(']');
}

void JsonWriter::add(std::span<PollFd> fds) {
  open('[');
  for (const PollFd& fd : fds) add(fd.fd);
  close(']');
}

void JsonWriter::add(std::chrono::steady_clock::time_point time) {
  add(std::chrono::nanoseconds(time.time_since_epoch()).count());
}

void JsonWriter::add(const SpawnPlan& plan) {
  SpawnPlan shown = plan;
  if (contents_ == RecordedContents::kRedacted) redact(shown.env);
  add_fields(shown);
}

void JsonWriter::add_contents(std::span<const std::byte> data) {
  const std::string_view text(reinterpret_cast<const char*>(data.data()),  // NOLINT: bytes as text
                              data.size());
  if (contents_ == RecordedContents::kKept || is_of_the_system(label_)) return add(text);
  open('{');
  key("size");
  add(text.size());
  if (const std::string_view line = interpreter_line(text); !line.empty()) {
    key("begin");
    add(line);
  }
  close('}');
}

}  // namespace kekkai
