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

constexpr MountAttr kOfBind = MountAttr::kNoSuid | MountAttr::kNoDev;

class RemountTest : public ::testing::Test {
 protected:
  // /data from the host, and a tmpfs in it.
  RemountTest() {
    Bind bind{.source = "/srv", .target = "/data", .writable = true};
    stage.early(bind);
    stage.apply(bind);
    Tmpfs{.path = "/data/tmp"}.apply(stage.state, k);
    k.clear_transcript();
  }
  MountAttr expected_at(size_t index) const {
    return stage.state.sysroot.expected().at(index).attributes;
  }
  OpStage stage;
  testing::ScriptedDispatcher& k = stage.k;
};

TEST_F(RemountTest, AddsFlagsToOneMount) {
  stage.run(Remount{.path = "/data", .read_only = true, .noexec = true});
  EXPECT_THAT(k.transcript(),
              ElementsAre("early:", "apply:", "openat2 /data O_PATH NO_MAGICLINKS|IN_ROOT",
                          "mount_setattr /data ro|noexec", "statx /data", "late:"));
  const auto& restrictions = stage.state.sysroot.restrictions();
  ASSERT_EQ(restrictions.size(), 1U);
  EXPECT_EQ(restrictions[0].attributes, MountAttr::kReadOnly | MountAttr::kNoExec);
  EXPECT_EQ(restrictions[0].mount_id, stage.state.sysroot.expected()[1].id);
  EXPECT_EQ(expected_at(1), kOfBind) << "what is mounted below did not change";
  EXPECT_EQ(expected_at(2), kOfBind);
}

TEST_F(RemountTest, AddsFlagsToAllThatIsBelow) {
  stage.run(Remount{.path = "/data", .noexec = true, .nodev = true, .recursive = true});
  EXPECT_THAT(k.steps(), ::testing::Contains("mount_setattr /data nodev|noexec recursive"));
  EXPECT_EQ(expected_at(0), kOfBind) << "the root is above";
  EXPECT_EQ(expected_at(1), kOfBind | MountAttr::kNoExec);
  EXPECT_EQ(expected_at(2), kOfBind | MountAttr::kNoExec);
}

TEST_F(RemountTest, AddsFlagsToTheRootAndHoweverDeepMountsAre) {
  Tmpfs{.path = "/data/tmp/deep"}.apply(stage.state, k);
  Tmpfs{.path = "/data/tmp/deep/deeper"}.apply(stage.state, k);
  stage.run(Remount{.path = "/data", .noexec = true, .recursive = true});
  for (size_t i = 1; i <= 4; ++i) EXPECT_EQ(expected_at(i), kOfBind | MountAttr::kNoExec) << i;
  stage.run(Remount{.path = "/", .noexec = true, .recursive = true});
  EXPECT_EQ(expected_at(0), kOfBind | MountAttr::kNoExec);
}

TEST_F(RemountTest, DoesNotConcernWhatComesLater) {
  stage.run(Remount{.path = "/data/tmp", .read_only = true, .recursive = true});
  EXPECT_THROW(stage.state.sysroot.make_directory(k, "/data/tmp/new", 0755), SyscallError)
      << "it is read-only by now";
  EXPECT_EQ(stage.state.sysroot.expected().size(), 3U);
}

TEST_F(RemountTest, IsForgottenWithWhatAMountOnTheRootHides) {
  stage.run(Remount{.path = "/data", .read_only = true});
  stage.run(Tmpfs{.path = "/"});
  EXPECT_THAT(stage.state.sysroot.restrictions(), IsEmpty());
}

TEST_F(RemountTest, RefusesWhatIsNoMount) {
  k.fail_call("mount_setattr", EINVAL);
  EXPECT_THAT([&] { stage.run(Remount{.path = "/data/dir", .read_only = true}); },
              ThrowsMessage<Refusal>("nothing is mounted on /data/dir: a remount restricts a whole "
                                     "mount, so mount something there before"));
  k.fail_call("mount_setattr", EPERM);
  EXPECT_THROW(stage.run(Remount{.path = "/data", .read_only = true}), SyscallError);
}

TEST_F(RemountTest, RefusesToAddNothing) {
  EXPECT_THAT([] { Ops().remount({.path = "/data", .recursive = true}); },
              ThrowsMessage<Refusal>("a remount adds one of read_only, noexec and nodev at least"));
}

TEST_F(RemountTest, FailsWhereNothingIs) {
  k.container("/missing").missing();
  EXPECT_THAT([&] { stage.run(Remount{.path = "/missing", .read_only = true}); },
              ThrowsMessage<SyscallError>("openat2 /missing: No such file or directory"));
}

TEST_F(RemountTest, LeavesNoDescriptorBehind) {
  stage.run(Remount{.path = "/data", .read_only = true});
  stage.state = SetupState();
  EXPECT_THAT(k.open_descriptors(), IsEmpty());
  EXPECT_THAT(k.misuses(), IsEmpty());
}

}  // namespace
}  // namespace kekkai::ops
