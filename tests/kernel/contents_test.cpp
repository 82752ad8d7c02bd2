// tmpfs, mkdir, symlink and file, on the real kernel.
#include "box.h"

#include <sys/stat.h>

namespace kekkai::kernel_tests {
namespace {

/// Modes must not depend on the caller's mask.
class Contents : public KernelTest, public testing::WithParamInterface<mode_t> {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    before_ = ::umask(GetParam());
  }
  void TearDown() override {
    ::umask(before_);
    KernelTest::TearDown();
  }

 private:
  mode_t before_ = 0;
};

TEST_P(Contents, HaveTheirModes) {
  Box box = bare_box();
  box.params().parent_mode = 0711;
  box.ops()
      .tmpfs({.path = "/sticky", .mode = 01777})
      .tmpfs({.path = "/closed", .mode = 0700})
      .mkdir({.path = "/default"})
      .mkdir({.path = "/parents/of/this", .mode = 0750})
      .mkdir({.path = "/open", .mode = 01777})
      .file({.path = "/text", .content = "x"})
      .file({.path = "/secret", .content = "x", .mode = 0600})
      .file({.path = "/deep/down/tool", .content = "x", .mode = 0755});
  const Seen seen = probe(std::move(box), {"stat",
                                           "/sticky",
                                           "--",
                                           "stat",
                                           "/closed",
                                           "--",
                                           "stat",
                                           "/default",
                                           "--",
                                           "stat",
                                           "/parents",
                                           "--",
                                           "stat",
                                           "/parents/of",
                                           "--",
                                           "stat",
                                           "/parents/of/this",
                                           "--",
                                           "stat",
                                           "/open",
                                           "--",
                                           "stat",
                                           "/text",
                                           "--",
                                           "stat",
                                           "/secret",
                                           "--",
                                           "stat",
                                           "/deep",
                                           "--",
                                           "stat",
                                           "/deep/down/tool",
                                           "--",
                                           "stat",
                                           "/"});
  EXPECT_EQ(seen["stat./sticky"], "directory 1777");
  EXPECT_EQ(seen["stat./closed"], "directory 0700");
  EXPECT_EQ(seen["stat./default"], "directory 0755");
  EXPECT_EQ(seen["stat./parents"], "directory 0711");
  EXPECT_EQ(seen["stat./parents/of"], "directory 0711");
  EXPECT_EQ(seen["stat./parents/of/this"], "directory 0750");
  EXPECT_EQ(seen["stat./open"], "directory 1777");
  EXPECT_EQ(seen["stat./text"], "file 0644");
  EXPECT_EQ(seen["stat./secret"], "file 0600");
  EXPECT_EQ(seen["stat./deep"], "directory 0711");
  EXPECT_EQ(seen["stat./deep/down/tool"], "file 0755");
  EXPECT_EQ(seen["stat./"], "directory 0755");
}

INSTANTIATE_TEST_SUITE_P(Masks, Contents, testing::Values(0, 022, 077));

class Tmpfs : public KernelTest {};

TEST_F(Tmpfs, IsEmptyAndWritable) {
  Box box = bare_box();
  box.ops().tmpfs({.path = "/cache/deep"});
  const Seen seen = probe(std::move(box), {"list", "/cache/deep", "--", "write", "/cache/deep/x",
                                           "y", "--", "cat", "/cache/deep/x"});
  EXPECT_EQ(seen["list./cache/deep"], "");
  EXPECT_EQ(seen["cat./cache/deep/x"], "y");
}

TEST_F(Tmpfs, HoldsAsMuchAsItsSize) {
  Box box = bare_box();
  box.ops().tmpfs({.path = "/small", .size = 1 << 20});
  const Seen seen =
      probe(std::move(box), {"capacity", "/small", "--", "fill", "/small/file", "4194304"});
  EXPECT_EQ(seen["capacity./small"], "1048576");
  EXPECT_EQ(seen["fill./small/file"], "1048576");
}

TEST_F(Tmpfs, CoversWhatIsBelow) {
  Box box = full_box();
  box.ops().tmpfs({.path = "/usr"});
  EXPECT_EQ(probe(std::move(box), {"list", "/usr"})["list./usr"], "");
}

class Symlink : public KernelTest {};

TEST_F(Symlink, StoresItsTargetAsItIs) {
  Box box = bare_box();
  box.ops()
      .symlink({.path = "/relative", .target = "../../odd//target/."})
      .symlink({.path = "/deep/down/absolute", .target = "/tmp"})
      .symlink({.path = "/nowhere", .target = "no such thing\n"});
  const Seen seen =
      probe(std::move(box), {"stat", "/relative", "--", "stat", "/deep/down/absolute", "--", "stat",
                             "/nowhere", "--", "write", "/deep/down/absolute/x", "y"});
  EXPECT_EQ(seen["stat./relative"], "link ../../odd//target/.");
  EXPECT_EQ(seen["stat./deep/down/absolute"], "link /tmp");
  EXPECT_EQ(seen["stat./nowhere"], "link no such thing\\n");
  EXPECT_EQ(seen["write./deep/down/absolute/x"], "ok");
}

TEST_F(Symlink, MayStoreWhatTheHostsLinkHolds) {
  const Scratch scratch;
  Box box = bare_box();
  box.ops().symlink(
      {.path = "/copy", .target = scratch.make_link("link", "some/../where"), .dereference = true});
  EXPECT_EQ(probe(std::move(box), {"stat", "/copy"})["stat./copy"], "link some/../where");
}

TEST_F(Symlink, SameOneMayExistAnotherMayNot) {
  Box box = bare_box();
  box.ops().symlink({.path = "/a", .target = "b"}).symlink({.path = "/a", .target = "b"});
  EXPECT_EQ(probe(box, {"stat", "/a"})["stat./a"], "link b");
  box.ops().symlink({.path = "/a", .target = "c"});
  EXPECT_EQ(start_failure(std::move(box)).message(),
            "cannot apply op 6 (symlink /a -> c): /a exists already, and is not this link");
}

class File : public KernelTest {};

TEST_F(File, HoldsAnyBytes) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += static_cast<char>(i * 7 + i / 256);
  Box box = bare_box();
  box.ops().file({.path = "/binary", .content = bytes});
  EXPECT_EQ(run(box.steps({"copy", "/binary"})).output, bytes);
}

TEST_F(File, MayBeEmpty) {
  Box box = bare_box();
  box.ops().file({.path = "/empty"});
  const Seen seen = probe(std::move(box), {"cat", "/empty", "--", "stat", "/empty"});
  EXPECT_EQ(seen["cat./empty"], "");
  EXPECT_EQ(seen["stat./empty"], "file 0644");
}

TEST_F(File, IsWritableOnRequestOnly) {
  Box box = bare_box();
  box.ops()
      .file({.path = "/ro", .content = "a", .mode = 0666})
      .file({.path = "/rw", .content = "a", .mode = 0666, .writable = true});
  const Seen seen =
      probe(std::move(box), {"write", "/ro", "b", "--", "write", "/rw", "b", "--", "cat", "/rw"});
  EXPECT_EQ(seen["write./ro"], "EROFS");
  EXPECT_EQ(seen["cat./rw"], "ab");
}

TEST_F(File, CoversOneOfTheHosts) {
  const std::string before = read_file("/etc/passwd");
  Box box = full_box();
  box.ops().file({.path = "/etc/passwd", .content = "nobody here\n"});
  EXPECT_EQ(probe(std::move(box), {"cat", "/etc/passwd"})["cat./etc/passwd"], "nobody here\\n");
  EXPECT_EQ(read_file("/etc/passwd"), before);
}

}  // namespace
}  // namespace kekkai::kernel_tests
