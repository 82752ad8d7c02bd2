#include <kekkai/ops/ops.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai::ops {
namespace {

using ::testing::ElementsAre;
using testing::OpStage;
using ::testing::ThrowsMessage;

class ChmodTest : public ::testing::Test {
 protected:
  ChmodTest() {
    stage.early(srv_);
    stage.enter_container();
  }
  void bind_host() { stage.apply(srv_); }

  OpStage stage;
  testing::ScriptedDispatcher& k = stage.k;

 private:
  Bind srv_{.source = "/srv", .target = "/srv", .writable = true};
};

TEST_F(ChmodTest, ChangesWhatIsThereByADescriptor) {
  k.container("/tmp").directory(0755).owned_by(1000, 1000);
  k.clear_transcript();
  stage.run(Chmod{.path = "/tmp", .mode = 01777});
  EXPECT_THAT(
      k.transcript(),
      ElementsAre("early:", "apply:", "openat2 /tmp O_PATH NO_MAGICLINKS|IN_ROOT", "statx /tmp",
                  "openat2 /tmp O_RDONLY|O_NONBLOCK|O_NOCTTY NO_MAGICLINKS|IN_ROOT", "statx /tmp",
                  "fchmod /tmp 1777", "late:"));
  EXPECT_EQ(k.container("/tmp").mode() & 07777, 01777U);
}

TEST_F(ChmodTest, RefusesAModeThatThereIsNot) {
  EXPECT_NO_THROW((Ops().chmod({.path = "/d", .mode = 07777})));
  EXPECT_THAT([] { Ops().chmod({.path = "/d", .mode = 010000}); },
              ThrowsMessage<Refusal>("a mode is at most 7777 in octal, and not 10000"));
}

TEST_F(ChmodTest, FailsWhereNothingIs) {
  EXPECT_THAT([&] { stage.run(Chmod{.path = "/none"}); },
              ThrowsMessage<SyscallError>("openat2 /none: No such file or directory"));
}

TEST_F(ChmodTest, RefusesWhatIsNeitherFileNorDirectory) {
  k.container("/fifo").fifo();
  EXPECT_THAT(
      [&] { stage.run(Chmod{.path = "/fifo"}); },
      ThrowsMessage<Refusal>("/fifo is neither a file nor a directory, and keeps its mode"));
}

TEST_F(ChmodTest, LeavesTheHostAlone) {
  bind_host();
  EXPECT_THAT([&] { stage.run(Chmod{.path = "/srv/file"}); },
              ThrowsMessage<Refusal>("/srv/file is on the host, and nothing is changed there: "
                                     "change it there, or choose a path below a tmpfs"));
}

// Between the two opens.
TEST_F(ChmodTest, RefusesWhatWasExchanged) {
  k.container("/tmp").directory().owned_by(1000, 1000);
  k.before_call("openat2 /tmp O_RDONLY", [&] { stage.run(Tmpfs{.path = "/tmp"}); });
  EXPECT_THAT([&] { stage.run(Chmod{.path = "/tmp"}); },
              ThrowsMessage<Refusal>("/tmp was exchanged while the container was built"));
}

}  // namespace
}  // namespace kekkai::ops
