// remount, and what is sealed at the end, on the real kernel.
#include "box.h"

namespace kekkai::kernel_tests {
namespace {

using testing::HasSubstr;

class Remount : public KernelTest {
 protected:
  // A writable folder of the host at /data, and a tmpfs in it.
  Box box_with(const ops::Remount& remount) const {
    Box box = bare_box();
    box.ops()
        .bind({.source = scratch_.path(), .target = "/data", .writable = true})
        .tmpfs({.path = "/data/tmp"})
        .remount(remount);
    return box;
  }
  Remount() { scratch_.make_directory("tmp"); }
  Scratch scratch_;
  const std::vector<std::string> write_both_{"write", "/data/new",     "x", "--",
                                             "write", "/data/tmp/new", "x"};
};

TEST_F(Remount, RestrictsOneMount) {
  const Seen seen = probe(box_with({.path = "/data", .read_only = true}), write_both_);
  EXPECT_EQ(seen["write./data/new"], "EROFS");
  EXPECT_EQ(seen["write./data/tmp/new"], "ok");
}

TEST_F(Remount, RestrictsAllThatIsBelow) {
  const Seen seen =
      probe(box_with({.path = "/data", .read_only = true, .recursive = true}), write_both_);
  EXPECT_EQ(seen["write./data/new"], "EROFS");
  EXPECT_EQ(seen["write./data/tmp/new"], "EROFS");
}

TEST_F(Remount, DoesNotConcernWhatComesLater) {
  Box box = box_with({.path = "/data", .read_only = true, .recursive = true});
  box.ops().bind({.source = scratch_.path(), .target = "/data/tmp", .writable = true});
  const Seen seen = probe(std::move(box), write_both_);
  EXPECT_EQ(seen["write./data/new"], "EROFS");
  EXPECT_EQ(seen["write./data/tmp/new"], "ok");
}

TEST_F(Remount, AddsFlagsAndKeepsTheOthers) {
  Box box = box_with({.path = "/data/tmp", .noexec = true});
  EXPECT_THAT(run(box.steps({"copy", "/proc/self/mountinfo"})).output,
              HasSubstr(" /data/tmp rw,nosuid,nodev,noexec"));
  box = box_with({.path = "/", .read_only = true});
  const std::string mounts = run(box.steps({"copy", "/proc/self/mountinfo"})).output;
  EXPECT_THAT(mounts, HasSubstr(" / ro,nosuid,nodev"));
  EXPECT_THAT(mounts, HasSubstr(" /data rw,nosuid,nodev"));
}

TEST_F(Remount, FollowsALinkInsideTheContainer) {
  scratch_.make_link("link", "/data/tmp");
  const Seen seen = probe(box_with({.path = "/data/link", .read_only = true}), write_both_);
  EXPECT_EQ(seen["write./data/new"], "ok");
  EXPECT_EQ(seen["write./data/tmp/new"], "EROFS");
}

TEST_F(Remount, RefusesWhatIsNoMountAndWhatIsNotThere) {
  scratch_.make_directory("dir");
  EXPECT_THAT(start_failure(box_with({.path = "/data/dir", .read_only = true})).message(),
              HasSubstr("(remount /data/dir ro): nothing is mounted on /data/dir: a remount "
                        "restricts a whole mount, so mount something there before"));
  EXPECT_THAT(start_failure(box_with({.path = "/no", .read_only = true})).message(),
              HasSubstr("openat2 /no: No such file or directory"));
}

// A read-only tmpfs is of use because what later ops put into it is there.
TEST_F(Remount, TmpfsIsSealedWhenEverythingIsInIt) {
  Box box = bare_box();
  box.ops()
      .tmpfs({.path = "/sealed", .read_only = true})
      .mkdir({.path = "/sealed/dir"})
      .file({.path = "/sealed/file", .content = "content"})
      .bind({.source = scratch_.path(), .target = "/sealed/data", .writable = true});
  const Seen seen =
      probe(std::move(box), {"cat", "/sealed/file", "--", "stat", "/sealed/dir", "--", "write",
                             "/sealed/new", "x", "--", "write", "/sealed/data/new", "x"});
  EXPECT_EQ(seen["cat./sealed/file"], "content");
  EXPECT_EQ(seen["stat./sealed/dir"], "directory 0755");
  EXPECT_EQ(seen["write./sealed/new"], "EROFS");
  EXPECT_EQ(seen["write./sealed/data/new"], "ok");
}

TEST_F(Remount, DevCanBeSealedToo) {
  Box box;
  box = bare_box();
  box.ops().dev({.path = "/devices", .read_only = true, .mqueue = true});
  box.ops().bind(
      {.source = "/dev/null", .target = "/devices/later", .writable = true, .device = true});
  const Seen seen = probe(std::move(box), {"write",
                                           "/devices/new",
                                           "x",
                                           "--",
                                           "write",
                                           "/devices/shm/new",
                                           "x",
                                           "--",
                                           "stat",
                                           "/devices/later",
                                           "--",
                                           "write",
                                           "/devices/later",
                                           "x",
                                           "--",
                                           "stat",
                                           "/devices/mqueue",
                                           "--",
                                           "stat",
                                           "/devices/shm"});
  EXPECT_EQ(seen["write./devices/new"], "EROFS");
  EXPECT_EQ(seen["write./devices/shm/new"], "ok");
  EXPECT_EQ(seen["stat./devices/later"], "device 1:3");
  EXPECT_EQ(seen["write./devices/later"], "ok");
  EXPECT_EQ(seen["stat./devices/mqueue"], "directory 1777");
  EXPECT_EQ(seen["stat./devices/shm"], "directory 1777");
}

}  // namespace
}  // namespace kekkai::kernel_tests
