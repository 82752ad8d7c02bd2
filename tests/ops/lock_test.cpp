#include <kekkai/ops/lock.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai::ops {
namespace {

using ::testing::ElementsAre;
using testing::OpStage;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

TEST(Lock, IsTakenInLateAndHeld) {
  OpStage stage;
  stage.k.host("/run/lock").regular();
  Lock lock{.path = "/run/lock"};
  stage.late(lock);
  EXPECT_THAT(stage.k.transcript(),
              ElementsAre("late:", "openat2 /run/lock O_RDONLY|O_NONBLOCK|O_NOCTTY NO_MAGICLINKS",
                          "fcntl F_SETLK /run/lock"));
  EXPECT_THAT(stage.state.held, SizeIs(1));
}

TEST(Lock, IsRefusedWhereSomebodyWrites) {
  for (const int error : {EAGAIN, EACCES}) {
    OpStage stage;
    stage.k.fail_call("fcntl F_SETLK", error);
    Lock lock{.path = "/l"};
    EXPECT_THAT([&] { stage.late(lock); },
                ThrowsMessage<Refusal>("/l is locked for writing by another process: try again "
                                       "when it is done with the file"));
    EXPECT_THAT(stage.state.held, SizeIs(0));
  }
}

TEST(Lock, FailsWithTheCallThatTheKernelRefused) {
  OpStage stage;
  stage.k.fail_call("fcntl F_SETLK", ENOLCK);
  Lock lock{.path = "/l"};
  EXPECT_THAT([&] { stage.late(lock); },
              ThrowsMessage<SyscallError>("fcntl F_SETLK /l: No locks available"));
}

}  // namespace
}  // namespace kekkai::ops
