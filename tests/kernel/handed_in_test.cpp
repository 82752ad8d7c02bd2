// hold, wait, lock, and files that are read from descriptors, on the real kernel.
#include "box.h"

#include <errno.h>
#include <fcntl.h>

#include <filesystem>
#include <thread>

namespace kekkai::kernel_tests {
namespace {

using testing::HasSubstr;

class HandedIn : public KernelTest {
 protected:
  Scratch scratch_;
};

TEST_F(HandedIn, IsHeldAsLongAsInitRuns) {
  Pipe pipe = make_pipe();
  Box box = bare_box();
  box.ops().hold({.descriptor = pipe.write.get()});
  Running running(box.steps({"list", "/proc/self/fd", "--", "ready", "--", "await-end-of-input"}));
  running.expect_line("list./proc/self/fd=0 1 2");
  running.expect_line("ready=yes");
  pipe.write.reset();
  EXPECT_FALSE(is_readable_within(pipe.read.get(), std::chrono::milliseconds(0)));
  running.end_input();
  EXPECT_EQ(running.wait().code(), 0);
  EXPECT_TRUE(ends_within(pipe.read.get()));
}

TEST_F(HandedIn, IsWaitedForBeforeTheProgram) {
  for (const bool ends : {false, true}) {
    Pipe pipe = make_pipe();
    Pipe output = make_pipe();
    Box box = bare_box();
    box.ops().wait({.descriptor = pipe.read.get()});
    box.settings.stdio = {-1, output.write.get(), 2};
    bool waits = false;
    box.params().verbose = true;
    box.settings.on_progress = [&](const std::string& text) {
      if (!text.starts_with("late") || text.find("wait for") == std::string::npos) return;
      waits = true;
      EXPECT_FALSE(is_readable_within(output.read.get(), std::chrono::milliseconds(0)));
      if (ends) {
        pipe.write.reset();
      } else {
        EXPECT_EQ(::write(pipe.write.get(), "go", 2), 2);
      }
    };
    Container container(kernel(), std::move(box.steps({"ready", "--", "descriptors"}).settings));
    container.start();
    EXPECT_EQ(read_line(output.read.get()), "ready=yes");
    EXPECT_EQ(read_line(output.read.get()), "fds=0 1 2");
    EXPECT_EQ(container.wait().code(), 0);
    EXPECT_TRUE(waits);
    if (!ends) {
      char left[4];
      EXPECT_EQ(::read(pipe.read.get(), left, sizeof left), 1) << "one byte was taken";
    }
  }
}

// More than a pipe holds, and from one that does not block.
TEST_F(HandedIn, IsReadToItsEnd) {
  for (const bool plain : {false, true}) {
    Pipe pipe = make_pipe();
    ASSERT_EQ(::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK), 0);
    const std::string text(300'000, 'x');
    Box box = bare_box();
    box.ops().file(
        {.path = "/tmp/text", .mode = 0640, .descriptor = pipe.read.get(), .plain = plain});
    std::thread writer([&] {
      EXPECT_EQ(::write(pipe.write.get(), text.data(), text.size()),
                static_cast<ssize_t>(text.size()));
      pipe.write.reset();
    });
    const Seen seen = probe(std::move(box), {"cat", "/tmp/text", "--", "stat", "/tmp/text", "--",
                                             "rename", "/tmp/text", "/tmp/other"});
    writer.join();
    EXPECT_EQ(seen["cat./tmp/text"], text);
    EXPECT_EQ(seen["stat./tmp/text"], "file 0640");
    EXPECT_EQ(seen["rename./tmp/text"], plain ? "ok" : "EBUSY");
  }
}

TEST_F(HandedIn, CannotBeReadWhereItIsForWriting) {
  const Pipe pipe = make_pipe();
  Box box = bare_box();
  box.ops().file({.path = "/f", .descriptor = pipe.write.get()});
  const std::string message = start_failure(std::move(box)).message();
  EXPECT_THAT(message, HasSubstr("Bad file descriptor"));
}

TEST_F(HandedIn, IsForOneOpAlone) {
  const OwnedFd file = make_memory_file("x");
  Box box = bare_box();
  box.ops()
      .file({.path = "/a", .descriptor = file.get()})
      .file({.path = "/b", .descriptor = file.get()});
  EXPECT_THAT(start_failure(std::move(box)).message(), HasSubstr("was used up by an earlier op"));
}

class Lock : public KernelTest {
 protected:
  /// Whether a process could lock the file for writing, without doing so: 0, or the lock's owner.
  static short lock_in_the_way(const OwnedFd& file) {
    struct flock wanted {};
    wanted.l_type = F_WRLCK;
    wanted.l_whence = SEEK_SET;
    EXPECT_EQ(::fcntl(file.get(), F_GETLK, &wanted), 0);
    return wanted.l_type;
  }
  Box box() const {
    Box box = bare_box();
    box.ops().bind({.source = path_, .target = "/lock"}).lock({.path = "/lock"});
    return box;
  }
  Scratch scratch_;
  const std::string path_ = scratch_.make_file("lock", "");
  OwnedFd file_{::open(path_.c_str(), O_RDWR | O_CLOEXEC)};
};

TEST_F(Lock, IsHeldAsLongAsInitRuns) {
  Running running(box().steps({"ready", "--", "await-end-of-input"}));
  running.expect_line("ready=yes");
  EXPECT_EQ(lock_in_the_way(file_), F_RDLCK);
  running.end_input();
  EXPECT_EQ(running.wait().code(), 0);
  EXPECT_EQ(lock_in_the_way(file_), F_UNLCK);
}

TEST_F(Lock, IsSharedAmongContainers) {
  Running one(box().steps({"ready", "--", "await-end-of-input"}));
  one.expect_line("ready=yes");
  EXPECT_EQ(probe(box(), {"descriptors"})["fds"], "0 1 2");
  one.end_input();
  EXPECT_EQ(one.wait().code(), 0);
}

TEST_F(Lock, IsRefusedWhereSomebodyWrites) {
  struct flock ours {};
  ours.l_type = F_WRLCK;
  ours.l_whence = SEEK_SET;
  ASSERT_EQ(::fcntl(file_.get(), F_SETLK, &ours), 0);
  EXPECT_THAT(start_failure(box()).message(),
              HasSubstr("/lock is locked for writing by another process"));
}

TEST_F(Lock, IsRefusedWhereNothingIs) {
  Box box = bare_box();
  box.ops().lock({.path = "/none"});
  EXPECT_THAT(start_failure(std::move(box)).message(),
              HasSubstr("openat2 /none: No such file or directory"));
}

}  // namespace
}  // namespace kekkai::kernel_tests
