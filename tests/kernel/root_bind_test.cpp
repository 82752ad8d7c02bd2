// A mount on the container's root hides it from the descriptor that init had of it. So: a bind of
// `/` on `/`, followed by every other op.
#include "box.h"

#include <filesystem>

namespace kekkai::kernel_tests {
namespace {

class RootBind : public KernelTest {
 protected:
  Scratch scratch_;
};

TEST_F(RootBind, ShowsTheHostReadOnly) {
  const Seen seen =
      probe(full_box(), {"open", "/etc/passwd", "--", "write", "/new", "x", "--", "write",
                         "/etc/new", "x", "--", "mkdir", "/usr/new", "--", "list", "/tmp"});
  EXPECT_EQ(seen["open./etc/passwd"], "ok");
  EXPECT_EQ(seen["write./new"], "EROFS");
  EXPECT_EQ(seen["write./etc/new"], "EROFS");
  EXPECT_EQ(seen["mkdir./usr/new"], "EROFS");
  EXPECT_EQ(seen["list./tmp"], "probe");
}

TEST_F(RootBind, FollowedByTmpfs) {
  Box box = full_box();
  box.ops().tmpfs({.path = "/usr", .mode = 01777}).tmpfs({.path = "/usr/deep/down"});
  const Seen seen = probe(std::move(box), {"write", "/usr/x", "y", "--", "list", "/usr"});
  EXPECT_EQ(seen["write./usr/x"], "ok");
  EXPECT_EQ(seen["list./usr"], "deep x");
  EXPECT_FALSE(std::filesystem::exists("/usr/deep"));
}

TEST_F(RootBind, FollowedByBind) {
  scratch_.make_file("file", "content");
  Box box = full_box();
  box.ops()
      .bind({.source = scratch_.path(), .target = "/tmp/deep/rw", .writable = true})
      .bind({.source = scratch_.path(), .target = "/usr"})
      .bind({.source = scratch_ / "file", .target = "/etc/passwd"});
  const Seen seen =
      probe(std::move(box), {"cat", "/tmp/deep/rw/file", "--", "cat", "/usr/file", "--", "cat",
                             "/etc/passwd", "--", "write", "/tmp/deep/rw/new", "x"});
  EXPECT_EQ(seen["cat./tmp/deep/rw/file"], "content");
  EXPECT_EQ(seen["cat./usr/file"], "content");
  EXPECT_EQ(seen["cat./etc/passwd"], "content");
  EXPECT_EQ(read_file(scratch_ / "new"), "x");
}

TEST_F(RootBind, FollowedByFile) {
  Box box = full_box();
  box.ops().file({.path = "/etc/group", .content = "a"}).file({.path = "/tmp/b/c", .content = "b"});
  const Seen seen = probe(std::move(box), {"cat", "/etc/group", "--", "cat", "/tmp/b/c"});
  EXPECT_EQ(seen["cat./etc/group"], "a");
  EXPECT_EQ(seen["cat./tmp/b/c"], "b");
}

TEST_F(RootBind, FollowedByMkdirAndSymlink) {
  Box box = full_box();
  box.ops()
      .mkdir({.path = "/tmp/a/b", .mode = 0700})
      .mkdir({.path = "/usr"})  // is there
      .symlink({.path = "/tmp/c/link", .target = "/etc/passwd"});
  const Seen seen = probe(std::move(box), {"stat", "/tmp/a/b", "--", "open", "/tmp/c/link"});
  EXPECT_EQ(seen["stat./tmp/a/b"], "directory 0700");
  EXPECT_EQ(seen["open./tmp/c/link"], "ok");
}

TEST_F(RootBind, FollowedByProcAndDev) {
  Box box = full_box();
  box.ops().proc({.path = "/tmp/proc"}).dev({.path = "/tmp/dev"});
  const Seen seen =
      probe(std::move(box), {"cat", "/tmp/proc/1/comm", "--", "stat", "/tmp/dev/null", "--", "cat",
                             "/proc/1/comm", "--", "stat", "/dev/null", "--", "terminal"});
  EXPECT_EQ(seen["cat./proc/1/comm"], "kekkai-init\\n");
  EXPECT_EQ(seen["cat./tmp/proc/1/comm"], "kekkai-init\\n");
  EXPECT_EQ(seen["stat./dev/null"], "device 1:3");
  EXPECT_EQ(seen["stat./tmp/dev/null"], "device 1:3");
  EXPECT_EQ(seen["terminal"], "ok");
}

TEST_F(RootBind, HidesWhatWasThereBefore) {
  scratch_.make_directory("root/tmp");
  Box box;
  box.settings.init.self = true;
  box.probe = "/tmp/probe";
  box.ops()
      .mkdir({.path = "/early"})
      .file({.path = "/file", .content = "x"})
      .tmpfs({.path = "/early/tmpfs"})
      .bind({.source = scratch_ / "root", .target = "/"})
      .tmpfs({.path = "/tmp"})
      .bind({.source = probe_path(), .target = "/tmp/probe"});
  const Seen seen = probe(std::move(box), {"list", "/", "--", "write", "/x", "y"});
  EXPECT_EQ(seen["list./"], "tmp");
  EXPECT_EQ(seen["write./x"], "EROFS");
}

TEST_F(RootBind, MayBeRepeated) {
  scratch_.make_directory("root/tmp");
  Box box = full_box();
  Ops ops;
  ops.bind({.source = "/", .target = "/"}).bind({.source = scratch_ / "root", .target = "/"});
  ops.tmpfs({.path = "/tmp"}).bind({.source = probe_path(), .target = "/tmp/probe"});
  box.ops() = std::move(ops);
  EXPECT_EQ(probe(std::move(box), {"list", "/"})["list./"], "tmp");
}

TEST_F(RootBind, MayBeWritable) {
  scratch_.make_directory("root/tmp");
  Box box = full_box();
  Ops ops;
  ops.bind({.source = scratch_ / "root", .target = "/", .writable = true});
  ops.tmpfs({.path = "/tmp"}).bind({.source = probe_path(), .target = "/tmp/probe"});
  box.ops() = std::move(ops);
  EXPECT_EQ(probe(std::move(box), {"write", "/made", "content"})["write./made"], "ok");
  EXPECT_EQ(read_file(scratch_ / "root/made"), "content");
}

TEST_F(RootBind, TmpfsMayBeTheRoot) {
  Box box = full_box();
  Ops ops;
  ops.tmpfs({.path = "/", .mode = 0700, .size = 1 << 20});
  ops.mkdir({.path = "/a"}).bind({.source = probe_path(), .target = "/probe"});
  box.ops() = std::move(ops);
  box.probe = "/probe";
  const Seen seen = probe(std::move(box), {"list", "/", "--", "stat", "/", "--", "capacity", "/"});
  EXPECT_EQ(seen["list./"], "a probe");
  EXPECT_EQ(seen["stat./"], "directory 0700");
  EXPECT_EQ(seen["capacity./"], "1048576");
}

}  // namespace
}  // namespace kekkai::kernel_tests
