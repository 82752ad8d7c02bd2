#include <kekkai/ops/mqueue.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai::ops {
namespace {

using ::testing::ElementsAre;
using testing::OpStage;
using ::testing::ThrowsMessage;

TEST(Mqueue, IsMountedInApply) {
  OpStage stage;
  stage.run(Mqueue{.path = "/q"});
  EXPECT_THAT(stage.k.transcript(),
              ElementsAre("early:", "apply:", "fsopen mqueue", "fsconfig create mqueue",
                          "fsmount mqueue nosuid|nodev|noexec", "statx mqueue",
                          "openat2 /q O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
                          "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /",
                          "mkdirat /q 0755", "openat2 /q O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH",
                          "move_mount mqueue -> /q", "late:"));
  EXPECT_EQ(stage.state.sysroot.expected().back().attributes,
            MountAttr::kNoSuid | MountAttr::kNoDev | MountAttr::kNoExec);
}

TEST(Mqueue, FailsWithTheCallThatTheKernelRefused) {
  OpStage stage;
  stage.k.fail_call("fsmount mqueue", EPERM);
  EXPECT_THAT([&] { stage.run(Mqueue{}); },
              ThrowsMessage<SyscallError>("fsmount mqueue: Operation not permitted"));
}

}  // namespace
}  // namespace kekkai::ops
