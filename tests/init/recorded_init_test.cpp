// Messages of init and what is told of its calls share one stream, and a pipe may take a message in
// pieces: none may end up within another one.
#include "../launcher/containers.h"

#include <kekkai/init/recorded_init.h>
#include <kekkai/testing/interposer.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace kekkai {
namespace {

// Takes a half of each message of init's, and then lets the reaper do its work if it can.
class ShortWriter final : public testing::Interposer {
 public:
  explicit ShortWriter(testing::FakeKernel& init) : Interposer(init), init_(init) {}

  size_t write(Fd file, std::span<const std::byte> data) override {
    const bool is_message = file.label == "status stream" && data.size() > 1;
    const size_t written = Interposer::write(file, is_message ? data.first(data.size() / 2) : data);
    if (!is_message) return written;
    ++halves;
    const bool has_program = !init_.spawned().empty();
    if (has_program && init_.waiting_threads() > 0) {
      init_.run_threads();
      reaped_within_message = true;
    }
    return written;
  }

  size_t halves = 0;
  bool reaped_within_message = false;

 private:
  void before(const Call& /*call*/) override {}

  testing::FakeKernel& init_;
};

struct RecordedHalves {
  FakeStart start;
  std::vector<RecordedCall> of_init;
  size_t halves = 0;
  bool reaped_within_message = false;

  std::optional<ExitStatus> run() {
    furnish_host(start);
    realistic_containers().front().furnish(start);
    start.settings.on_call = [this](const RecordedCall& call) {
      if (call.process == RecordedCall::Process::kInit) of_init.push_back(call);
    };
    start.around_init = [this](Dispatcher& inner, const auto& /*unrecorded*/) {
      ShortWriter k(dynamic_cast<testing::FakeKernel&>(inner));
      const int status = run_recorded_init(k, inner, "3", "redacted");
      halves = k.halves;
      reaped_within_message = k.reaped_within_message;
      return status;
    };
    return start.run();
  }
};

TEST(RecordedInit, TellsNothingWithinAMessageThatIsHalfWritten) {
  RecordedHalves recorded;
  const auto end = recorded.run();
  ASSERT_TRUE(end) << recorded.start.failure->message();
  EXPECT_EQ(*end, ExitStatus{});
  EXPECT_GT(recorded.halves, 2U);
  EXPECT_TRUE(recorded.reaped_within_message);
  const auto is_of_reaper = [](const RecordedCall& call) {
    return call.thread == 1 && call.name == "wait4";
  };
  EXPECT_TRUE(std::ranges::any_of(recorded.of_init, is_of_reaper));
}

}  // namespace
}  // namespace kekkai
