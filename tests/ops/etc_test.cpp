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
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::OpStage;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

class EtcTest : public ::testing::Test {
 protected:
  EtcTest() {
    k.host("/etc").empty_directory();
    k.host("/etc/hosts").regular();
    k.host("/etc/localtime").link_to("../usr/share/zoneinfo/UTC");
    k.host("/etc/ssl").directory();
    for (const char* name : {"passwd", "group", "mtab", ".host"}) {
      k.host(std::string("/etc/") + name).regular();
    }
  }
  OpStage stage;
  testing::ScriptedDispatcher& k = stage.k;
};

TEST_F(EtcTest, PinsTheDirectoryAndItsNames) {
  Etc etc;
  stage.early(etc);
  EXPECT_THAT(
      k.transcript(),
      ElementsAre("early:", "openat2 /etc O_RDONLY|O_DIRECTORY NO_MAGICLINKS", "getdents64 /etc",
                  "readlinkat /etc/hosts = EINVAL", "readlinkat /etc/localtime",
                  "readlinkat /etc/ssl = EINVAL", "open_tree /etc recursive",
                  "mount_setattr /etc ro|nosuid|nodev private recursive"));
}

TEST_F(EtcTest, LinksIntoTheBind) {
  Etc etc;
  stage.early(etc);
  k.clear_transcript();
  stage.apply(etc);
  EXPECT_THAT(
      k.transcript(),
      ElementsAre(
          "apply:", "fsopen tmpfs", "fsconfig tmpfs mode=755", "fsconfig create tmpfs",
          "fsmount tmpfs nosuid|nodev", "symlinkat tmpfs/hosts -> .host/etc/hosts",
          "symlinkat tmpfs/localtime -> ../usr/share/zoneinfo/UTC",
          "symlinkat tmpfs/ssl -> .host/etc/ssl", "symlinkat tmpfs/mtab -> /proc/mounts",
          "statx tmpfs", "openat2 /etc O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
          "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /", "mkdirat /etc 0755",
          "openat2 /etc O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH", "move_mount tmpfs -> /etc",
          "statx /etc", "openat2 /etc/.host/etc O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
          "openat2 /etc/.host O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
          "openat2 /etc O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /etc",
          "mkdirat /etc/.host 0755", "openat2 /etc/.host O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH",
          "statx /etc/.host", "mkdirat /etc/.host/etc 0755",
          "openat2 /etc/.host/etc O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH",
          "move_mount /etc -> /etc/.host/etc"));
}

TEST_F(EtcTest, TakesAnotherDirectoryAndPrefix) {
  k.host("/srv/etc").empty_directory();
  k.host("/srv/etc/x").regular();
  stage.run(Etc{.source = "/srv/etc", .prefix = "guest"});
  EXPECT_THAT(k.steps(), Contains("symlinkat tmpfs/x -> .host/guest/x"));
  EXPECT_THAT(k.steps(), Contains(HasSubstr("-> /etc/.host/guest")));
}

// The program finds it read-only, and so attestation wants it; until then there is room.
TEST_F(EtcTest, IsSealedAtTheEnd) {
  stage.run(Etc{});
  const auto& expected = stage.state.sysroot.expected();
  const MountAttr wanted = MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev;
  EXPECT_EQ(expected.at(1).attributes, wanted);
  EXPECT_EQ(expected.at(2).attributes, wanted);
  stage.run(File{.path = "/etc/passwd", .content = "x"});
  k.clear_transcript();
  stage.state.sysroot.seal(k);
  EXPECT_THAT(k.transcript(), ElementsAre("mount_setattr tmpfs ro"));
}

TEST_F(EtcTest, PassesOverWhatGoesAwayMeanwhile) {
  k.fail_call("readlinkat /etc/hosts", ENOENT);
  stage.run(Etc{});
  EXPECT_THAT(k.steps(), Contains("symlinkat tmpfs/hosts -> .host/etc/hosts"));
}

TEST_F(EtcTest, FailsWhereALinkCannotBeRead) {
  k.fail_call("readlinkat /etc/hosts", EACCES);
  EXPECT_THAT([&] { stage.run(Etc{}); },
              ThrowsMessage<SyscallError>("readlinkat /etc/hosts: Permission denied"));
}

TEST_F(EtcTest, RefusesAPrefixThatIsNoName) {
  for (const std::string& prefix : {std::string(), std::string("."), std::string(".."),
                                    std::string("a/b"), std::string(256, 'a')}) {
    EXPECT_THAT([&] { Ops().etc({.prefix = prefix}); },
                ThrowsMessage<Refusal>("\"" + prefix + "\" is not a name for a directory"));
  }
  EXPECT_THROW(Ops().etc({.prefix = std::string("a\0", 2)}), Refusal);
  EXPECT_NO_THROW(Ops().etc({.prefix = "..."}));
  EXPECT_NO_THROW(Ops().etc({.prefix = std::string(255, 'a')}));
}

TEST_F(EtcTest, FailsWithoutTheDirectory) {
  EXPECT_THAT([&] { stage.run(Etc{.source = "/etc/hosts"}); },
              ThrowsMessage<SyscallError>("openat2 /etc/hosts: Not a directory"));
  EXPECT_THAT(k.steps(), Not(Contains(StartsWith("open_tree"))));
}

TEST_F(EtcTest, LeavesNoDescriptorBehind) {
  stage.run(Etc{});
  stage.state = SetupState();
  EXPECT_THAT(k.open_descriptors(), IsEmpty());
  EXPECT_THAT(k.misuses(), IsEmpty());
}

}  // namespace
}  // namespace kekkai::ops
