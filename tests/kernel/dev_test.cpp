// dev, on the real kernel.
#include "box.h"

#include <sys/mount.h>

namespace kekkai::kernel_tests {
namespace {

class Dev : public KernelTest {};

TEST_F(Dev, HoldsWhatItPromisesAndNothingElse) {
  const Seen seen = probe(bare_box(), {"list", "/dev"});
  EXPECT_EQ(seen["list./dev"],
            "core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero");
}

TEST_F(Dev, NodesAreTheDevices) {
  const Seen seen = probe(
      bare_box(), {"stat", "/dev/null", "--", "stat", "/dev/zero", "--", "stat", "/dev/full", "--",
                   "stat", "/dev/random", "--", "stat", "/dev/urandom", "--", "stat", "/dev/tty"});
  EXPECT_EQ(seen["stat./dev/null"], "device 1:3");
  EXPECT_EQ(seen["stat./dev/zero"], "device 1:5");
  EXPECT_EQ(seen["stat./dev/full"], "device 1:7");
  EXPECT_EQ(seen["stat./dev/random"], "device 1:8");
  EXPECT_EQ(seen["stat./dev/urandom"], "device 1:9");
  EXPECT_EQ(seen["stat./dev/tty"], "device 5:0");
}

TEST_F(Dev, NodesWork) {
  const Seen seen =
      probe(bare_box(), {"open",  "/dev/null", "rw", "--", "write", "/dev/full",    "x", "--",
                         "open",  "/dev/zero", "r",  "--", "open",  "/dev/urandom", "r", "--",
                         "write", "/dev/null", "x",  "--", "open",  "/dev/random",  "r"});
  EXPECT_EQ(seen["open./dev/null"], "ok");
  EXPECT_EQ(seen["write./dev/null"], "ok");
  EXPECT_EQ(seen["write./dev/full"], "ENOSPC");
  EXPECT_EQ(seen["open./dev/zero"], "ok");
  EXPECT_EQ(seen["open./dev/random"], "ok");
  EXPECT_EQ(seen["open./dev/urandom"], "ok");
}

TEST_F(Dev, LinksAreThere) {
  const Seen seen = probe(
      bare_box(), {"stat", "/dev/fd", "--", "stat", "/dev/stdin", "--", "stat", "/dev/stdout", "--",
                   "stat", "/dev/stderr", "--", "stat", "/dev/core", "--", "stat", "/dev/ptmx"});
  EXPECT_EQ(seen["stat./dev/fd"], "link /proc/self/fd");
  EXPECT_EQ(seen["stat./dev/stdin"], "link /proc/self/fd/0");
  EXPECT_EQ(seen["stat./dev/stdout"], "link /proc/self/fd/1");
  EXPECT_EQ(seen["stat./dev/stderr"], "link /proc/self/fd/2");
  EXPECT_EQ(seen["stat./dev/core"], "link /proc/kcore");
  EXPECT_EQ(seen["stat./dev/ptmx"], "link pts/ptmx");
}

TEST_F(Dev, TerminalsAreItsOwn) {
  Box box = bare_box();
  box.params().uid = 1000;
  const Seen seen = probe(std::move(box), {"list", "/dev/pts", "--", "terminal"});
  EXPECT_EQ(seen["list./dev/pts"], "ptmx") << "none of the host's";
  EXPECT_EQ(seen["terminal"], "ok");
  EXPECT_EQ(seen["terminal.name"], "/dev/pts/0");
}

TEST_F(Dev, SharedMemoryIsForEverybody) {
  const Seen seen = probe(bare_box(), {"stat", "/dev/shm", "--", "write", "/dev/shm/x", "y", "--",
                                       "stat", "/dev/pts/ptmx"});
  EXPECT_EQ(seen["stat./dev/shm"], "directory 1777");
  EXPECT_EQ(seen["write./dev/shm/x"], "ok");
}

TEST_F(Dev, NewNodesCannotBeMade) {
  Box box = bare_box();
  box.params().uid = 0;
  EXPECT_EQ(probe(std::move(box), {"mknod", "/dev/shm/null"})["mknod./dev/shm/null"], "EPERM");
}

TEST_F(Dev, MayBeElsewhere) {
  Box box = bare_box();
  box.ops().dev({.path = "/other/dev"});
  const Seen seen = probe(std::move(box), {"stat", "/other/dev/null", "--", "open",
                                           "/other/dev/zero", "r", "--", "list", "/other/dev/pts"});
  EXPECT_EQ(seen["stat./other/dev/null"], "device 1:3");
  EXPECT_EQ(seen["open./other/dev/zero"], "ok");
}

// A node that was replaced by a link (runc CVE-2025-31133).
TEST_F(Dev, HostsNodesAreWhatTheyMustBe) {
  in_child_with_own_mounts([] {
    const Scratch scratch;
    const std::string file = scratch.make_file("file", "");
    ASSERT_EQ(::mount(file.c_str(), "/dev/full", nullptr, MS_BIND, nullptr), 0);
    const Failure failure = start_failure(bare_box());
    EXPECT_EQ(failure.message(),
              "cannot prepare op 2 (dev on /dev): /dev/full of the host is not the character "
              "device 1:7");
    ASSERT_EQ(::umount2("/dev/full", MNT_DETACH), 0);
    ASSERT_EQ(::mount("/dev/zero", "/dev/null", nullptr, MS_BIND, nullptr), 0);
    EXPECT_EQ(start_failure(bare_box()).message(),
              "cannot prepare op 2 (dev on /dev): /dev/null of the host is not the character "
              "device 1:3");
  });
}

}  // namespace
}  // namespace kekkai::kernel_tests
