#include <kekkai/init/frame.h>
#include <kekkai/init/status.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstring>
#include <string>
#include <vector>

namespace kekkai {
namespace {

std::vector<StatusMessage> every_kind() {
  return {
      Progress{"apply op 3 (bind /srv/data on /data)"},
      Progress{},
      Started{},
      Started{4711},
      Failure{.phase = Phase::kApply,
              .op_index = 3,
              .op = "bind /srv/data on /data",
              .call = "open_tree /srv/data",
              .error = EACCES,
              .reason = "a reason",
              .hint = "a hint",
              .exit_code = 126},
      Failure{},
      Failure{.phase = Phase::kLast, .op_index = INT32_MIN, .error = INT32_MAX, .exit_code = -1},
      ExitStatus{false, 7},
      ExitStatus{true, SIGKILL},
      Stopped{},
      RecordedCall{.thread = 1,
                   .name = "openat2",
                   .operands = R"({"path":"/usr"})",
                   .result = R"({"number":7,"label":"/usr"})",
                   .begin_ns = INT64_MAX,
                   .duration_ns = 12},
      RecordedCall{.name = "statx",
                   .operands = "{}",
                   .error = EACCES,
                   .failed_call = "statx /usr",
                   .begin_ns = INT64_MIN},
      RecordedCall{},
  };
}

std::string error_of(const std::string& payload) {
  try {
    decode_status_message(payload);
    return "no error";
  } catch (const StreamError& e) {
    return e.what();
  }
}

TEST(StatusMessage, ComesOutAsItWentIn) {
  for (const StatusMessage& message : every_kind()) {
    const StatusMessage copy = decode_status_message(encode(message));
    EXPECT_TRUE(copy == message) << "kind " << message.index();
  }
}

TEST(StatusMessage, ThatEndsTooEarlyIsRefusedWhereverThatIs) {
  for (const StatusMessage& message : every_kind()) {
    const std::string whole = encode(message);
    for (size_t length = 0; length < whole.size(); ++length) {
      const std::string error = error_of(whole.substr(0, length));
      EXPECT_TRUE(error == "it ends too early" || error == "it announces more than it holds")
          << "kind " << message.index() << ", " << length << " of " << whole.size() << ": "
          << error;
    }
  }
}

TEST(StatusMessage, WithBytesAfterItsEndIsRefused) {
  for (const StatusMessage& message : every_kind()) {
    EXPECT_EQ(error_of(encode(message) + '\0'), "there are bytes after its end");
  }
}

TEST(StatusMessage, OfNoKnownKindIsRefused) {
  for (int kind = 6; kind < 256; ++kind) {
    EXPECT_EQ(error_of(std::string(1, static_cast<char>(kind))), "it is of no known kind");
  }
}

TEST(StatusMessage, OfNoKnownPhaseIsRefused) {
  std::string payload = encode(Failure{.phase = Phase::kLast});
  ASSERT_EQ(payload[1], static_cast<char>(Phase::kLast));
  for (int phase = static_cast<int>(Phase::kLast) + 1; phase < 256; ++phase) {
    payload[1] = static_cast<char>(phase);
    EXPECT_EQ(error_of(payload), "it names an unknown phase") << phase;
  }
}

TEST(StatusMessage, WhoseTruthIsNeitherIsRefused) {
  std::string payload = encode(ExitStatus{true, 9});
  ASSERT_EQ(payload[1], 1);
  payload[1] = 2;
  EXPECT_EQ(error_of(payload), "a truth value is neither 0 nor 1");
}

TEST(StatusMessage, ThatAnnouncesMoreThanItHoldsIsRefused) {
  for (const uint64_t size : {uint64_t{3}, uint64_t{1} << 32, uint64_t{1} << 62, UINT64_MAX}) {
    std::string payload = encode(Progress{"ab"});
    std::memcpy(payload.data() + 1, &size, sizeof size);
    EXPECT_EQ(error_of(payload), "it announces more than it holds") << size;
  }
}

TEST(StatusMessage, IsSentFramed) {
  testing::ScriptedDispatcher k;
  k.inherit(4, "status stream");
  send_status(k, Fd(4, "status stream"), Progress{"early"});
  send_status(k, Fd(4, "status stream"), Started{});
  EXPECT_EQ(k.written("status stream"),
            make_frame(encode(Progress{"early"})) + make_frame(encode(Started{})));
}

TEST(ExitStatus, IsWhatAShellSays) {
  const struct {
    int wait_status;
    ExitStatus status;
    int code;
  } cases[] = {
      {W_EXITCODE(0, 0), {false, 0}, 0},
      {W_EXITCODE(7, 0), {false, 7}, 7},
      {W_EXITCODE(255, 0), {false, 255}, 255},
      {SIGKILL, {true, SIGKILL}, 137},
      {SIGTERM, {true, SIGTERM}, 143},
      {SIGSEGV | 0x80, {true, SIGSEGV}, 139},  // with a core
      {SIGRTMAX, {true, SIGRTMAX}, 128 + SIGRTMAX},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ExitStatus::from_wait_status(c.wait_status), c.status) << c.wait_status;
    EXPECT_EQ(c.status.code(), c.code) << c.wait_status;
  }
}

}  // namespace
}  // namespace kekkai
