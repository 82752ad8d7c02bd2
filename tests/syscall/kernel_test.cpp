// The calls of Kernel that need no privileges, on the real kernel.
#include <kekkai/syscall/kernel.h>

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>

namespace kekkai {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::string error_of(const std::function<void()>& run) {
  try {
    run();
    return "no error";
  } catch (const SyscallError& e) {
    return e.what();
  }
}

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

class KernelFiles : public ::testing::Test {
 protected:
  KernelFiles() {
    const char* folder = getenv("TMPDIR");  // NOLINT: no other thread
    path_ = std::string(folder == nullptr ? "/tmp" : folder) + "/kernel-test.XXXXXX";
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
    dir_ = k.openat2(Fd::cwd(), path_, Open::kPath | Open::kDirectory, Resolve::kAnywhere, 0);
  }
  ~KernelFiles() override {
    for (const std::string& name : k.getdents64(readable_dir())) {
      if (unlinkat(dir_.number(), name.c_str(), 0) < 0) {
        unlinkat(dir_.number(), name.c_str(), AT_REMOVEDIR);
      }
    }
    rmdir(path_.c_str());
  }
  UniqueFd readable_dir() {
    return k.openat2(dir_, ".", Open::kDirectory | Open::kReadOnly, Resolve::kAnywhere, 0);
  }
  UniqueFd open(const std::string& name, Open flags, mode_t mode = 0) {
    return k.openat2(dir_, name, flags, Resolve::kNoSymlinks, mode);
  }

  Kernel k;
  std::string path_;
  UniqueFd dir_;
};

TEST_F(KernelFiles, AreMadeWrittenAndReadByDescriptor) {
  const UniqueFd out = open("file", Open::kWriteOnly | Open::kCreate | Open::kExclusive, 0600);
  EXPECT_EQ(out.label(), path_ + "/file");
  write_all(k, out, "hello");
  const UniqueFd in = open("file", Open::kReadOnly);
  EXPECT_EQ(read_text(k, in), "hello");
  EXPECT_EQ(read_text(k, in), "");
  k.lseek_to_start(in);
  EXPECT_EQ(read_text(k, in, 3), "hel");
  k.fchmod(in, 0640);
  const FileStatus status = k.statx(in);
  EXPECT_EQ(status.mode, static_cast<mode_t>(S_IFREG | 0640));
  EXPECT_EQ(status.size, 5U);
  EXPECT_EQ(status.uid, geteuid());
  EXPECT_NE(status.mount_id, 0U);
}

TEST_F(KernelFiles, MayBeMissing) {
  const auto open_if_there = [&](const char* name) {
    return k.openat2_unless(ENOENT, dir_, name, Open::kPath, Resolve::kBeneath);
  };
  EXPECT_FALSE(open_if_there("file"));
  open("file", Open::kWriteOnly | Open::kCreate, 0600);
  EXPECT_EQ(open_if_there("file").label(), path_ + "/file");
  EXPECT_EQ(error_of([&] { open_if_there("file/below"); }),
            "openat2 " + path_ + "/file/below: Not a directory");
}

TEST_F(KernelFiles, AreEmptied) {
  const UniqueFd out = open("file", Open::kWriteOnly | Open::kCreate, 0600);
  write_all(k, out, "hello");
  k.empty_file(out);
  EXPECT_EQ(k.statx(out).size, 0U);
}

// A lock of our own is never in our way; tests/kernel/handed_in_test.cpp has two processes.
TEST_F(KernelFiles, AreLockedForReading) {
  open("file", Open::kWriteOnly | Open::kCreate, 0600);
  const UniqueFd file = open("file", Open::kReadOnly);
  EXPECT_NO_THROW(k.lock_for_reading(file));
  EXPECT_NO_THROW(k.lock_for_reading(file));
}

TEST_F(KernelFiles, AreListedWithoutDots) {
  EXPECT_THAT(k.getdents64(readable_dir()), IsEmpty());
  k.mkdirat(dir_, "folder", 0700);
  k.symlinkat("../target", dir_, "link");
  open(".hidden", Open::kWriteOnly | Open::kCreate, 0600);
  EXPECT_THAT(k.getdents64(readable_dir()), UnorderedElementsAre("folder", "link", ".hidden"));
  EXPECT_EQ(k.readlinkat(dir_, "link"), "../target");
}

TEST_F(KernelFiles, AreListedAlsoWhereOneBufferDoesNotHoldThem) {
  for (int i = 0; i < 500; ++i) {
    k.symlinkat("x", dir_, "a-rather-long-name-of-a-file-" + std::to_string(i));
  }
  EXPECT_EQ(k.getdents64(readable_dir()).size(), 500U);
}

TEST_F(KernelFiles, FailWithTheCallAsSpelled) {
  const UniqueFd file = open("file", Open::kWriteOnly | Open::kCreate, 0600);
  k.symlinkat("file", dir_, "link");
  const std::string here = path_;
  std::array<std::byte, 1> one{};
  const struct {
    std::function<void()> call;
    std::string text;
  } cases[] = {
      {[&] { open("none", Open::kReadOnly); },
       "openat2 " + here + "/none: No such file or directory"},
      {[&] { open("link", Open::kReadOnly); },
       "openat2 " + here + "/link: Too many levels of symbolic links"},
      {[&] { k.openat2(Fd::cwd(), "/dev/null/x", Open::kPath, Resolve::kAnywhere, 0); },
       "openat2 /dev/null/x: Not a directory"},
      {[&] { k.openat2(dir_, "../x", Open::kPath, Resolve::kBeneath, 0); },
       "openat2 " + here + "/../x: Invalid cross-device link"},
      {[&] { k.readlinkat(dir_, "file"); }, "readlinkat " + here + "/file: Invalid argument"},
      {[&] { k.mkdirat(dir_, "file", 0700); }, "mkdirat " + here + "/file: File exists"},
      {[&] { k.symlinkat("x", dir_, "link"); }, "symlinkat " + here + "/link: File exists"},
      {[&] { k.access_executable(dir_, "none"); },
       "faccessat2 " + here + "/none: No such file or directory"},
      {[&] { k.access_executable(dir_, "file"); },
       "faccessat2 " + here + "/file: Permission denied"},
      {[&] { k.getdents64(file); }, "getdents64 " + here + "/file: Not a directory"},
      {[&] { k.read(file, one); }, "read " + here + "/file: Bad file descriptor"},
      {[&] { k.write(dir_, one); }, "write " + here + ": Bad file descriptor"},
      {[&] { k.fchdir(file); }, "fchdir " + here + "/file: Not a directory"},
      {[&] { k.fchmod(dir_, 0700); }, "fchmod " + here + ": Bad file descriptor"},
      {[&] { k.empty_file(readable_dir()); }, "ftruncate " + here + ": Invalid argument"},
      {[&] { k.lock_for_reading(file); }, "fcntl F_SETLK " + here + "/file: Bad file descriptor"},
      {[&] { k.statx(Fd(999'999, "gone")); }, "statx gone: Bad file descriptor"},
      {[&] { k.fstatfs(Fd(999'999, "gone")); }, "fstatfs gone: Bad file descriptor"},
      {[&] { k.seal(k.pipe2("a pipe").second); }, "fcntl F_ADD_SEALS a pipe: Invalid argument"},
      {[&] { k.lseek_to_start(k.pipe2("a pipe").first); }, "lseek a pipe: Illegal seek"},
      {[&] { k.send(file, one); }, "send " + here + "/file: Socket operation on non-socket"},
  };
  for (const auto& c : cases) EXPECT_EQ(error_of(c.call), c.text);
}

TEST(Kernel, KnowsFileSystemsAndDevices) {
  Kernel k;
  const UniqueFd proc = k.openat2(Fd::cwd(), "/proc", Open::kPath, Resolve::kAnywhere, 0);
  EXPECT_EQ(k.fstatfs(proc), static_cast<uint64_t>(PROC_SUPER_MAGIC));
  const UniqueFd null = k.openat2(Fd::cwd(), "/dev/null", Open::kPath, Resolve::kAnywhere, 0);
  EXPECT_EQ(k.statx(null).rdev, makedev(1, 3));
  EXPECT_TRUE(S_ISCHR(k.statx(null).mode));
}

TEST(Kernel, MakesEveryDescriptorCloseOnExec) {
  Kernel k;
  std::vector<UniqueFd> made;
  made.push_back(k.openat2(Fd::cwd(), "/", Open::kPath, Resolve::kAnywhere, 0));
  made.push_back(k.memfd_create("memory"));
  made.push_back(k.pidfd_open(k.getpid()));
  made.push_back(k.inet_socket());
  made.push_back(k.signalfd(std::array{SIGUSR2}));
  std::array pairs{k.pipe2("pipe"), k.socketpair("sockets")};
  for (auto& ends : pairs) {
    made.push_back(std::move(ends.first));
    made.push_back(std::move(ends.second));
  }
  for (const UniqueFd& fd : made) EXPECT_EQ(fcntl(fd.number(), F_GETFD), FD_CLOEXEC) << fd.label();
}

TEST(Kernel, ClosesWhatItMadeAtTheEndOfItsOwner) {
  Kernel k;
  int number = -1;
  {
    const UniqueFd fd = k.memfd_create("memory");
    number = fd.number();
    EXPECT_TRUE(k.is_open(number));
  }
  EXPECT_FALSE(k.is_open(number));
  EXPECT_FALSE(k.is_open(-1));
}

TEST(Kernel, SealsAMemfdForGood) {
  Kernel k;
  const UniqueFd memory = k.memfd_create("setup stream");
  write_all(k, memory, "x");
  k.seal(memory);
  EXPECT_EQ(error_of([&] { k.write(memory, bytes("y")); }),
            "write setup stream: Operation not permitted");
  k.lseek_to_start(memory);
  EXPECT_EQ(error_of([&] { k.write(memory, bytes("y")); }),
            "write setup stream: Operation not permitted")
      << "over what is there already";
  EXPECT_EQ(error_of([&] { k.seal(memory); }),
            "fcntl F_ADD_SEALS setup stream: Operation not permitted");
  EXPECT_EQ(ftruncate(memory.number(), 0), -1);
}

TEST(Kernel, KeepsMessagesApartAndRaisesNoSigpipe) {
  Kernel k;
  auto [ours, theirs] = k.socketpair("lifeline");
  k.send(ours, bytes("ab"));
  k.send(ours, bytes("c"));
  std::array<std::byte, 8> buffer{};
  EXPECT_EQ(k.read(theirs, buffer), 2U);
  EXPECT_EQ(k.read(theirs, buffer), 1U);
  theirs.reset();
  static volatile sig_atomic_t raised = 0;
  const auto before = signal(SIGPIPE, [](int) { raised = 1; });
  EXPECT_EQ(error_of([&] { k.send(ours, bytes("d")); }), "send lifeline: Broken pipe");
  signal(SIGPIPE, before);
  EXPECT_EQ(raised, 0);
}

TEST(Kernel, DoesNotWaitWhereNobodyTakesMessages) {
  Kernel k;
  const auto [ours, theirs] = k.socketpair("lifeline");
  std::string error = "no error";
  alarm(60);  // where it waits it would do so for ever
  while (error == "no error") error = error_of([&] { k.send(ours, bytes("x")); });
  alarm(0);
  EXPECT_EQ(error, "send lifeline: Resource temporarily unavailable");
}

TEST(Kernel, PollTellsWhatIsReadableAndWhatHungUp) {
  Kernel k;
  auto [idle, idle_writer] = k.pipe2("idle");
  auto [full, full_writer] = k.pipe2("full");
  auto [gone, gone_writer] = k.pipe2("gone");
  k.write(full_writer, bytes("x"));
  gone_writer.reset();
  std::array<PollFd, 4> fds{
      {{.fd = idle.number()}, {.fd = full.number()}, {.fd = gone.number()}, {.fd = 999'999}}};
  k.poll(fds, std::nullopt);
  EXPECT_FALSE(fds[0].readable || fds[0].hung_up);
  EXPECT_TRUE(fds[1].readable && !fds[1].hung_up);
  EXPECT_TRUE(fds[2].hung_up && !fds[2].readable);
  EXPECT_TRUE(fds[3].hung_up);
  k.poll(std::span(fds).first(1), std::chrono::milliseconds(0));
  EXPECT_FALSE(fds[0].readable || fds[0].hung_up);
}

}  // namespace
}  // namespace kekkai
