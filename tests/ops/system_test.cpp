// sysfs and cgroup2.
#include <kekkai/ops/ops.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::OpStage;
using ::testing::ThrowsMessage;

constexpr MountAttr kReadOnlySystem =
    MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev | MountAttr::kNoExec;

TEST(Sysfs, IsMountedReadOnlyInApply) {
  OpStage stage;
  stage.run(Sysfs{});
  EXPECT_THAT(
      stage.k.transcript(),
      ElementsAre("early:", "apply:", "fsopen sysfs", "fsconfig create sysfs",
                  "fsmount sysfs ro|nosuid|nodev|noexec", "statx sysfs",
                  "openat2 /sys O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
                  "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /",
                  "mkdirat /sys 0755", "openat2 /sys O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH",
                  "move_mount sysfs -> /sys", "late:"));
  EXPECT_EQ(stage.state.sysroot.expected().back().attributes, kReadOnlySystem);
}

TEST(Sysfs, IsRefusedWhereTheNetworkIsTheHosts) {
  OpStage stage;
  stage.state.shares_network = true;
  EXPECT_THAT([&] { stage.run(Sysfs{}); },
              ThrowsMessage<Refusal>(
                  "a sysfs of its own needs a network of its own, and this one is the host's"));
  EXPECT_THAT(stage.k.transcript(), ElementsAre("early:"));
}

TEST(Sysfs, IsNoPlaceWhereThingsMayBeMade) {
  OpStage stage;
  stage.k.fresh("sysfs", "/new").missing();
  stage.run(Sysfs{});
  EXPECT_THROW(stage.state.sysroot.make_directory(stage.k, "/sys/new", 0700), Refusal);
}

TEST(Sysfs, FailsWithTheCallThatTheKernelRefused) {
  OpStage stage;
  stage.k.fail_call("fsmount sysfs", EPERM);
  EXPECT_THAT([&] { stage.run(Sysfs{}); },
              ThrowsMessage<SyscallError>("fsmount sysfs: Operation not permitted"));
}

TEST(Cgroup2, IsMountedReadOnlyInApply) {
  OpStage stage;
  stage.run(Cgroup2{.path = "/c"});
  EXPECT_THAT(stage.k.transcript(),
              ElementsAre("early:", "apply:", "fsopen cgroup2", "fsconfig create cgroup2",
                          "fsmount cgroup2 ro|nosuid|nodev|noexec", "statx cgroup2",
                          "openat2 /c O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
                          "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /",
                          "mkdirat /c 0755", "openat2 /c O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH",
                          "move_mount cgroup2 -> /c", "late:"));
  EXPECT_EQ(stage.state.sysroot.expected().back().attributes, kReadOnlySystem);
}

TEST(Cgroup2, LeavesNoDescriptorBehind) {
  OpStage stage;
  stage.run(Sysfs{});
  stage.run(Cgroup2{});
  stage.state = SetupState();
  EXPECT_THAT(stage.k.open_descriptors(), IsEmpty());
  EXPECT_THAT(stage.k.misuses(), IsEmpty());
}

}  // namespace
}  // namespace kekkai::ops
