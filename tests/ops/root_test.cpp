#include <kekkai/ops/ops.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace kekkai::ops {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::OpStage;
using ::testing::ThrowsMessage;

class RootTest : public ::testing::Test {
 protected:
  RootTest() {
    k.host("/srv/root").empty_directory();
    k.host("/srv/root/bin").link_to("usr/bin");
    k.host("/srv/root/init").regular();
    k.host("/srv/root/usr").directory();
    for (const char* name : {"proc", "dev", "tmp", "mnt", "etc"}) {
      k.host(std::string("/srv/root/") + name).directory();
    }
  }
  std::vector<std::string> lines_with(std::string_view call) const {
    std::vector<std::string> lines;
    std::ranges::copy_if(k.transcript(), std::back_inserter(lines),
                         [&](const std::string& line) { return line.starts_with(call); });
    return lines;
  }
  OpStage stage;
  testing::ScriptedDispatcher& k = stage.k;
};

TEST_F(RootTest, PinsWhatIsAtTheTopButSomeOfIt) {
  Root root{.source = "/srv/root"};
  stage.early(root);
  EXPECT_THAT(k.transcript(),
              ElementsAre("early:", "openat2 /srv/root O_RDONLY|O_DIRECTORY NO_MAGICLINKS",
                          "getdents64 /srv/root", "openat2 /srv/root/bin O_PATH|O_NOFOLLOW BENEATH",
                          "statx /srv/root/bin", "readlinkat /srv/root/bin",
                          "openat2 /srv/root/init O_PATH|O_NOFOLLOW BENEATH",
                          "statx /srv/root/init", "open_tree /srv/root/init recursive",
                          "mount_setattr /srv/root/init ro|nosuid|nodev private recursive",
                          "openat2 /srv/root/usr O_PATH|O_NOFOLLOW BENEATH", "statx /srv/root/usr",
                          "open_tree /srv/root/usr recursive",
                          "mount_setattr /srv/root/usr ro|nosuid|nodev private recursive"));
}

TEST_F(RootTest, BindsFilesAndDirectoriesAndMakesLinks) {
  stage.run(Root{.source = "/srv/root"});
  EXPECT_THAT(lines_with("move_mount"), ElementsAre("move_mount /srv/root/init -> /init",
                                                    "move_mount /srv/root/usr -> /usr"));
  EXPECT_THAT(lines_with("symlinkat"), ElementsAre("symlinkat /bin -> usr/bin"));
  const auto& expected = stage.state.sysroot.expected();
  ASSERT_EQ(expected.size(), 3U);
  EXPECT_EQ(expected[2].path, ContainerPath("/usr"));
  EXPECT_EQ(expected[2].attributes, MountAttr::kReadOnly | MountAttr::kNoSuid | MountAttr::kNoDev);
}

TEST_F(RootTest, IsWritableOnRequest) {
  stage.run(Root{.source = "/srv/root", .writable = true});
  EXPECT_THAT(k.transcript(),
              Contains("mount_setattr /srv/root/usr nosuid|nodev private recursive"));
  EXPECT_EQ(stage.state.sysroot.expected().back().attributes,
            MountAttr::kNoSuid | MountAttr::kNoDev);
}

TEST_F(RootTest, IsReadOnlyItselfInTheEnd) {
  stage.run(Root{.source = "/srv/root", .writable = true});
  EXPECT_NO_THROW(stage.state.sysroot.make_directory(k, "/more", 0755));
  const auto& restrictions = stage.state.sysroot.restrictions();
  ASSERT_EQ(restrictions.size(), 1U);
  EXPECT_TRUE(restrictions[0].path.is_root());
  EXPECT_EQ(restrictions[0].attributes, MountAttr::kReadOnly);
  k.clear_transcript();
  stage.state.sysroot.seal(k);
  EXPECT_THAT(k.transcript(), ElementsAre("mount_setattr / ro"));
}

TEST_F(RootTest, SealsNothingThatALaterOpPutsInItsPlace) {
  stage.run(Root{.source = "/srv/root"});
  stage.run(Tmpfs{.path = "/"});
  EXPECT_THAT(stage.state.sysroot.restrictions(), IsEmpty());
  stage.state.sysroot.seal(k);
  EXPECT_NO_THROW(stage.state.sysroot.make_directory(k, "/more", 0755));
}

TEST_F(RootTest, PassesOverWhatGoesAwayMeanwhile) {
  k.fail_call("openat2 /srv/root/init", ENOENT);
  stage.run(Root{.source = "/srv/root"});
  EXPECT_THAT(lines_with("move_mount"), ElementsAre("move_mount /srv/root/usr -> /usr"));
}

TEST_F(RootTest, FailsWithTheEntryThatTheKernelRefused) {
  k.fail_call("openat2 /srv/root/init", EACCES);
  EXPECT_THAT([&] { stage.run(Root{.source = "/srv/root"}); },
              ThrowsMessage<SyscallError>("openat2 /srv/root/init: Permission denied"));
  k.fail_call("open_tree /srv/root/init", EACCES);
  EXPECT_THAT([&] { stage.run(Root{.source = "/srv/root"}); },
              ThrowsMessage<SyscallError>("open_tree /srv/root/init: Permission denied"));
}

TEST_F(RootTest, LeavesNoDescriptorBehind) {
  stage.run(Root{.source = "/srv/root"});
  stage.state = SetupState();
  EXPECT_THAT(k.open_descriptors(), IsEmpty());
  EXPECT_THAT(k.misuses(), IsEmpty());
}

}  // namespace
}  // namespace kekkai::ops
