// bind of what the launcher's caller has open, on the real kernel; and of what is no directory.
#include "box.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

namespace kekkai::kernel_tests {
namespace {

using testing::HasSubstr;

class BindDescriptor : public KernelTest {
 protected:
  static OwnedFd open_file(const std::string& path, int flags) {
    OwnedFd fd(::open(path.c_str(), flags | O_CLOEXEC));
    EXPECT_GE(fd.get(), 0) << path;
    return fd;
  }
  static Box box_with(const OwnedFd& fd, bool writable = false) {
    Box box = bare_box();
    box.ops().bind({.descriptor = fd.get(), .target = "/data", .writable = writable});
    return box;
  }
  Scratch scratch_;
};

TEST_F(BindDescriptor, ShowsADirectory) {
  scratch_.make_file("file", "content");
  for (const int flags : {O_RDONLY | O_DIRECTORY, O_PATH}) {
    const OwnedFd directory = open_file(scratch_.path(), flags);
    const Seen seen = probe(box_with(directory), {"cat", "/data/file", "--", "write", "/data/new",
                                                  "x", "--", "list", "/proc/self/fd"});
    EXPECT_EQ(seen["cat./data/file"], "content");
    EXPECT_EQ(seen["write./data/new"], "EROFS");
    EXPECT_EQ(seen["list./proc/self/fd"], "0 1 2") << "the descriptor itself is not passed on";
  }
}

TEST_F(BindDescriptor, ShowsAFileAndLetsItBeWritten) {
  const std::string path = scratch_.make_file("file", "old");
  const OwnedFd file = open_file(path, O_RDONLY);
  EXPECT_EQ(probe(box_with(file, true), {"write", "/data", "+"})["write./data"], "ok");
  EXPECT_EQ(read_file(path), "old+");
}

// Beside the extra files, which come first among init's descriptors.
TEST_F(BindDescriptor, DoesNotMixThemUp) {
  const OwnedFd one = open_file(scratch_.make_file("one", "1"), O_RDONLY);
  const OwnedFd two = open_file(scratch_.make_file("two", "2"), O_RDONLY);
  const OwnedFd extra = open_file(scratch_.make_file("extra", "3"), O_RDONLY);
  Box box = bare_box();
  box.settings.extra_files = {{extra.get(), 5}};
  box.ops()
      .bind({.descriptor = two.get(), .target = "/two"})
      .bind({.descriptor = one.get(), .target = "/one"})
      .bind({.descriptor = two.get(), .target = "/again"});
  const Seen seen =
      probe(std::move(box), {"cat", "/one", "--", "cat", "/two", "--", "cat", "/again", "--", "cat",
                             "/proc/self/fd/5", "--", "list", "/proc/self/fd"});
  EXPECT_EQ(seen["cat./one"], "1");
  EXPECT_EQ(seen["cat./two"], "2");
  EXPECT_EQ(seen["cat./again"], "2");
  EXPECT_EQ(seen["cat./proc/self/fd/5"], "3");
  EXPECT_EQ(seen["list./proc/self/fd"], "0 1 2 5");
}

// The point of it: a path may come to mean something else, a descriptor does not.
TEST_F(BindDescriptor, FollowsTheFileAndNothingPutInItsPlace) {
  const std::string path = scratch_.make_file("file", "the one");
  const OwnedFd file = open_file(path, O_RDONLY);
  std::filesystem::rename(path, scratch_ / "moved");
  EXPECT_EQ(probe(box_with(file), {"cat", "/data"})["cat./data"], "the one");
  scratch_.make_file("other", "another");
  std::filesystem::remove(scratch_ / "moved");
  scratch_.make_file("moved", "an impostor");
  EXPECT_THAT(start_failure(box_with(file)).message(), HasSubstr("cannot be found again"));
}

TEST_F(BindDescriptor, RefusesWhatHasNoName) {
  EXPECT_THAT(start_failure(box_with(make_memory_file("x"))).message(),
              HasSubstr("only a file or directory that has one can be bound"));
  const Pipe pipe = make_pipe();
  EXPECT_THAT(start_failure(box_with(pipe.read)).message(), HasSubstr(" leads to pipe:["));
  const OwnedFd ours = open_file("/proc/self/ns/mnt", O_RDONLY);
  EXPECT_THAT(start_failure(box_with(ours)).message(), HasSubstr(" leads to mnt:["));
}

using BindKinds = BindDescriptor;

TEST_F(BindKinds, ShowsFifosAndDevices) {
  ASSERT_EQ(::mkfifo((scratch_ / "fifo").c_str(), 0600), 0);
  Box box = bare_box();
  box.ops()
      .bind({.source = scratch_ / "fifo", .target = "/fifo"})
      .bind({.source = "/dev/zero", .target = "/zero", .device = true})
      .bind({.source = "/dev/zero", .target = "/no-device"});
  const Seen seen = probe(std::move(box), {"stat", "/fifo", "--", "stat", "/zero", "--", "open",
                                           "/zero", "r", "--", "open", "/no-device", "r"});
  EXPECT_EQ(seen["stat./fifo"], "other 0600");
  EXPECT_EQ(seen["stat./zero"], "device 1:5");
  EXPECT_EQ(seen["open./zero"], "ok");
  EXPECT_EQ(seen["open./no-device"], "EACCES");
}

}  // namespace
}  // namespace kekkai::kernel_tests
