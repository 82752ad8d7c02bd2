#include <kekkai/init/frame.h>
#include <kekkai/init/status.h>
#include <kekkai/ops/archive.h>

#include <sys/wait.h>

namespace kekkai {
namespace {

template <class Archive>
void serialize(Archive& ar, Progress& m) {
  ar(m.text);
}
template <class Archive>
void serialize(Archive& ar, Started& m) {
  ar(m.pid);
}
template <class Archive>
void serialize(Archive& /*ar*/, Stopped& /*m*/) {}
template <class Archive>
void serialize(Archive& ar, Failure& m) {
  ar(m.phase, m.op_index, m.op, m.call, m.error, m.reason, m.hint, m.exit_code);
}
template <class Archive>
void serialize(Archive& ar, ExitStatus& m) {
  ar(m.signalled, m.value);
}
template <class Archive>
void serialize(Archive& ar, RecordedCall& m) {
  ar(m.thread, m.name, m.operands, m.result, m.error, m.failed_call, m.begin_ns, m.duration_ns);
}

template <class Message>
StatusMessage decode_as(InputArchive& ar) {
  Message message;
  serialize(ar, message);
  return message;
}

StatusMessage decode_kind(uint8_t kind, InputArchive& ar) {
  switch (kind) {
    case 0:
      return decode_as<Progress>(ar);
    case 1:
      return decode_as<Started>(ar);
    case 2:
      return decode_as<Failure>(ar);
    case 3:
      return decode_as<ExitStatus>(ar);
    case 4:
      return decode_as<Stopped>(ar);
    case 5:
      return decode_as<RecordedCall>(ar);
    default:
      throw StreamError("it is of no known kind");
  }
}

}  // namespace

ExitStatus ExitStatus::from_wait_status(int status) {
  if (WIFSIGNALED(status)) return {true, WTERMSIG(status)};
  return {false, WEXITSTATUS(status)};
}

std::string encode(const StatusMessage& message) {
  std::string payload;
  OutputArchive ar(payload);
  ar(static_cast<uint8_t>(message.index()));
  std::visit([&](auto copy) { serialize(ar, copy); }, message);
  return payload;
}

StatusMessage decode_status_message(std::string_view payload) {
  try {
    InputArchive ar(payload);
    uint8_t kind = 0;
    ar(kind);
    StatusMessage message = decode_kind(kind, ar);
    if (ar.left() != 0) throw StreamError("there are bytes after its end");
    const auto* failure = std::get_if<Failure>(&message);
    if (failure != nullptr && failure->phase > Phase::kLast) {
      throw StreamError("it names an unknown phase");
    }
    return message;
  } catch (const StreamError&) {
    throw;
  } catch (const std::exception& e) {
    throw StreamError(e.what());
  }
}

void send_status(Dispatcher& k, Fd stream, const StatusMessage& message) {
  write_all(k, stream, make_frame(encode(message)));
}

}  // namespace kekkai
