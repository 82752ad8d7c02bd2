// Ways out that others have had (SECURITY-CASES.md): init's own image, its memory, its descriptors.
#include "box.h"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <filesystem>

namespace kekkai::kernel_tests {
namespace {

using testing::Ne;

class InitsImage : public KernelTest {
 protected:
  /// A container whose program is a script that is interpreted by /proc/self/exe: at that moment,
  /// init's own image (CVE-2019-5736). The host's tree, because the image needs its libraries.
  static Box box_with_script() {
    Box box = full_box();
    box.params().uid = 0;
    box.ops().file({.path = "/tmp/script", .content = "#!/proc/self/exe\n", .mode = 0755});
    box.params().command = {"/tmp/script"};
    return box;
  }
};

struct SocketPair {
  OwnedFd ours, theirs;
};

SocketPair make_sockets() {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  return {OwnedFd(ends[0]), OwnedFd(ends[1])};
}

OwnedFd receive_descriptor(const OwnedFd& socket) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (::recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != 1) return {};
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr) return {};
  return OwnedFd(*reinterpret_cast<const int*>(CMSG_DATA(header)));
}

TEST_F(InitsImage, CannotBeWrittenFromInside) {
  Box box = box_with_script();
  const Outcome outcome = run(std::move(box));
  EXPECT_EQ(outcome.status.code(), 0);
  EXPECT_EQ(outcome.seen["image"], "reached") << "otherwise nothing was tried: " << outcome.output;
  EXPECT_THAT(outcome.seen["self-write"], Ne("ok"));
  EXPECT_THAT(outcome.seen["init-write"], Ne("ok"));
  EXPECT_THAT(outcome.seen["init-read"], Ne("ok"));
}

// While init runs, the kernel says ETXTBSY anyhow. So a descriptor of it is kept until init has
// ended, and opened anew.
TEST_F(InitsImage, CannotBeWrittenWhenInitHasEnded) {
  const Scratch scratch;
  const std::string init = scratch / "init";  // a copy: we run the original, and shall not be why
  std::filesystem::copy_file(own_path(), init);
  struct stat before {};
  ASSERT_EQ(::stat(init.c_str(), &before), 0);
  const SocketPair sockets = make_sockets();
  Box box = box_with_script();
  box.settings.init = {.path = init};
  box.settings.extra_files = {{sockets.theirs.get(), 3}};
  const Outcome outcome = run(std::move(box));
  EXPECT_EQ(outcome.seen["image"], "reached");
  const OwnedFd image = receive_descriptor(sockets.ours);
  if (image.get() < 0) {
    EXPECT_THAT(outcome.seen["self-read"], Ne("ok"));
    return;
  }
  struct stat got {};
  ASSERT_EQ(::fstat(image.get(), &got), 0);
  ASSERT_EQ(got.st_ino, before.st_ino) << "it is not init's image";
  const std::string path = "/proc/self/fd/" + std::to_string(image.get());
  EXPECT_EQ(::open(path.c_str(), O_WRONLY | O_CLOEXEC), -1);
  EXPECT_EQ(errno, EROFS);
}

// A copy's image is our own program: where the caller could write to that, on a read-only mount.
// We go on running it, so that the kernel would say ETXTBSY in any case.
TEST_F(InitsImage, OfACopyCannotBeWrittenTo) {
  const bool can_write = ::access(own_path().c_str(), W_OK) == 0;
  std::string word = "launcher";
  std::array<char*, 2> argv{word.data(), nullptr};
  const SocketPair sockets = make_sockets();
  Box box = box_with_script();
  box.settings.init.copy = argv.data();
  box.settings.extra_files = {{sockets.theirs.get(), 3}};
  const Outcome outcome = run(std::move(box));
  EXPECT_EQ(outcome.seen["image"], "reached");
  EXPECT_EQ(outcome.seen["self-write"], can_write ? "ETXTBSY" : "EACCES");
  EXPECT_EQ(outcome.seen["init-write"], "EACCES");
  EXPECT_EQ(outcome.seen["init-read"], "EACCES");
  const OwnedFd image = receive_descriptor(sockets.ours);
  ASSERT_GE(image.get(), 0);
  struct statvfs mount {};
  ASSERT_EQ(::fstatvfs(image.get(), &mount), 0);
  EXPECT_EQ((mount.f_flag & ST_RDONLY) != 0, can_write);
}

class InitsInside : public KernelTest, public testing::WithParamInterface<uint32_t> {};

// From inside, whatever the program calls itself, and with no filter to help.
TEST_P(InitsInside, CannotBeReached) {
  Box box = bare_box();
  box.params().uid = box.params().gid = GetParam();
  const Seen seen = probe(std::move(box), {"attack-init"});
  for (const char* attempt :
       {"ptrace-attach", "ptrace-seize", "vm-read", "pidfd-getfd", "enter-namespaces"}) {
    EXPECT_EQ(seen[attempt], "EPERM") << attempt;
  }
  for (const char* attempt : {"mem-read", "mem-write", "maps", "environ", "exe-link", "exe-read",
                              "exe-write", "root", "cwd"}) {
    EXPECT_EQ(seen[attempt], "EACCES") << attempt;
  }
  // Their numbers may be seen, nothing else.
  EXPECT_THAT(seen.all("descriptor"), testing::Each("EACCES"));
}

INSTANTIATE_TEST_SUITE_P(Ids, InitsInside, testing::Values(kCallersId, 0U, 1000U));

class InitOfASibling : public KernelTest {};

// Another container of the same user.
TEST_F(InitOfASibling, CannotBeReached) {
  Running victim(bare_box().steps({"ready", "--", "await-end-of-input"}));
  victim.expect_line("ready=yes");
  const std::string init = "/proc/" + std::to_string(victim.container().init_pid());
  in_child_with_own_mounts([&] {
    EXPECT_EQ(::ptrace(PTRACE_ATTACH, victim.container().init_pid(), nullptr, nullptr), -1);
    EXPECT_EQ(errno, EPERM);
    for (const char* name : {"/mem", "/environ", "/maps", "/fd/3", "/root/proc"}) {
      EXPECT_EQ(::open((init + name).c_str(), O_RDONLY | O_CLOEXEC), -1) << name;
    }
  });
  victim.end_input();
  EXPECT_EQ(victim.wait().code(), 0);
}

class Leftovers : public KernelTest {};

// Init and what it started with: nothing of the caller's environment.
TEST_F(Leftovers, InitHasNothingOfTheCallersEnvironment) {
  if (!is_root()) return;  // init is not dumpable: only root may look
  ::setenv("KEKKAI_TEST_SECRET", "of the caller", 1);
  Running running(bare_box().steps({"ready", "--", "await-end-of-input"}));
  ::unsetenv("KEKKAI_TEST_SECRET");
  running.expect_line("ready=yes");
  EXPECT_EQ(read_file("/proc/" + std::to_string(running.container().init_pid()) + "/environ"),
            std::string("KEKKAI_SETUP=3\0", 15));
  running.end_input();
  EXPECT_EQ(running.wait().code(), 0);
}

// The mount namespace holds nothing of the host but the binds: init's own root is the container's.
TEST_F(Leftovers, InitsRootAndDirectoryAreTheContainers) {
  if (!is_root()) return;
  Box box = bare_box();
  box.ops().mkdir({.path = "/only-here"});
  Running running(box.steps({"ready", "--", "await-end-of-input"}));
  running.expect_line("ready=yes");
  const std::string init = "/proc/" + std::to_string(running.container().init_pid());
  EXPECT_EQ(::access((init + "/root/only-here").c_str(), F_OK), 0);
  EXPECT_NE(::access((init + "/root/host").c_str(), F_OK), 0);
  EXPECT_EQ(::access((init + "/cwd/only-here").c_str(), F_OK), 0);
  running.end_input();
  EXPECT_EQ(running.wait().code(), 0);
}

// Their programs get EPERM for what would need them.
TEST_F(Leftovers, ProgramOfRootCannotChangeTheHostsFiles) {
  const Scratch scratch;
  scratch.make_file("file", "content");
  const std::string before = host_snapshot(scratch.path());
  Box box = full_box();
  box.params().uid = 0;
  const Seen seen = probe(
      std::move(box), {"write", "/etc/passwd", "x", "--", "write", "/sys/kernel/uevent_helper", "x",
                       "--", "open", "/dev/vda", "--", "open", "/dev/kmsg", "w"});
  for (const char* attempt : {"write./etc/passwd", "write./sys/kernel/uevent_helper",
                              "open./dev/vda", "open./dev/kmsg"}) {
    EXPECT_THAT(seen[attempt], Ne("ok")) << attempt;
  }
  EXPECT_EQ(host_snapshot(scratch.path()), before);
}

}  // namespace
}  // namespace kekkai::kernel_tests
