#include <kekkai/ops/bind.h>
#include <kekkai/ops/dev.h>
#include <kekkai/ops/read_only.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/tmpfs.h>
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

class ReadOnlyTest : public ::testing::Test {
 protected:
  void bind(Bind op) {
    stage.early(op);
    stage.apply(op);
    stage.k.clear_transcript();
  }
  OpStage stage;
  testing::ScriptedDispatcher& k = stage.k;
};

TEST_F(ReadOnlyTest, MountsAReadOnlyCloneOnItself) {
  bind({.source = "/srv", .target = "/data", .writable = true, .noexec = true});
  stage.run(ReadOnly{.path = "/data/part"});
  EXPECT_THAT(k.transcript(),
              ElementsAre("early:", "apply:", "openat2 /data/part O_PATH NO_MAGICLINKS|IN_ROOT",
                          "statx /data/part", "open_tree /data/part recursive",
                          "mount_setattr /data/part ro|nosuid|nodev|noexec private recursive",
                          "statx /data/part", "statx /data/part",
                          "move_mount /data/part -> /data/part", "late:"));
  const auto& expected = stage.state.sysroot.expected();
  EXPECT_EQ(expected.back().attributes, expected[1].attributes | MountAttr::kReadOnly);
  EXPECT_EQ(expected.back().parent_id, expected[1].id);
}

TEST_F(ReadOnlyTest, TakesAFile) {
  bind({.source = "/srv", .target = "/data", .writable = true, .device = true});
  k.container("/data/file").regular();
  stage.run(ReadOnly{.path = "/data/file"});
  EXPECT_THAT(k.steps(), Contains("mount_setattr /data/file ro|nosuid private recursive"));
}

// A device node below loses nothing but the right to be written over.
TEST_F(ReadOnlyTest, ExpectsOfAllBelowWhatAllBelowHave) {
  stage.run(Dev{});
  stage.run(ReadOnly{.path = "/dev"});
  EXPECT_EQ(stage.state.sysroot.expected().back().attributes,
            MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoExec);
}

// It may have fewer restrictions than the bind would tell: none but nosuid are sure.
TEST_F(ReadOnlyTest, ExpectsLittleOfAMountThatCameWithABind) {
  k.mount_on_host("/srv/below");
  bind({.source = "/srv", .target = "/data", .writable = true});
  stage.run(ReadOnly{.path = "/data/below"});
  EXPECT_THAT(k.steps(), Contains("mount_setattr /data/below ro|nosuid private recursive"));
  EXPECT_EQ(stage.state.sysroot.expected().back().attributes,
            MountAttr::kReadOnly | MountAttr::kNoSuid);
}

TEST_F(ReadOnlyTest, TakesTheRootWithAllThatIsThereByThen) {
  bind({.source = "/", .target = "/", .writable = true});
  stage.run(Tmpfs{.path = "/tmp"});
  stage.run(ReadOnly{});
  const auto& expected = stage.state.sysroot.expected();
  ASSERT_EQ(expected.size(), 1U) << "what was there before is hidden";
  EXPECT_TRUE(expected[0].path.is_root());
  EXPECT_EQ(expected[0].attributes, MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev);
}

TEST_F(ReadOnlyTest, RefusesWhatDoesNotExist) {
  stage.enter_container();
  k.container("/missing").missing();
  EXPECT_THAT([&] { stage.run(ReadOnly{.path = "/missing"}); },
              ThrowsMessage<Refusal>("/missing does not exist, and cannot be made read-only"));
}

TEST_F(ReadOnlyTest, MayBeDoneWithout) {
  stage.enter_container();
  k.container("/missing").missing();
  stage.run(ReadOnly{.path = "/missing", .optional = true});
  EXPECT_THAT(k.transcript(),
              ElementsAre("early:", "apply:",
                          "openat2 /missing O_PATH NO_MAGICLINKS|IN_ROOT = ENOENT", "late:"));
}

TEST_F(ReadOnlyTest, IsNotDoneWithoutForAnotherReason) {
  bind({.source = "/srv", .target = "/data"});
  for (const char* call : {"openat2 /data", "open_tree", "mount_setattr", "move_mount"}) {
    k.fail_call(call, EACCES);
    EXPECT_THROW(stage.run(ReadOnly{.path = "/data", .optional = true}), SyscallError) << call;
  }
}

TEST_F(ReadOnlyTest, LeavesNoDescriptorBehind) {
  bind({.source = "/srv", .target = "/data"});
  stage.run(ReadOnly{.path = "/data"});
  stage.state = SetupState();
  EXPECT_THAT(k.open_descriptors(), IsEmpty());
  EXPECT_THAT(k.misuses(), IsEmpty());
}

}  // namespace
}  // namespace kekkai::ops
