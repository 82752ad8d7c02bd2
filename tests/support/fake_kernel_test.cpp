// The fake kernel itself: what it shows, what it refuses, and what can be made to happen in it.
// That it agrees with Linux is the business of tests/kernel/differential_test.cpp.
#include "../launcher/fake_start.h"

#include <kekkai/ops/source.h>
#include <kekkai/simulation/fake_kernel.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>

#include <stdexcept>

namespace kekkai::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::ThrowsMessage;

constexpr Open kDirectory = Open::kPath | Open::kDirectory;

class Fake : public ::testing::Test {
 protected:
  /// A process that may mount.
  Fake() { k.enter_namespaces(Namespace::kUser | Namespace::kMount); }
  UniqueFd open(const std::string& path, Open flags = Open::kPath,
                Resolve resolve = Resolve::kAnywhere) {
    return k.openat2(Fd::cwd(), path, flags, resolve, 0);
  }
  UniqueFd clone(const std::string& path, Propagation propagation = Propagation::kPrivate) {
    return clone_source(k, open(path), MountAttr::kNoSuid, propagation);
  }
  FakeKernel k;
};

// Files.

TEST_F(Fake, HoldsWhatWasDeclaredAndNothingElse) {
  k.host("/srv/data/file").regular("text");
  EXPECT_EQ(read_text(k, open("/srv/data/file", Open::kReadOnly)), "text");
  EXPECT_THAT([&] { open("/srv/other"); },
              ThrowsMessage<SyscallError>("openat2 /srv/other: No such file or directory"));
  EXPECT_THAT(k.tree(), IsSupersetOf({"/srv: directory 0755", "/srv/data: directory 0755",
                                      "/srv/data/file: file 0644 text"}));
}

TEST_F(Fake, FollowsLinksAsAskedFor) {
  k.host("/dir/file").regular("text");
  k.host("/dir/up").link_to("../dir/file");
  k.host("/abs").link_to("/dir");
  k.host("/loop").link_to("loop");
  EXPECT_NO_THROW(open("/abs/up"));
  EXPECT_THAT([&] { open("/loop"); },
              ThrowsMessage<SyscallError>(HasSubstr("Too many levels of symbolic links")));
  EXPECT_THAT([&] { open("/abs/up", Open::kPath, Resolve::kNoSymlinks); },
              ThrowsMessage<SyscallError>(HasSubstr("Too many levels of symbolic links")));
  EXPECT_THAT([&] { open("/dir/file/"); },
              ThrowsMessage<SyscallError>(HasSubstr("Not a directory")));
  EXPECT_EQ(k.statx(open("/abs", Open::kPath | Open::kNoFollow)).mode & S_IFMT, mode_t{S_IFLNK});
}

TEST_F(Fake, KeepsPathsInTheirRoot) {
  k.host("/jail/out").link_to("/etc");
  k.host("/jail/etc/inside").regular();
  const UniqueFd jail = open("/jail", kDirectory);
  const auto open_in = [&](const std::string& path, Resolve resolve) {
    return k.openat2(jail, path, Open::kPath, resolve, 0);
  };
  EXPECT_NO_THROW(open_in("out/inside", Resolve::kInRoot));
  EXPECT_NO_THROW(open_in("../../out/inside", Resolve::kInRoot));
  EXPECT_THAT([&] { open_in("out", Resolve::kBeneath); },
              ThrowsMessage<SyscallError>(HasSubstr("Invalid cross-device link")));
  EXPECT_THAT([&] { open_in("etc/../../jail", Resolve::kBeneath); },
              ThrowsMessage<SyscallError>(HasSubstr("Invalid cross-device link")));
}

TEST_F(Fake, LooksAtModesAndOwners) {
  k.host("/mine").regular("a", 0200).owned_by(1000, 1000);
  k.host("/theirs").directory(0700).owned_by(2000, 2000);
  k.host("/theirs/file").regular("b");
  EXPECT_NO_THROW(open("/mine", Open::kReadOnly)) << "a capability over what is ours";
  EXPECT_THAT([&] { open("/theirs/file"); },
              ThrowsMessage<SyscallError>("openat2 /theirs/file: Permission denied"));
  k.capset({});
  EXPECT_THAT([&] { open("/mine", Open::kReadOnly); },
              ThrowsMessage<SyscallError>("openat2 /mine: Permission denied"));
}

TEST_F(Fake, LetsOnlyOwnersChangeAMode) {
  k.host("/mine").regular("a").owned_by(1000, 1000);
  k.host("/theirs").regular("b").owned_by(2000, 2000);
  k.fchmod(open("/mine", Open::kReadOnly), 0600);
  EXPECT_EQ(k.statx(open("/mine")).mode & 07777, 0600U);
  EXPECT_THAT([&] { k.fchmod(open("/theirs", Open::kReadOnly), 0600); },
              ThrowsMessage<SyscallError>("fchmod /theirs: Operation not permitted"));
}

TEST_F(Fake, EmptiesAndLocksWhatIsOpenForIt) {
  k.host("/mine").regular("a").owned_by(1000, 1000);
  const UniqueFd read = open("/mine", Open::kReadOnly);
  const UniqueFd written = open("/mine", Open::kWriteOnly);
  EXPECT_NO_THROW(k.lock_for_reading(read));
  EXPECT_THAT([&] { k.lock_for_reading(written); },
              ThrowsMessage<SyscallError>("fcntl F_SETLK /mine: Bad file descriptor"));
  EXPECT_THAT([&] { k.empty_file(read); },
              ThrowsMessage<SyscallError>("ftruncate /mine: Invalid argument"));
  k.empty_file(written);
  EXPECT_EQ(k.host("/mine").content(), "");
}

TEST_F(Fake, InheritsFilesAtTheirEnd) {
  k.host("/mine").regular("a");
  k.inherit_file(7, "/mine");
  k.inherit_object(8, "pipe:[7]", S_IFIFO | 0600);
  for (const int number : {7, 8}) EXPECT_EQ(read_text(k, Fd(number, "inherited")), "");
}

// Mounts.

TEST_F(Fake, ShowsACloneSomewhereElseAndReadOnly) {
  k.host("/srv/file").regular("text");
  k.host("/mnt").owned_by(1000, 1000);
  const UniqueFd tree = clone("/srv");
  k.mount_setattr(tree, MountAttr::kReadOnly, Propagation::kKeep, Reach::kRecursive);
  k.move_mount(tree, open("/mnt"));
  EXPECT_THAT(k.tree(), Contains("/mnt/file: file 0644 text"));
  EXPECT_THAT(k.mountinfo(), HasSubstr(" /srv /mnt ro,nosuid,relatime - ext4 ext4 rw\n"));
  EXPECT_THAT([&] { k.mkdirat(open("/mnt"), "new", 0755); },
              ThrowsMessage<SyscallError>("mkdirat /mnt/new: Read-only file system"));
}

TEST_F(Fake, HandsLaterMountsOfTheHostToSlavesAlone) {
  k.host("/srv/disk");
  k.host("/slave");
  k.host("/private");
  k.move_mount(clone("/srv", Propagation::kSlave), open("/slave"));
  k.move_mount(clone("/srv"), open("/private"));
  k.mount_on_host("/srv/disk", "xfs");
  EXPECT_THAT(k.mountinfo(), HasSubstr(" /slave/disk "));
  EXPECT_THAT(k.mountinfo(), Not(HasSubstr(" /private/disk ")));
}

TEST_F(Fake, TakesOnlyItsOwnMountsApart) {
  k.host("/srv/disk");
  k.mount_on_host("/srv/disk");
  FakeKernel other;
  EXPECT_NO_THROW(clone("/srv"));
  // The rest is that of the namespace's user: mount_namespaces(7), "Restrictions".
  FakeKernel host;
  host.host("/data");
  host.mount_on_host("/data");
  host.enter_namespaces(Namespace::kUser | Namespace::kMount);
  EXPECT_THAT(
      [&] {
        host.open_tree(host.openat2(Fd::cwd(), "/", Open::kPath, Resolve::kAnywhere, 0),
                       Reach::kOne);
      },
      ThrowsMessage<SyscallError>(HasSubstr("Invalid argument")));
}

TEST_F(Fake, MergesTheLayersOfAnOverlay) {
  k.host("/upper/a").regular("upper");
  k.host("/lower/a").regular("lower");
  k.host("/lower/dir/b").regular("below");
  k.host("/mnt").directory();
  const UniqueFd upper = open("/upper"), lower = open("/lower");
  const UniqueFd context = k.fsopen("overlay");
  k.fsconfig_string(context, "lowerdir",
                    "/proc/self/fd/" + std::to_string(upper.number()) + ":/proc/self/fd/" +
                        std::to_string(lower.number()));
  k.fsconfig_create(context);
  k.move_mount(k.fsmount(context, MountAttr::kNone), open("/mnt"));
  EXPECT_THAT(k.tree(), IsSupersetOf({"/mnt/a: file 0644 upper", "/mnt/dir/b: file 0644 below"}));
}

// Hazards.

TEST_F(Fake, SwapsAPathBetweenTwoCalls) {
  k.host("/srv").owned_by(1000, 1000);
  k.host("/srv/data/file").regular("good");
  k.host("/etc/secret").regular("bad");
  k.host("/mnt").directory();
  k.before_call("open_tree /srv/data", [&] {
    const UniqueFd srv = open("/srv");
    k.renameat(srv, "data", "moved");
    k.symlinkat("/etc", srv, "data");
  });
  k.move_mount(clone("/srv/data"), open("/mnt"));
  EXPECT_THAT(k.tree(), IsSupersetOf({"/srv/data: link -> /etc", "/mnt/file: file 0644 good"}));
}

TEST_F(Fake, FailsOnAFullDisk) {
  k.host("/data").owned_by(1000, 1000);
  const UniqueFd data = open("/data");
  k.fill("/data");
  EXPECT_THAT([&] { k.mkdirat(data, "dir", 0755); },
              ThrowsMessage<SyscallError>("mkdirat /data/dir: No space left on device"));
}

TEST_F(Fake, CountsMounts) {
  k.host("/mnt");
  k.limit_mounts(2);
  const UniqueFd tree = clone("/mnt");
  EXPECT_THAT([&] { k.move_mount(tree, open("/mnt")); },
              ThrowsMessage<SyscallError>(HasSubstr("No space left on device")));
}

TEST_F(Fake, FailsTheNextCallsOfAPrefix) {
  k.fail_call("openat2 /a", EINTR, 2);
  k.host("/a");
  EXPECT_THROW(open("/a"), SyscallError);
  EXPECT_THROW(open("/a"), SyscallError);
  EXPECT_NO_THROW(open("/a"));
}

// Processes.

TEST(FakeStart, RunsLauncherAndInitAndShowsTheContainer) {
  FakeStart start;
  start.host.host("/srv/data/file").regular("text");
  start.host.host("/usr/bin/true").executable();
  start.settings.params.command = {"/usr/bin/true"};
  start.settings.params.hostname = "box";
  start.settings.params.ops.bind({.source = "/srv/data", .target = "/data"})
      .bind({.source = "/usr", .target = "/usr"})
      .proc();
  EXPECT_EQ(start.run(), ExitStatus{}) << start.failure->message();
  FakeKernel& init = start.init();
  EXPECT_THAT(init.tree(), Contains("/data/file: file 0644 text"));
  EXPECT_THAT(init.mountinfo(), HasSubstr(" /srv/data /data ro,nosuid,nodev,relatime - ext4"));
  EXPECT_THAT(init.mountinfo(), Not(HasSubstr("shared")));
  EXPECT_EQ(init.hostname(), "box");
  EXPECT_EQ(init.capabilities(), Capabilities{});
  EXPECT_TRUE(init.has_no_new_privs());
  EXPECT_THAT(start.host.open_descriptors(), IsEmpty());
  EXPECT_THAT(init.misuses(), IsEmpty());
}

TEST(FakeStart, RefusesWhatLinuxRefuses) {
  FakeStart start;
  start.settings.params.command = {"/usr/bin/true"};
  start.settings.params.ops.bind({.source = "/srv/data", .target = "/data"});
  EXPECT_EQ(start.run(), std::nullopt);
  EXPECT_EQ(start.failure->message(),
            "cannot prepare op 0 (bind /srv/data on /data): openat2 /srv/data: No such file or "
            "directory");
  EXPECT_THAT(start.host.open_descriptors(), IsEmpty());
}

TEST(FakeStart, WaitsForNobodyForEver) {
  FakeKernel k;
  const auto [reader, writer] = k.pipe2("pipe");
  std::array<std::byte, 1> byte{};
  EXPECT_THAT([&] { k.read(reader, byte); },
              ThrowsMessage<std::logic_error>("read pipe would wait for ever"));
}

}  // namespace
}  // namespace kekkai::testing
