#include <kekkai/ops/file.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai::ops {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::OpStage;
using ::testing::ThrowsMessage;

TEST(File, IsWrittenInTheIntermediateRootAndMountedFromThere) {
  OpStage stage;
  stage.run(File{.path = "/etc/hostname", .content = "box\n", .mode = 0640});
  EXPECT_THAT(
      stage.k.transcript(),
      ElementsAre(
          "early:", "apply:",
          "openat2 intermediate root/content-0 O_WRONLY|O_CREAT|O_EXCL "
          "NO_SYMLINKS|BENEATH 0600",
          "write intermediate root/content-0 \"box\\n\"", "fchmod intermediate root/content-0 0640",
          "open_tree intermediate root/content-0", "mount_setattr content ro|nosuid|nodev private",
          "statx content", "openat2 /etc/hostname O_PATH NO_MAGICLINKS|IN_ROOT = ENOENT",
          "openat2 /etc O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
          "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /", "mkdirat /etc 0755",
          "openat2 /etc O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH", "statx /etc",
          "openat2 /etc/hostname O_WRONLY|O_CREAT|O_EXCL NO_SYMLINKS|BENEATH 0444",
          "move_mount content -> /etc/hostname", "late:"));
}

TEST(File, IsReadOnlyUnlessWritable) {
  OpStage stage;
  stage.run(File{.path = "/a", .content = "x", .writable = true});
  EXPECT_THAT(stage.k.transcript(), Contains("mount_setattr content nosuid|nodev private"));
  EXPECT_EQ(stage.state.sysroot.expected().back().attributes,
            MountAttr::kNoSuid | MountAttr::kNoDev);
  stage.run(File{.path = "/b", .content = "x"});
  EXPECT_EQ(stage.state.sysroot.expected().back().attributes,
            MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev);
}

TEST(File, MayHoldAnyBytes) {
  OpStage stage;
  const std::string bytes("\0\xff\n", 3);
  stage.run(File{.path = "/a", .content = bytes});
  EXPECT_EQ(stage.k.written("intermediate root/content-0"), bytes);
}

TEST(File, GetsAPlaceOfItsOwnForEachContent) {
  OpStage stage;
  stage.run(File{.path = "/a", .content = "first"});
  stage.run(File{.path = "/b", .content = "second"});
  EXPECT_EQ(stage.k.written("intermediate root/content-0"), "first");
  EXPECT_EQ(stage.k.written("intermediate root/content-1"), "second");
}

TEST(File, IsMountedOverAnExistingFile) {
  OpStage stage;
  stage.enter_container();
  stage.k.container("/a").regular("old");
  stage.run(File{.path = "/a", .content = "new"});
  const UniqueFd file =
      stage.k.openat2(stage.state.sysroot.root(), "a", Open::kReadOnly, Resolve::kInRoot, 0);
  EXPECT_EQ(read_text(stage.k, file), "new");
}

TEST(File, CannotReplaceADirectory) {
  OpStage stage;
  stage.enter_container();
  stage.k.container("/etc").directory();
  EXPECT_THAT([&] { stage.run(File{.path = "/etc"}); },
              ThrowsMessage<Refusal>("/etc is a directory, and a file cannot be mounted on it"));
}

TEST(File, FailsWhereItCannotBeWritten) {
  OpStage stage;
  stage.k.fail_call("write", ENOSPC);
  EXPECT_THAT(
      [&] { stage.run(File{.path = "/a", .content = "x"}); },
      ThrowsMessage<SyscallError>("write intermediate root/content-0: No space left on device"));
}

TEST(File, LeavesNoDescriptorBehind) {
  OpStage stage;
  stage.run(File{.path = "/a", .content = "x"});
  stage.state = SetupState();
  EXPECT_THAT(stage.k.open_descriptors(), IsEmpty());
  EXPECT_THAT(stage.k.misuses(), IsEmpty());
}

}  // namespace
}  // namespace kekkai::ops
