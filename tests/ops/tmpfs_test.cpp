#include <kekkai/ops/ops.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai::ops {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::OpStage;
using ::testing::ThrowsMessage;

TEST(Tmpfs, IsMadeAndMountedInApply) {
  OpStage stage;
  stage.run(Tmpfs{.path = "/tmp", .mode = 01777});
  EXPECT_THAT(
      stage.k.transcript(),
      ElementsAre("early:", "apply:", "fsopen tmpfs", "fsconfig tmpfs mode=1777",
                  "fsconfig create tmpfs", "fsmount tmpfs nosuid|nodev", "statx tmpfs",
                  "openat2 /tmp O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
                  "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /",
                  "mkdirat /tmp 0755", "openat2 /tmp O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH",
                  "move_mount tmpfs -> /tmp", "late:"));
}

TEST(Tmpfs, LimitsItsSizeOnlyWhereAsked) {
  OpStage stage;
  stage.run(Tmpfs{.path = "/tmp", .mode = 0700, .size = 65536});
  EXPECT_THAT(stage.k.transcript(), Contains("fsconfig tmpfs mode=700"));
  EXPECT_THAT(stage.k.transcript(), Contains("fsconfig tmpfs size=65536"));
}

TEST(Tmpfs, IsAPlaceWhereThingsMayBeMade) {
  OpStage stage;
  stage.run(Tmpfs{.path = "/tmp"});
  EXPECT_NO_THROW(stage.state.sysroot.make_directory(stage.k, "/tmp/deep/deeper", 0700));
}

TEST(Tmpfs, IsExpectedToHaveItsAttributes) {
  OpStage stage;
  stage.run(Tmpfs{.path = "/tmp"});
  EXPECT_EQ(stage.state.sysroot.expected().back().attributes,
            MountAttr::kNoSuid | MountAttr::kNoDev);
}

TEST(Tmpfs, IsReadOnlyOnRequest) {
  OpStage stage;
  stage.run(Tmpfs{.path = "/tmp", .read_only = true});
  EXPECT_NO_THROW(stage.state.sysroot.make_directory(stage.k, "/tmp/mount-point", 0700));
  stage.k.clear_transcript();
  stage.state.sysroot.seal(stage.k);
  EXPECT_THAT(stage.k.transcript(), ElementsAre("mount_setattr tmpfs ro"));
  EXPECT_THROW(stage.state.sysroot.make_directory(stage.k, "/tmp/late", 0700), SyscallError);
  EXPECT_EQ(stage.state.sysroot.expected().back().attributes,
            MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev);
}

TEST(Tmpfs, OptionallyOnlyCovers) {
  OpStage stage;
  stage.enter_container();
  stage.run(Tmpfs{.path = "/var/tmp", .optional = true});
  EXPECT_THAT(stage.k.transcript(),
              ElementsAre("early:", "apply:",
                          "openat2 /var/tmp O_PATH NO_MAGICLINKS|IN_ROOT = ENOENT", "late:"));
  Tmpfs{.path = "/var/tmp"}.apply(stage.state, stage.k);
  stage.run(Tmpfs{.path = "/var/tmp", .optional = true});
  EXPECT_EQ(stage.state.sysroot.expected().size(), 3U);
}

TEST(Tmpfs, RefusesAModeOrSizeThatThereIsNot) {
  EXPECT_NO_THROW((Tmpfs{.path = "/t", .mode = 07777, .size = INT64_MAX}.check()));
  EXPECT_THAT(
      [] { Ops().tmpfs({.path = "/t", .mode = 010000}); },
      ThrowsMessage<Refusal>("the mode of a tmpfs is at most 7777 in octal, and not 10000"));
  EXPECT_THAT([] { Ops().tmpfs({.path = "/t", .size = uint64_t{1} << 63}); },
              ThrowsMessage<Refusal>("the size of a tmpfs is at most 9223372036854775807 bytes, "
                                     "and not 9223372036854775808"));
}

TEST(Tmpfs, FailsWithTheCallThatTheKernelRefused) {
  OpStage stage;
  stage.k.fail_call("fsmount tmpfs", EPERM);
  EXPECT_THAT([&] { stage.run(Tmpfs{.path = "/tmp"}); },
              ThrowsMessage<SyscallError>("fsmount tmpfs: Operation not permitted"));
}

}  // namespace
}  // namespace kekkai::ops
