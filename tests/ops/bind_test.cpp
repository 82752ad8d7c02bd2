#include <kekkai/ops/bind.h>
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

const Bind kBind{.source = "/srv/data", .target = "/data"};

TEST(Bind, PinsTheSourceEarlyAndAttachesTheCloneInApply) {
  OpStage stage;
  stage.run(kBind);
  EXPECT_THAT(
      stage.k.transcript(),
      ElementsAre(
          "early:", "openat2 /srv/data O_PATH NO_MAGICLINKS", "open_tree /srv/data recursive",
          "mount_setattr /srv/data ro|nosuid|nodev private recursive", "apply:", "statx /srv/data",
          "openat2 /data O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
          "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /", "mkdirat /data 0755",
          "openat2 /data O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH", "move_mount /srv/data -> /data",
          "late:"));
}

struct AttributeCase {
  const char* name;
  Bind bind;
  MountAttr attributes;
  const char* call;
};
std::ostream& operator<<(std::ostream& out, const AttributeCase& c) { return out << c.name; }

class BindAttributes : public ::testing::TestWithParam<AttributeCase> {};

TEST_P(BindAttributes, AreSetOnTheCloneAndExpectedOfTheMount) {
  OpStage stage;
  Bind bind = GetParam().bind;
  stage.early(bind);
  EXPECT_EQ(stage.k.transcript().back(), GetParam().call);
  stage.apply(bind);
  EXPECT_EQ(stage.state.sysroot.expected().back().attributes, GetParam().attributes);
  EXPECT_EQ(stage.state.sysroot.expected().back().path, ContainerPath("/b"));
}

constexpr MountAttr kSafe = MountAttr::kNoSuid | MountAttr::kNoDev;
INSTANTIATE_TEST_SUITE_P(
    All, BindAttributes,
    ::testing::Values(AttributeCase{"plain",
                                    {.source = "/a", .target = "/b"},
                                    kSafe | MountAttr::kReadOnly,
                                    "mount_setattr /a ro|nosuid|nodev private recursive"},
                      AttributeCase{"writable",
                                    {.source = "/a", .target = "/b", .writable = true},
                                    kSafe,
                                    "mount_setattr /a nosuid|nodev private recursive"},
                      AttributeCase{"device",
                                    {.source = "/a", .target = "/b", .device = true},
                                    MountAttr::kNoSuid | MountAttr::kReadOnly,
                                    "mount_setattr /a ro|nosuid private recursive"},
                      AttributeCase{
                          "writable_device",
                          {.source = "/a", .target = "/b", .writable = true, .device = true},
                          MountAttr::kNoSuid,
                          "mount_setattr /a nosuid private recursive"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(Bind, IsASlaveOnRequestAndExpectedToBeOne) {
  OpStage stage;
  Bind root{.source = "/", .target = "/", .slave = true};
  Bind plain{.source = "/a", .target = "/plain"};
  Bind slave{.source = "/a", .target = "/slave", .slave = true};
  for (Bind* bind : {&root, &plain, &slave}) stage.early(*bind);
  EXPECT_EQ(stage.k.transcript().back(), "mount_setattr /a ro|nosuid|nodev slave recursive");
  for (Bind* bind : {&root, &plain, &slave}) stage.apply(*bind);
  const auto& expected = stage.state.sysroot.expected();
  ASSERT_EQ(expected.size(), 3U);
  EXPECT_TRUE(expected[0].slave);
  EXPECT_FALSE(expected[1].slave);
  EXPECT_TRUE(expected[2].slave);
}

TEST(Bind, MakesAFileToMountAFileOn) {
  OpStage stage;
  stage.k.host("/etc/hosts").regular("127.0.0.1 localhost\n");
  Bind bind{.source = "/etc/hosts", .target = "/hosts"};
  stage.early(bind);
  stage.k.clear_transcript();
  stage.apply(bind);
  EXPECT_THAT(stage.k.transcript(),
              ElementsAre("apply:", "statx /etc/hosts",
                          "openat2 /hosts O_PATH NO_MAGICLINKS|IN_ROOT = ENOENT",
                          "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /",
                          "openat2 /hosts O_WRONLY|O_CREAT|O_EXCL NO_SYMLINKS|BENEATH 0444",
                          "move_mount /etc/hosts -> /hosts"));
}

TEST(Bind, CannotMountADirectoryOnAFileNorAFileOnADirectory) {
  OpStage stage;
  stage.k.host("/etc/hosts").regular();
  Bind file{.source = "/etc/hosts", .target = "/directory"};
  Bind directory{.source = "/srv", .target = "/file"};
  stage.early(file);
  stage.early(directory);
  stage.enter_container();
  stage.k.container("/directory").directory();
  stage.k.container("/file").regular();
  EXPECT_THAT(
      [&] { stage.apply(file); },
      ThrowsMessage<Refusal>("/directory is a directory, and a file cannot be mounted on it"));
  EXPECT_THAT([&] { stage.apply(directory); },
              ThrowsMessage<SyscallError>("openat2 /file: Not a directory"));
}

TEST(Bind, FailsWhereTheSourceIsMissing) {
  OpStage stage;
  stage.k.host("/srv/data").missing();
  EXPECT_THAT([&] { stage.run(kBind); },
              ThrowsMessage<SyscallError>("openat2 /srv/data: No such file or directory"));
  EXPECT_THAT(stage.k.transcript(),
              ElementsAre("early:", "openat2 /srv/data O_PATH NO_MAGICLINKS = ENOENT"));
}

TEST(Bind, DoesNothingWhereAnOptionalSourceIsMissing) {
  OpStage stage;
  stage.k.host("/srv/data").missing();
  stage.run(Bind{.source = "/srv/data", .target = "/data", .optional = true});
  EXPECT_THAT(
      stage.k.transcript(),
      ElementsAre("early:", "openat2 /srv/data O_PATH NO_MAGICLINKS = ENOENT", "apply:", "late:"));
  EXPECT_EQ(stage.state.sysroot.expected().size(), 1U) << "nothing but the root";
}

TEST(Bind, DoesNotTakeAnotherFailureForAMissingOptionalSource) {
  OpStage stage;
  stage.k.fail_call("openat2 /srv/data", EACCES);
  EXPECT_THAT([&] { stage.run(Bind{.source = "/srv/data", .target = "/data", .optional = true}); },
              ThrowsMessage<SyscallError>("openat2 /srv/data: Permission denied"));
}

TEST(Bind, DoesNotTakeAFailureOfTheCloneForAMissingOptionalSource) {
  OpStage stage;
  stage.k.fail_call("open_tree /srv/data", ENOENT);
  EXPECT_THAT([&] { stage.run(Bind{.source = "/srv/data", .target = "/data", .optional = true}); },
              ThrowsMessage<SyscallError>("open_tree /srv/data: No such file or directory"));
}

TEST(Bind, MakesAnEnsuredSourceWithItsParents) {
  OpStage stage;
  stage.k.host("/home/user/.cache").missing();
  Bind bind{.source = "/home/user/.cache/app/", .target = "/cache", .ensure = true};
  stage.early(bind);
  EXPECT_THAT(
      stage.k.transcript(),
      ElementsAre(
          "early:", "openat2 /home/user/.cache/app/ O_PATH|O_DIRECTORY NO_MAGICLINKS = ENOENT",
          "openat2 /home/user/.cache O_PATH|O_DIRECTORY NO_MAGICLINKS = ENOENT",
          "openat2 /home/user O_PATH|O_DIRECTORY NO_MAGICLINKS", "mkdirat /home/user/.cache 0700",
          "openat2 /home/user/.cache O_PATH|O_DIRECTORY NO_MAGICLINKS",
          "mkdirat /home/user/.cache/app 0700",
          "openat2 /home/user/.cache/app O_PATH|O_DIRECTORY NO_MAGICLINKS",
          "open_tree /home/user/.cache/app recursive",
          "mount_setattr /home/user/.cache/app ro|nosuid|nodev private recursive"));
}

TEST(Bind, LeavesAnEnsuredSourceThatExistsAlone) {
  OpStage stage;
  Bind bind{.source = "/srv/data", .target = "/data", .ensure = true};
  stage.early(bind);
  EXPECT_EQ(stage.k.steps().front(), "openat2 /srv/data O_PATH|O_DIRECTORY NO_MAGICLINKS");
  EXPECT_EQ(stage.k.steps().size(), 3U);
}

TEST(Bind, MakesNothingWhereAnEnsuredSourceMayNotBeLookedFor) {
  OpStage stage;
  stage.k.fail_call("openat2 /srv/data", EACCES);
  EXPECT_THAT([&] { stage.run(Bind{.source = "/srv/data", .target = "/data", .ensure = true}); },
              ThrowsMessage<SyscallError>("openat2 /srv/data: Permission denied"));
}

TEST(Bind, TakesAnEnsuredSourceThatSomebodyElseMadeMeanwhile) {
  OpStage stage;
  stage.k.fail_call("openat2 /srv/data", ENOENT);
  stage.k.fail_call("mkdirat /srv/data", EEXIST);
  Bind bind{.source = "/srv/data", .target = "/data", .ensure = true};
  EXPECT_NO_THROW(stage.early(bind));
}

TEST(Bind, DoesNotTryToMakeTheRoot) {
  OpStage stage;
  stage.k.fail_call("openat2 /", ENOENT);
  EXPECT_THAT([&] { stage.run(Bind{.source = "/", .target = "/data", .ensure = true}); },
              ThrowsMessage<SyscallError>("openat2 /: No such file or directory"));
}

TEST(Bind, MakesAnEnsuredSourceAtTheTop) {
  OpStage stage;
  stage.k.host("/new").missing();
  Bind bind{.source = "/new", .target = "/data", .ensure = true};
  stage.early(bind);
  EXPECT_THAT(stage.k.steps(), ::testing::Contains("mkdirat /new 0700"));
}

TEST(Bind, FailsWhereAnEnsuredSourceCannotBeMade) {
  OpStage stage;
  stage.k.host("/srv/data").missing();
  stage.k.fail_call("mkdirat /srv/data", EACCES);
  EXPECT_THAT([&] { stage.run(Bind{.source = "/srv/data", .target = "/data", .ensure = true}); },
              ThrowsMessage<SyscallError>("mkdirat /srv/data: Permission denied"));
}

TEST(Bind, RefusesAnEnsuredSourceThatIsAFileOrADanglingLink) {
  OpStage stage;
  stage.k.host("/srv/file").regular();
  EXPECT_THAT([&] { stage.run(Bind{.source = "/srv/file", .target = "/data", .ensure = true}); },
              ThrowsMessage<SyscallError>("openat2 /srv/file: Not a directory"));
  stage.k.host("/srv/link").link_to("/srv/nowhere");
  stage.k.host("/srv/nowhere").missing();
  EXPECT_THAT([&] { stage.run(Bind{.source = "/srv/link", .target = "/data", .ensure = true}); },
              ThrowsMessage<SyscallError>("openat2 /srv/link: No such file or directory"));
}

TEST(Bind, DoesNotFollowAMagicLink) {
  OpStage stage;
  stage.k.host("/proc/self/cwd").magic_link_to("/");
  EXPECT_THAT(
      [&] { stage.run(Bind{.source = "/proc/self/cwd", .target = "/data"}); },
      ThrowsMessage<SyscallError>("openat2 /proc/self/cwd: Too many levels of symbolic links"));
}

TEST(Bind, FollowsAMagicLinkWhereItIsAskedTo) {
  OpStage stage;
  stage.k.host("/proc/self/cwd").magic_link_to("/");
  stage.run(Bind{.source = "/proc/self/cwd", .target = "/x", .magic_links = true});
  ASSERT_EQ(stage.state.sysroot.expected().size(), 2U);
  EXPECT_EQ(stage.state.sysroot.expected()[1].path, "/x");
}

TEST(Bind, BringsSubmountsAlongAsRestrictedAsTheMount) {
  OpStage stage;
  stage.k.mount_on_host("/srv/data/disk");
  Bind bind = kBind;
  stage.early(bind);
  stage.apply(bind);
  const UniqueFd inside =
      stage.k.openat2(stage.state.sysroot.root(), "data/disk", Open::kPath, Resolve::kInRoot, 0);
  EXPECT_THAT([&] { stage.k.mkdirat(inside, "new", 0755); },
              ThrowsMessage<SyscallError>("mkdirat /data/disk/new: Read-only file system"));
}

TEST(Bind, CopyStartsWithoutWhatEarlyPinned) {
  OpStage stage;
  Bind original = kBind;
  stage.early(original);
  Bind copy = original;
  EXPECT_FALSE(*copy.tree);
  EXPECT_TRUE(*original.tree);
  EXPECT_EQ(copy, original) << "what was pinned is not compared";
  copy = original;
  EXPECT_FALSE(*copy.tree);
  const Bind moved = std::move(original);
  EXPECT_TRUE(*moved.tree);
}

TEST(Bind, LeavesNoDescriptorBehind) {
  OpStage stage;
  stage.run(kBind);
  stage.state = SetupState();
  EXPECT_THAT(stage.k.open_descriptors(), IsEmpty());
  EXPECT_THAT(stage.k.misuses(), IsEmpty());
}

}  // namespace
}  // namespace kekkai::ops
