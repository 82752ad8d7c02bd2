// The corners that DESIGN.md names, on the model of mounts that ScriptedDispatcher answers from.
#include <kekkai/ops/ops.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

namespace kekkai {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::OpStage;
using ::testing::ThrowsMessage;

class SysrootTest : public ::testing::Test {
 protected:
  SysrootTest() {
    stage.early(host_);
    stage.enter_container();
  }

  // What the path leads to in the container; nullopt for ENOENT.
  std::optional<FileStatus> status(const std::string& path) {
    try {
      const UniqueFd fd = stage.k.openat2(sysroot.root(), path, Open::kPath, Resolve::kInRoot, 0);
      return stage.k.statx(fd);
    } catch (const SyscallError& e) {
      if (e.error() != ENOENT) throw;
      return std::nullopt;
    }
  }
  void mount_tmpfs(const ContainerPath& path) { stage.run(ops::Tmpfs{.path = path}); }
  void mount_host(const ContainerPath& path) {
    host_.target = path;
    stage.apply(host_);
  }

  OpStage stage;
  testing::ScriptedDispatcher& k = stage.k;
  Sysroot& sysroot = stage.state.sysroot;

 private:
  ops::Bind host_{.source = "/", .target = "/", .writable = true};
};

// Mounts.

TEST_F(SysrootTest, ReopensItsRootAfterAMountOnIt) {
  mount_host("/");
  mount_tmpfs("/tmp");
  const uint64_t root = status(".")->mount_id;
  ASSERT_EQ(sysroot.expected().size(), 2U) << "what was there before is hidden";
  EXPECT_EQ(sysroot.expected()[0].id, root);
  EXPECT_EQ(sysroot.expected()[1].path, ContainerPath("/tmp"));
  EXPECT_EQ(sysroot.expected()[1].parent_id, root);
}

TEST(Sysroot, EveryOpWorksOnABoundRoot) {
  Ops ops;
  ops.bind({.source = "/", .target = "/"})
      .tmpfs({.path = "/tmp"})
      .proc()
      .dev()
      .bind({.source = "/srv", .target = "/mnt"})
      .mkdir({.path = "/tmp/new"})
      .symlink({.path = "/tmp/link", .target = "new"})
      .file({.path = "/tmp/file", .content = "x"})
      .file({.path = "/etc/hostname", .content = "box\n"});
  OpStage stage;
  stage.k.host("/etc/hostname").regular("host\n");
  for (size_t i = 0; i < ops.size(); ++i) ops[i].early(stage.state, stage.k);
  stage.enter_container();
  for (size_t i = 0; i < ops.size(); ++i) {
    EXPECT_NO_THROW(ops[i].apply(stage.state, stage.k)) << ops[i].describe();
  }
  const Sysroot& sysroot = stage.state.sysroot;
  EXPECT_EQ(stage.k.statx(sysroot.root()).mount_id, sysroot.expected().front().id);
}

TEST_F(SysrootTest, StacksMountsOnTheRoot) {
  mount_host("/");
  mount_tmpfs("/");
  EXPECT_EQ(sysroot.expected().size(), 1U);
  EXPECT_FALSE(status("etc")) << "the tmpfs hides the host";
  sysroot.make_directory(k, "/new", 0755);
  EXPECT_TRUE(status("new"));
}

TEST_F(SysrootTest, ExpectsEachMountOnTheOneBelow) {
  mount_tmpfs("/a");
  mount_tmpfs("/a/b");
  mount_tmpfs("/a/b");
  const auto& expected = sysroot.expected();
  ASSERT_EQ(expected.size(), 4U);
  for (size_t i = 1; i < expected.size(); ++i) {
    EXPECT_EQ(expected[i].parent_id, expected[i - 1].id) << i;
  }
}

// Resolution.

TEST_F(SysrootTest, RetriesWhenARenameCameInBetween) {
  k.container("/a").directory();
  k.fail_call("openat2 /a", EAGAIN, 255);
  EXPECT_NO_THROW(sysroot.make_directory(k, "/a", 0755));
}

TEST_F(SysrootTest, RetriesABoundedNumberOfTimes) {
  k.clear_transcript();
  k.fail_call("openat2 /a", EAGAIN, k.kAlways);
  EXPECT_THAT([&] { sysroot.make_directory(k, "/a", 0755); },
              ThrowsMessage<SyscallError>("openat2 /a: Resource temporarily unavailable"));
  EXPECT_EQ(k.steps().size(), 256U);
}

TEST_F(SysrootTest, KeepsALinkInsideTheRoot) {
  sysroot.make_directory(k, "/var", 0755);
  k.container("/var/run").link_to("/run");
  sysroot.make_directory(k, "/run", 0755);
  sysroot.make_directory(k, "/var/run/lock", 0755);
  EXPECT_TRUE(status("run/lock"));
  k.container("/up").link_to("../../..");
  sysroot.make_directory(k, "/up/made", 0755);
  EXPECT_TRUE(status("made")) << "above the root is the root";
}

TEST_F(SysrootTest, DoesNotFollowMagicLinks) {
  k.container("/magic").magic_link_to("/");
  EXPECT_THAT([&] { sysroot.make_directory(k, "/magic/a", 0755); },
              ThrowsMessage<SyscallError>("openat2 /magic/a: Too many levels of symbolic links"));
}

struct Dangling {
  const char* name;
  const char* target;  // of the link /d/link
  const char* made;    // what appears in its place
};
std::ostream& operator<<(std::ostream& out, const Dangling& d) { return out << d.name; }

class DanglingLink : public SysrootTest, public ::testing::WithParamInterface<Dangling> {
 protected:
  DanglingLink() {
    sysroot.make_directory(k, "/d", 0755);
    k.container("/d/link").link_to(GetParam().target);
  }
};

TEST_P(DanglingLink, HasItsTargetMadeInsideTheRoot) {
  sysroot.make_directory(k, "/d/link/below", 0755);
  EXPECT_TRUE(status(std::string(GetParam().made) + "/below"));
}

TEST_P(DanglingLink, MayBeAMountPointItself) {
  mount_tmpfs("/d/link");
  EXPECT_EQ(status(GetParam().made)->mount_id, sysroot.expected().back().id);
}

TEST_P(DanglingLink, MayBeTheMountPointOfAFile) {
  stage.run(ops::File{.path = "/d/link", .content = "x"});
  EXPECT_TRUE(S_ISREG(status(GetParam().made)->mode));
}

INSTANTIATE_TEST_SUITE_P(
    Targets, DanglingLink,
    ::testing::Values(Dangling{"relative", "there", "d/there"},
                      Dangling{"relative_deep", "x/y/there", "d/x/y/there"},
                      Dangling{"absolute", "/there", "there"},
                      Dangling{"absolute_deep", "/x/y/there", "x/y/there"},
                      Dangling{"parent", "../there", "there"},
                      Dangling{"beyond_the_root", "../../../../there", "there"},
                      Dangling{"absolute_beyond_the_root", "/../there", "there"},
                      Dangling{"parent_of_missing", "x/../there", "d/there"}),
    [](const auto& param) { return std::string(param.param.name); });

// Known defect: the last component of such a target is taken for a name to be made.
INSTANTIATE_TEST_SUITE_P(UncleanTargets, DanglingLink,
                         ::testing::Values(Dangling{"trailing_slash", "/there/", "there"},
                                           Dangling{"trailing_dot", "there/.", "d/there"},
                                           Dangling{"dots_and_slashes", ".//x/.//there",
                                                    "d/x/there"}),
                         [](const auto& param) { return std::string(param.param.name); });

TEST_F(SysrootTest, FollowsAChainOfDanglingLinks) {
  k.container("/a").link_to("b");
  k.container("/b").link_to("/c/d");
  sysroot.make_directory(k, "/a/e", 0755);
  EXPECT_TRUE(status("c/d/e"));
}

TEST_F(SysrootTest, GivesUpOnALoopOfLinks) {
  k.container("/a").link_to("b");
  k.container("/b").link_to("/a");
  k.container("/self").link_to("self/below");
  for (const char* path : {"/a", "/a/below", "/b", "/self"}) {
    EXPECT_THAT([&] { sysroot.make_directory(k, path, 0755); },
                ThrowsMessage<SyscallError>("openat2 " + std::string(path) +
                                            ": Too many levels of symbolic links"));
  }
}

TEST_F(SysrootTest, DoesNotHideOtherErrorsOfResolving) {
  k.fail_call("openat2 /a", EACCES);
  EXPECT_THAT([&] { sysroot.make_directory(k, "/a", 0755); },
              ThrowsMessage<SyscallError>("openat2 /a: Permission denied"));
}

// Whoever changes the tree meanwhile cannot keep us busy for ever: the kernel finds nothing each
// time, and we find the link.
TEST_F(SysrootTest, FollowsAsManyDanglingLinksAsTheKernel) {
  k.container("/link").link_to("link");
  k.fail_call("openat2 /link O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", ENOENT, k.kAlways);
  k.clear_transcript();
  EXPECT_THAT([&] { sysroot.make_directory(k, "/link", 0755); },
              ThrowsMessage<SyscallError>("mkdirat /link: File exists"));
  EXPECT_EQ(std::ranges::count(k.steps(), "readlinkat /link"), 40);
}

TEST_F(SysrootTest, ExpectsTheRootToBeNoSlave) {
  ASSERT_EQ(sysroot.expected().size(), 1U);
  EXPECT_FALSE(sysroot.expected()[0].slave);
}

// Many mount points in one directory.

TEST_F(SysrootTest, ResolvesADirectoryOnceForAllMountPointsThatItMakesThere) {
  mount_tmpfs("/d/first");
  k.clear_transcript();
  mount_tmpfs("/d/second");
  EXPECT_THAT(std::vector<std::string>(k.steps().end() - 4, k.steps().end()),
              ElementsAre("statx tmpfs", "mkdirat /d/second 0755",
                          "openat2 /d/second O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH",
                          "move_mount tmpfs -> /d/second"));
  stage.run(ops::File{.path = "/d/third", .content = "x"});
  EXPECT_THAT(std::vector<std::string>(k.steps().end() - 3, k.steps().end()),
              ElementsAre("statx content",
                          "openat2 /d/third O_WRONLY|O_CREAT|O_EXCL NO_SYMLINKS|BENEATH 0444",
                          "move_mount content -> /d/third"));
  for (const size_t i : {2U, 3U}) {
    EXPECT_EQ(sysroot.expected()[i].parent_id, sysroot.expected()[0].id);
    EXPECT_EQ(sysroot.expected()[i].id, status(sysroot.expected()[i].path.relative())->mount_id);
  }
}

TEST_F(SysrootTest, DoesNotMakeMountPointsBelowWhatHasBeenMountedOverTheirDirectory) {
  mount_tmpfs("/a/b/first");
  for (const char* over : {"/a/b", "/a", "/"}) {
    mount_tmpfs(over);
    mount_tmpfs("/a/b/second");
    EXPECT_EQ(status("a/b/second")->mount_id, sysroot.expected().back().id) << over;
  }
}

TEST_F(SysrootTest, MountsOverWhatIsInSuchADirectory) {
  sysroot.make_directory(k, "/d/link", 0755);
  k.container("/d/there").link_to("link");
  mount_tmpfs("/d/first");
  mount_tmpfs("/d/there");
  EXPECT_EQ(status("d/link")->mount_id, sysroot.expected().back().id) << "the link is followed";
  mount_tmpfs("/d/first");
  EXPECT_EQ(sysroot.expected()[3].parent_id, sysroot.expected()[1].id);
}

TEST_F(SysrootTest, IsNotLedAstrayByALinkThatGoesBackToTheDirectory) {
  sysroot.make_directory(k, "/d", 0755);
  k.container("/d/up").link_to("x/..");
  mount_tmpfs("/d/up");
  mount_tmpfs("/d/new");
  EXPECT_EQ(status("d/new")->mount_id, sysroot.expected().back().id) << "not below the tmpfs";
}

TEST_F(SysrootTest, MakesLinksInADirectoryThatItHasOpen) {
  sysroot.symlink(k, "one", ContainerPath("/d/first"));
  k.clear_transcript();
  sysroot.symlink(k, "two", ContainerPath("/d/second"));
  EXPECT_THAT(k.steps(), ElementsAre("symlinkat /d/second -> two"));
  mount_tmpfs("/d");
  sysroot.symlink(k, "three", ContainerPath("/d/third"));
  EXPECT_EQ(k.container("/d/third").content(), "three") << "in the tmpfs";
  EXPECT_FALSE(status("d/second"));
}

TEST_F(SysrootTest, AcceptsTheSameLinkInSuchADirectory) {
  sysroot.symlink(k, "one", ContainerPath("/d/first"));
  EXPECT_NO_THROW(sysroot.symlink(k, "one", ContainerPath("/d/first")));
  EXPECT_THAT([&] { sysroot.symlink(k, "two", ContainerPath("/d/first")); },
              ThrowsMessage<Refusal>("/d/first exists already, and is not this link"));
}

// The host.

TEST_F(SysrootTest, CreatesNothingOnTheHost) {
  mount_host("/host");
  for (const char* path : {"/srv/new", "/srv/file", "/srv/link"}) k.host(path).missing();
  k.host("/srv/new/deep").missing();
  k.clear_transcript();
  EXPECT_THAT([&] { sysroot.make_directory(k, "/host/srv/new", 0755); },
              ThrowsMessage<Refusal>(
                  "/host/srv/new does not exist, and nothing is created on the host: create it "
                  "there, or choose a path below a tmpfs"));
  EXPECT_THAT([&] { sysroot.make_directory(k, "/host/srv/new/deep", 0755); },
              ThrowsMessage<Refusal>(
                  "/host/srv/new does not exist, and nothing is created on the host: create it "
                  "there, or choose a path below a tmpfs"));
  EXPECT_THAT([&] { stage.run(ops::File{.path = "/host/srv/file"}); },
              ThrowsMessage<Refusal>(
                  "/host/srv/file does not exist, and nothing is created on the host: create it "
                  "there, or choose a path below a tmpfs"));
  EXPECT_THAT([&] { sysroot.symlink(k, "target", "/host/srv/link"); },
              ThrowsMessage<Refusal>(
                  "/host/srv/link does not exist, and nothing is created on the host: create it "
                  "there, or choose a path below a tmpfs"));
  EXPECT_THAT(k.transcript(), Not(Contains(::testing::StartsWith("mkdirat"))));
  EXPECT_THAT(k.transcript(), Not(Contains(::testing::StartsWith("symlinkat"))));
}

TEST_F(SysrootTest, CreatesNothingOnTheHostThroughALink) {
  mount_host("/host");
  k.host("/srv/secret").missing();
  k.container("/way").link_to("host/srv/secret");
  EXPECT_THAT([&] { sysroot.make_directory(k, "/way", 0755); },
              ThrowsMessage<Refusal>(HasSubstr(
                  "/host/srv/secret does not exist, and nothing is created on the host")));
}

TEST_F(SysrootTest, MountsOnWhatTheHostHas) {
  mount_host("/host");
  EXPECT_NO_THROW(mount_tmpfs("/host/tmp"));
  EXPECT_NO_THROW(sysroot.make_directory(k, "/host/tmp/new", 0755)) << "it is a tmpfs now";
}

TEST_F(SysrootTest, AcceptsTheSameLinkOnTheHost) {
  mount_host("/host");
  k.host("/bin").link_to("usr/bin");
  EXPECT_NO_THROW(sysroot.symlink(k, "usr/bin", "/host/bin"));
}

// Other things.

TEST_F(SysrootTest, OpensWhatIsThere) {
  mount_tmpfs("/tmp");
  EXPECT_EQ(k.statx(sysroot.open(k, "/tmp")).mount_id, sysroot.expected().back().id);
  EXPECT_THAT([&] { sysroot.open(k, "/none"); },
              ThrowsMessage<SyscallError>("openat2 /none: No such file or directory"));
}

TEST_F(SysrootTest, MakesTheMountPointOfAFileReadOnly) {
  stage.run(ops::File{.path = "/f", .content = "x"});
  EXPECT_THAT(k.transcript(),
              Contains("openat2 /f O_WRONLY|O_CREAT|O_EXCL NO_SYMLINKS|BENEATH 0444"));
}

TEST(MountPoint, IsADirectoryForDirectoriesOnly) {
  EXPECT_EQ(mount_point_for(S_IFDIR | 0755), MountPoint::kDirectory);
  for (const mode_t type : {S_IFREG, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK, S_IFLNK}) {
    EXPECT_EQ(mount_point_for(type | 0755), MountPoint::kFile) << type;
  }
}

}  // namespace
}  // namespace kekkai
