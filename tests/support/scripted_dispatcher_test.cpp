// The double itself: what tests of others rely on.
#include <kekkai/testing/mock_dispatcher.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <stdexcept>

namespace kekkai::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

constexpr Open kDirectory = Open::kPath | Open::kDirectory;

class Scripted : public ::testing::Test {
 protected:
  UniqueFd open(const std::string& path, Open flags = Open::kPath) {
    return k.openat2(Fd::cwd(), path, flags, Resolve::kAnywhere, 0);
  }
  UniqueFd clone(const std::string& path, Reach reach = Reach::kRecursive) {
    return k.open_tree(open(path), reach);
  }
  ScriptedDispatcher k;
};

// Recording and failing.

TEST_F(Scripted, WritesOneLineForEachCall) {
  const UniqueFd usr = open("/usr", kDirectory);
  const UniqueFd tree = k.open_tree(usr, Reach::kRecursive);
  k.note("then:");
  k.mount_setattr(tree, MountAttr::kReadOnly | MountAttr::kNoSuid, Propagation::kPrivate,
                  Reach::kRecursive);
  k.move_mount(tree, open("/mnt"));
  EXPECT_THAT(k.transcript(),
              ElementsAre("openat2 /usr O_PATH|O_DIRECTORY", "open_tree /usr recursive",
                          "then:", "mount_setattr /usr ro|nosuid private recursive",
                          "openat2 /mnt O_PATH", "move_mount /usr -> /mnt"));
  EXPECT_EQ(k.steps().size(), 5U);
}

TEST_F(Scripted, FailsTheNextCallsOfAPrefix) {
  const UniqueFd tree = clone("/usr");
  const UniqueFd target = open("/data");
  k.fail_call("move_mount /usr -> /data", EPERM);
  EXPECT_THAT([&] { k.move_mount(tree, target); },
              ThrowsMessage<SyscallError>("move_mount /usr -> /data: Operation not permitted"));
  EXPECT_EQ(k.transcript().back(), "move_mount /usr -> /data = EPERM");
  EXPECT_NO_THROW(k.move_mount(tree, target));
  k.fail_call("statx", EIO, 2);
  EXPECT_THROW(k.statx(target), SyscallError);
  EXPECT_THROW(k.statx(tree), SyscallError);
  EXPECT_NO_THROW(k.statx(tree));
}

TEST_F(Scripted, FailsTheCallOfAnIndex) {
  k.fail_step(1, EACCES);
  open("/a");
  k.note("notes do not count");
  EXPECT_THAT([&] { open("/b"); }, ThrowsMessage<SyscallError>("openat2 /b: Permission denied"));
  EXPECT_NO_THROW(open("/c"));
}

TEST_F(Scripted, KnowsLeaksDoubleClosesAndStaleDescriptors) {
  UniqueFd kept = open("/kept");
  const int number = kept.number();
  open("/closed");
  EXPECT_THAT(k.open_descriptors(), ElementsAre("/kept"));
  k.close(number);
  kept.reset();
  EXPECT_THAT(k.misuses(),
              ElementsAre("close of descriptor " + std::to_string(number) + ", which is not open"));
  EXPECT_THAT([&] { k.statx(Fd(number, "/kept")); },
              ThrowsMessage<SyscallError>("statx /kept: Bad file descriptor"));
}

// Files and mounts.

TEST_F(Scripted, TakesAPathForADirectoryUnlessDeclared) {
  k.host("/a").missing();
  k.host("/b").regular("text");
  EXPECT_NO_THROW(open("/any/thing", kDirectory));
  EXPECT_THAT([&] { open("/a/below"); },
              ThrowsMessage<SyscallError>("openat2 /a/below: No such file or directory"));
  EXPECT_THAT([&] { open("/b/below"); },
              ThrowsMessage<SyscallError>("openat2 /b/below: Not a directory"));
  EXPECT_EQ(read_text(k, open("/b", Open::kReadOnly)), "text");
}

TEST_F(Scripted, CloneShowsTheSameFilesOnAnotherMount) {
  k.host("/src/file").regular("text");
  k.move_mount(clone("/src"), open("/dst"));
  EXPECT_EQ(read_text(k, open("/dst/file", Open::kReadOnly)), "text");
  const FileStatus there = k.statx(open("/dst/file"));
  const FileStatus here = k.statx(open("/src/file"));
  EXPECT_EQ(there.ino, here.ino);
  EXPECT_EQ(there.dev, here.dev);
  EXPECT_NE(there.mount_id, here.mount_id);
}

TEST_F(Scripted, ClonesSubmountsOnlyWhereRecursive) {
  k.mount_on_host("/src/disk");
  EXPECT_THAT([&] { clone("/src", Reach::kOne); },
              ThrowsMessage<SyscallError>("open_tree /src: Invalid argument"));
  EXPECT_NO_THROW(clone("/src", Reach::kRecursive));
}

// As Linux 6.1; 6.18 does both.
TEST_F(Scripted, NeitherClonesNorMountsOnWhatIsDetached) {
  const UniqueFd detached = clone("/src");
  EXPECT_THAT([&] { k.open_tree(detached, Reach::kOne); },
              ThrowsMessage<SyscallError>("open_tree /src: Invalid argument"));
  EXPECT_THAT([&] { k.move_mount(clone("/a"), detached); },
              ThrowsMessage<SyscallError>("move_mount /a -> /src: Invalid argument"));
}

TEST_F(Scripted, MountTableTellsOfAttributesAndPropagation) {
  const UniqueFd tree = clone("/src");
  k.move_mount(tree, open("/with space"));
  const auto table = [&] { return read_text(k, open("/proc/self/mountinfo", Open::kReadOnly)); };
  EXPECT_THAT(table(), ::testing::HasSubstr(" /src /with\\040space rw,relatime master:1 - ext4"));
  k.mount_setattr(tree, MountAttr::kReadOnly, Propagation::kPrivate, Reach::kRecursive);
  EXPECT_THAT(table(), ::testing::HasSubstr(" /src /with\\040space ro,relatime - ext4"));
}

// Processes and waiting.

TEST_F(Scripted, RunsThreadsWhenAPollHasNothingElseToReport) {
  auto [reader, writer] = k.pipe2("pipe");
  k.start_thread([&, to = Fd(writer)] { write_all(k, to, "hello"); });
  EXPECT_EQ(k.waiting_threads(), 1U);
  std::vector<PollFd> fds{{.fd = reader.number()}};
  k.poll(fds, std::chrono::milliseconds(0));
  EXPECT_FALSE(fds[0].readable) << "a poll that does not wait runs nothing";
  k.poll(fds, std::nullopt);
  EXPECT_TRUE(fds[0].readable);
  writer.reset();
  EXPECT_EQ(read_text(k, reader), "hello");
}

TEST_F(Scripted, DoesOneThingForEachPollThatWouldWait) {
  k.inherit(5, "lifeline");
  const UniqueFd signals = k.signalfd({});
  std::vector<PollFd> fds{{.fd = 5}, {.fd = signals.number()}};
  k.when_idle([&] { k.raise(SIGTERM); });
  k.when_idle([&] { k.hang_up("lifeline"); });
  k.poll(fds, std::nullopt);
  EXPECT_TRUE(fds[1].readable);
  EXPECT_FALSE(fds[0].readable);
  EXPECT_EQ(k.read_signal(signals), SIGTERM);
  k.poll(fds, std::nullopt);
  EXPECT_TRUE(fds[0].hung_up);
}

TEST_F(Scripted, LetsATimeOutPassAndNeverHangs) {
  k.inherit(5, "lifeline");
  std::vector<PollFd> fds{{.fd = 5}};
  const auto before = k.now();
  k.poll(fds, std::chrono::milliseconds(700));
  EXPECT_EQ(k.now() - before, std::chrono::milliseconds(700));
  EXPECT_THAT([&] { k.poll(fds, std::nullopt); },
              ThrowsMessage<std::logic_error>("poll would wait for ever"));
  std::byte byte{};
  EXPECT_THAT(
      [&] {
        k.read(Fd(5, "lifeline"), {&byte, 1});
      },
      ThrowsMessage<std::logic_error>("read lifeline would wait for ever"));
}

TEST_F(Scripted, ChildrenEndAsTheScriptSaysOrWithZero) {
  const Spawned first = k.spawn({.path = "/bin/a"});
  const Spawned second = k.spawn({.path = "/bin/b"});
  k.end_child(second.pid, W_EXITCODE(3, 0));
  EXPECT_EQ(k.wait4(WaitFor::kEnd), (Reaped{second.pid, W_EXITCODE(3, 0)}));
  EXPECT_EQ(k.wait4(WaitFor::kEnd), (Reaped{first.pid, 0}));
  EXPECT_EQ(k.wait4(WaitFor::kEnd), std::nullopt);
  EXPECT_EQ(k.waitid(first.pidfd), std::nullopt) << "somebody else waited for it";
}

TEST_F(Scripted, TellsOfAFailureInTheChild) {
  k.fail_child("execve", ENOENT);
  const Spawned spawned = k.spawn({.path = "/bin/a"});
  EXPECT_EQ(spawned.failed_call, "execve /bin/a");
  EXPECT_EQ(spawned.error, ENOENT);
  EXPECT_EQ(k.wait4(WaitFor::kEnd), (Reaped{spawned.pid, W_EXITCODE(127, 0)}));
}

TEST_F(Scripted, ExitIsAnExceptionThatNobodyCatches) {
  try {
    k.exit(3);
  } catch (const ProcessExit& exit) {
    EXPECT_EQ(exit.status, 3);
  }
  EXPECT_EQ(k.transcript().back(), "exit 3");
}

TEST(MockDispatcherTest, ExpectsCallsByLabelAndClosesWhatItMade) {
  ::testing::StrictMock<MockDispatcher> k;
  EXPECT_CALL(k, fsopen).WillOnce([&] { return k.make(7, "tmpfs"); });
  EXPECT_CALL(k, fsconfig_create(Labelled("tmpfs")))
      .WillOnce(::testing::Throw(SyscallError(EPERM, "fsconfig create tmpfs")));
  EXPECT_CALL(k, close(7));
  EXPECT_THROW(k.fsconfig_create(k.fsopen("tmpfs")), SyscallError);
}

}  // namespace
}  // namespace kekkai::testing
