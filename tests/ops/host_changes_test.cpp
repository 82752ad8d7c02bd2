// What a set-up may make and change on the host, where it is allowed to; and plain files, which are
// no mounts.
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
using ::testing::Not;
using testing::OpStage;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

class HostChangesTest : public ::testing::Test {
 protected:
  void bind_host(HostChanges changes, bool writable = true) {
    stage.state.host_changes = changes;
    k.host("/srv").empty_directory().owned_by(1000, 1000);
    k.host("/srv/old").regular("old", 0640).owned_by(1000, 1000);
    k.host("/srv/link").link_to("old");
    stage.run(Bind{.source = "/srv", .target = "/srv", .writable = writable});
    k.clear_transcript();
  }
  void allow() { bind_host(HostChanges::kInWritableBinds); }

  OpStage stage;
  testing::ScriptedDispatcher& k = stage.k;
};

TEST_F(HostChangesTest, MakeWhatIsMissing) {
  allow();
  stage.run(Mkdir{.path = "/srv/made/deep", .mode = 0700});
  stage.run(Symlink{.path = "/srv/new-link", .target = "x"});
  stage.run(Tmpfs{.path = "/srv/cache"});
  stage.run(File{.path = "/srv/covered", .content = "x"});
  stage.run(File{.path = "/srv/text", .content = "x", .mode = 0604, .plain = true});
  EXPECT_EQ(k.host("/srv/made").mode() & 07777, 0755U);
  EXPECT_EQ(k.host("/srv/made/deep").mode() & 07777, 0700U);
  EXPECT_EQ(k.host("/srv/new-link").content(), "x");
  EXPECT_TRUE(k.host("/srv/cache").is_directory());
  EXPECT_EQ(k.host("/srv/covered").content(), "") << "a mount point";
  EXPECT_EQ(k.host("/srv/covered").mode() & 07777, 0444U);
  EXPECT_EQ(k.host("/srv/text").content(), "x");
  EXPECT_EQ(k.host("/srv/text").mode() & 07777, 0604U);
}

// Somebody else may rename there: each path is resolved anew.
TEST_F(HostChangesTest, AreNoWorkplace) {
  allow();
  stage.run(File{.path = "/srv/a", .content = "x"});
  k.clear_transcript();
  stage.run(File{.path = "/srv/b", .content = "x"});
  EXPECT_THAT(k.transcript(), Contains("openat2 /srv O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT"));
  const auto& expected = stage.state.sysroot.expected();
  EXPECT_EQ(expected[2].parent_id, expected[1].id) << "on the bind";
  EXPECT_EQ(expected[3].parent_id, expected[1].id);
}

TEST_F(HostChangesTest, ChangeWhatIsThere) {
  allow();
  stage.run(Chmod{.path = "/srv/link", .mode = 0600});
  EXPECT_EQ(k.host("/srv/old").mode() & 07777, 0600U);
  k.clear_transcript();
  stage.run(File{.path = "/srv/link", .content = "new", .mode = 0777, .plain = true});
  EXPECT_EQ(k.host("/srv/old").content(), "new");
  EXPECT_EQ(k.host("/srv/old").mode() & 07777, 0600U) << "its own";
  EXPECT_THAT(
      k.transcript(),
      ElementsAre("early:", "apply:", "openat2 /srv/link O_PATH NO_MAGICLINKS|IN_ROOT",
                  "statx /srv/link",
                  "openat2 /srv/link O_WRONLY|O_NONBLOCK|O_NOCTTY NO_MAGICLINKS|IN_ROOT",
                  "statx /srv/link", "ftruncate /srv/link", "write /srv/link \"new\"", "late:"));
}

TEST_F(HostChangesTest, AreRefusedUnlessAllowed) {
  bind_host(HostChanges::kNone);
  EXPECT_THAT([&] { stage.run(File{.path = "/srv/new", .plain = true}); },
              ThrowsMessage<Refusal>("/srv/new does not exist, and nothing is created on the host: "
                                     "create it there, or choose a path below a tmpfs"));
  EXPECT_THAT(
      [&] { stage.run(File{.path = "/srv/old", .plain = true}); },
      ThrowsMessage<Refusal>(StartsWith("/srv/old is on the host, and nothing is changed")));
  EXPECT_THAT([&] { stage.run(Symlink{.path = "/srv/new", .target = "x"}); },
              ThrowsMessage<Refusal>(StartsWith("/srv/new does not exist")));
  EXPECT_EQ(k.host("/srv/old").content(), "old");
}

// Nothing is tried where nothing may be made, and nothing has to be.
TEST_F(HostChangesTest, AreNotNeededForALinkThatIsThere) {
  bind_host(HostChanges::kNone);
  k.host("/srv/same").link_to("x");
  EXPECT_NO_THROW(stage.run(Symlink{.path = "/srv/same", .target = "x"}));
  EXPECT_THAT([&] { stage.run(Symlink{.path = "/srv/same", .target = "y"}); },
              ThrowsMessage<Refusal>("/srv/same exists already, and is not this link"));
  EXPECT_THAT(k.transcript(), Not(Contains(StartsWith("symlinkat"))));
}

TEST_F(HostChangesTest, AreRefusedInAReadOnlyBind) {
  bind_host(HostChanges::kInWritableBinds, false);
  const auto refused = [](const std::string& path) {
    return ThrowsMessage<Refusal>(path +
                                  " is in a read-only bind of the host, where nothing can "
                                  "be made or changed: make the bind writable");
  };
  EXPECT_THAT([&] { stage.run(Mkdir{.path = "/srv/new"}); }, refused("/srv/new"));
  EXPECT_THAT([&] { stage.run(Tmpfs{.path = "/srv/new/deep"}); }, refused("/srv/new"));
  EXPECT_THAT([&] { stage.run(File{.path = "/srv/new"}); }, refused("/srv/new"));
  EXPECT_THAT([&] { stage.run(File{.path = "/srv/old", .plain = true}); }, refused("/srv/old"));
  EXPECT_THAT([&] { stage.run(Symlink{.path = "/srv/new", .target = "x"}); }, refused("/srv/new"));
  EXPECT_THAT([&] { stage.run(Chmod{.path = "/srv/old"}); }, refused("/srv/old"));
}

// On file systems of our own the kernel's words say it: somebody has asked for that mount.
TEST_F(HostChangesTest, DoNotExplainOurOwnMounts) {
  stage.run(Tmpfs{.path = "/tmp"});
  stage.run(Remount{.path = "/tmp", .read_only = true});
  EXPECT_THAT([&] { stage.run(Mkdir{.path = "/tmp/new"}); },
              ThrowsMessage<SyscallError>("mkdirat /tmp/new: Read-only file system"));
}

using PlainFile = HostChangesTest;

TEST_F(PlainFile, IsWrittenIntoTheTree) {
  stage.run(Tmpfs{.path = "/tmp"});
  const size_t mounts = stage.state.sysroot.expected().size();
  k.clear_transcript();
  stage.run(File{.path = "/tmp/text", .content = "x", .mode = 0604, .plain = true});
  EXPECT_THAT(
      k.transcript(),
      ElementsAre("early:", "apply:", "openat2 /tmp/text O_PATH NO_MAGICLINKS|IN_ROOT = ENOENT",
                  "openat2 /tmp O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /tmp",
                  "openat2 /tmp/text O_WRONLY|O_CREAT|O_EXCL NO_SYMLINKS|BENEATH 0604",
                  "write /tmp/text \"x\"", "late:"));
  EXPECT_EQ(stage.state.sysroot.expected().size(), mounts);
}

TEST_F(PlainFile, ReplacesTheContentOfAnother) {
  stage.run(File{.path = "/a", .content = "longer than", .plain = true});
  stage.run(File{.path = "/a", .content = "this", .plain = true});
  EXPECT_EQ(k.container("/a").content(), "this");
}

TEST_F(PlainFile, IsMadeWhereADanglingLinkLeads) {
  stage.run(Symlink{.path = "/link", .target = "there/it/is"});
  stage.run(File{.path = "/link", .content = "x", .plain = true});
  EXPECT_EQ(k.container("/there/it/is").content(), "x");
}

TEST_F(PlainFile, ReplacesNothingElse) {
  stage.run(Mkdir{.path = "/dir"});
  EXPECT_THAT([&] { stage.run(File{.path = "/dir", .plain = true}); },
              ThrowsMessage<Refusal>(
                  "/dir is there already, and is no ordinary file that could be replaced"));
}

TEST_F(PlainFile, HasNoUseForWritable) {
  EXPECT_THAT([] { Ops().file({.path = "/f", .writable = true, .plain = true}); },
              ThrowsMessage<Refusal>(
                  "whether a plain file can be written to is up to its mode and its place"));
}

TEST_F(PlainFile, HasAModeThatThereIs) {
  EXPECT_THAT([] { Ops().file({.path = "/f", .mode = 010000}); },
              ThrowsMessage<Refusal>("the mode of a file is at most 7777 in octal, and not 10000"));
}

}  // namespace
}  // namespace kekkai::ops
