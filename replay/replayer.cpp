#include <kekkai/replay/replayer.h>

#include <errno.h>

#include <algorithm>
#include <cstring>

namespace kekkai {
namespace {

std::string spelled(std::string_view name, const std::string& operands) {
  return std::string(name) + " " + operands;
}

}  // namespace

Replayer::Replayer(const Recording& recording, Process process, ReplayedStreams& streams)
    : process_(process), contents_(recording.settings.recorded_contents), streams_(streams) {
  for (const RecordedLine& line : recording.calls) {
    if (line.call.process == process && line.call.thread == 0) lines_.push_back(&line);
  }
}

bool Replayer::has_left(std::string_view name) const {
  return std::any_of(lines_.begin() + static_cast<std::ptrdiff_t>(at_), lines_.end(),
                     [&](const RecordedLine* line) { return line->call.name == name; });
}

const RecordedLine& Replayer::expect(std::string_view name, const std::string& operands) {
  if (is_stopped_) throw SyscallError(ECANCELED, std::string(name));
  const RecordedLine* line = next();
  if (line == nullptr) {
    call_beyond_ = spelled(name, operands);
    is_stopped_ = true;
    throw ReplayStopped();
  }
  const RecordedCall& recorded = line->call;
  if (recorded.name != name || Json::parse(recorded.operands) != Json::parse(operands)) {
    diverge({line->number, spelled(recorded.name, recorded.operands), spelled(name, operands)});
  }
  ++at_;
  return *line;
}

// Launcher and init would take an exception for a reason of theirs.
void Replayer::refuse(const RecordedLine& line, const std::string& why) {
  refusal_ = "line " + std::to_string(line.number) + ": " + why;
  is_stopped_ = true;
  throw ReplayStopped();
}

void Replayer::diverge(Divergence divergence) {
  divergence_ = std::move(divergence);
  is_stopped_ = true;
  throw ReplayStopped();
}

// What init tells is told again by init. Then comes what the kernel said: the end of the stream, or
// a read that failed.
std::optional<size_t> Replayer::read_status(std::span<std::byte> buffer) {
  if (is_stopped_) return std::nullopt;
  if (const RecordedLine* line = next(); line != nullptr && line->call.name == "send") {
    const Json sent = Json::parse(line->call.operands).value("message", Json());
    if (on_command && sent.is_string() && sent.get<std::string>().size() == 1) {
      on_command(static_cast<Command>(sent.get<std::string>().front()));
    }
  }
  if (!std::exchange(has_run_init_, true)) run_init();
  const size_t got = std::min(buffer.size(), streams_.status.size() - streams_.status_read);
  std::memcpy(buffer.data(), streams_.status.data() + streams_.status_read, got);
  streams_.status_read += got;
  if (got == 0 && next() != nullptr && next()->call.name == "read") return std::nullopt;
  return got;
}

void Replayer::refill(Fd file, std::span<std::byte> buffer) {
  if (file.label != "setup stream") return;
  const size_t left = streams_.setup.size() - streams_.setup_read;
  if (buffer.size() > left) throw std::invalid_argument("more was read than the launcher sent");
  if (buffer.empty()) return;
  std::memcpy(buffer.data(), streams_.setup.data() + streams_.setup_read, buffer.size());
  streams_.setup_read += buffer.size();
}

void Replayer::keep(Fd file, std::span<const std::byte> data, size_t written) {
  // None at all would be tried for ever.
  if (written > data.size() || (written == 0 && !data.empty())) {
    throw std::invalid_argument("what was written is not what there was to write");
  }
  const std::string_view text(reinterpret_cast<const char*>(data.data()),  // NOLINT: bytes as text
                              written);
  if (file.label == "setup stream") streams_.setup += text;
  if (file.label == "status stream") streams_.status += text;
}

}  // namespace kekkai
