#include <kekkai/ops/bind.h>
#include <kekkai/ops/mask.h>
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

constexpr MountAttr kNothing =
    MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev | MountAttr::kNoExec;

const Mask kMask{.path = "/secret"};

class MaskTest : public ::testing::Test {
 protected:
  MaskTest() { stage.enter_container(); }
  OpStage stage;
  testing::ScriptedDispatcher& k = stage.k;
};

TEST_F(MaskTest, CoversADirectoryWithAnEmptyOne) {
  k.container("/secret").directory();
  stage.run(kMask);
  EXPECT_THAT(k.transcript(),
              ElementsAre("early:", "apply:", "openat2 /secret O_PATH NO_MAGICLINKS|IN_ROOT",
                          "statx /secret", "fsopen tmpfs", "fsconfig tmpfs mode=555",
                          "fsconfig create tmpfs", "fsmount tmpfs ro|nosuid|nodev|noexec",
                          "statx tmpfs", "statx /secret", "move_mount tmpfs -> /secret", "late:"));
}

TEST_F(MaskTest, CoversAFileWithAnEmptyOne) {
  k.container("/secret").regular("key");
  stage.run(kMask);
  EXPECT_THAT(k.transcript(),
              ElementsAre("early:", "apply:", "openat2 /secret O_PATH NO_MAGICLINKS|IN_ROOT",
                          "statx /secret",
                          "openat2 intermediate root/content-0 O_WRONLY|O_CREAT|O_EXCL "
                          "NO_SYMLINKS|BENEATH 0600",
                          "fchmod intermediate root/content-0 0444",
                          "open_tree intermediate root/content-0",
                          "mount_setattr content ro|nosuid|nodev|noexec private", "statx content",
                          "statx /secret", "move_mount content -> /secret", "late:"));
}

TEST_F(MaskTest, RefusesNothingOnlyWhereItIsRequired) {
  k.container("/secret").missing();
  EXPECT_NO_THROW(stage.run(kMask));
  EXPECT_THAT(
      [&] { stage.run(Mask{.path = "/secret", .required = true}); },
      ::testing::ThrowsMessage<Refusal>("/secret does not exist, and so there is nothing to hide"));
}

TEST_F(MaskTest, CoversADeviceWithAFile) {
  k.container("/secret").block_device(8, 0);
  stage.run(kMask);
  EXPECT_EQ(k.steps().back(), "move_mount content -> /secret");
}

TEST_F(MaskTest, CoversWhatALinkLeadsToInsideTheRoot) {
  k.container("/secret").link_to("../../real");
  k.container("/real").regular("key");
  stage.run(kMask);
  const ExpectedMount& mount = stage.state.sysroot.expected().back();
  EXPECT_EQ(mount.path, kMask.path);
  EXPECT_EQ(mount.attributes, kNothing);
  const UniqueFd real =
      k.openat2(stage.state.sysroot.root(), "real", Open::kPath, Resolve::kInRoot, 0);
  EXPECT_EQ(k.statx(real).mount_id, mount.id);
}

TEST_F(MaskTest, MakesNothingWhereNothingIs) {
  k.container("/secret").missing();
  stage.run(kMask);
  EXPECT_THAT(k.transcript(),
              ElementsAre("early:", "apply:",
                          "openat2 /secret O_PATH NO_MAGICLINKS|IN_ROOT = ENOENT", "late:"));
}

TEST_F(MaskTest, MakesNothingBelowAFile) {
  k.container("/file").regular();
  stage.run(Mask{.path = "/file/secret"});
  EXPECT_EQ(k.steps().size(), 1U);
  EXPECT_EQ(stage.state.sysroot.expected().size(), 1U);
}

TEST_F(MaskTest, MakesNothingForADanglingLink) {
  k.container("/secret").link_to("/nowhere/at/all");
  k.container("/nowhere").missing();
  stage.run(kMask);
  EXPECT_EQ(k.steps().size(), 1U);
}

TEST_F(MaskTest, RefusesTheRoot) {
  EXPECT_THAT([&] { stage.run(Mask{}); },
              ThrowsMessage<Refusal>("/ is the container's root, and nothing would be left of it"));
  k.container("/up").link_to("../..");
  EXPECT_THAT(
      [&] { stage.run(Mask{.path = "/up"}); },
      ThrowsMessage<Refusal>("/up is the container's root, and nothing would be left of it"));
}

TEST_F(MaskTest, FindsWhatIsRequired) {
  k.container("/secret").directory();
  EXPECT_NO_THROW(stage.run(Mask{.path = "/secret", .required = true}));
}

// The same file and the same file system, but another mount.
TEST_F(MaskTest, CoversTheDirectoryOfTheRootElsewhere) {
  Bind root{.source = "/", .target = "/"};
  Bind again{.source = "/", .target = "/again"};
  OpStage other;
  other.k.host("/again").directory();
  other.early(root), other.early(again);
  other.apply(root), other.apply(again);
  EXPECT_NO_THROW(other.run(Mask{.path = "/again"}));
  EXPECT_THAT(other.k.steps(), ::testing::Contains("move_mount tmpfs -> /again"));
}

struct FailureCase {
  const char* call;
  int error;
  const char* message;
};
class MaskFailure : public ::testing::TestWithParam<FailureCase> {};

// What cannot be hidden would be seen.
TEST_P(MaskFailure, FailsTheOp) {
  OpStage stage;
  stage.enter_container();
  stage.k.container("/secret").directory();
  stage.k.fail_call(GetParam().call, GetParam().error);
  EXPECT_THAT([&] { stage.run(kMask); }, ThrowsMessage<SyscallError>(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Calls, MaskFailure,
    ::testing::Values(FailureCase{"openat2 /secret", EACCES, "openat2 /secret: Permission denied"},
                      FailureCase{"openat2 /secret", ELOOP,
                                  "openat2 /secret: Too many levels of symbolic links"},
                      FailureCase{"fsmount", ENOENT, "fsmount tmpfs: No such file or directory"},
                      FailureCase{"move_mount", ENOENT,
                                  "move_mount tmpfs -> /secret: No such file or directory"}));

TEST_F(MaskTest, LeavesNoDescriptorBehind) {
  k.container("/secret").regular();
  stage.run(kMask);
  stage.state = SetupState();
  EXPECT_THAT(k.open_descriptors(), IsEmpty());
  EXPECT_THAT(k.misuses(), IsEmpty());
}

}  // namespace
}  // namespace kekkai::ops
