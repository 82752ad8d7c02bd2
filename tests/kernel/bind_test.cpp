// bind, on the real kernel.
#include "box.h"

#include <kekkai/syscall/mountinfo.h>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <filesystem>

namespace kekkai::kernel_tests {
namespace {

class Bind : public KernelTest {
 protected:
  Box box_with(ops::Bind bind) {
    Box box = bare_box();
    box.ops().bind(std::move(bind));
    return box;
  }
  Scratch scratch_;
};

MountInfo mount_at(const std::vector<MountInfo>& mounts, const std::string& path) {
  const auto last = std::find_if(mounts.rbegin(), mounts.rend(),
                                 [&](const MountInfo& m) { return m.mount_point == path; });
  EXPECT_NE(last, mounts.rend()) << "nothing is mounted on " << path;
  return last == mounts.rend() ? MountInfo{} : *last;
}

std::vector<MountInfo> mounts_in(Box box) {
  return parse_mountinfo(run(box.steps({"copy", "/proc/self/mountinfo"})).output);
}

TEST_F(Bind, IsReadOnlyUnlessAskedOtherwise) {
  scratch_.make_file("file", "content");
  const Seen seen = probe(box_with({.source = scratch_.path(), .target = "/data"}),
                          {"cat", "/data/file", "--", "write", "/data/file", "x", "--", "write",
                           "/data/new", "x", "--", "mkdir", "/data/directory"});
  EXPECT_EQ(seen["cat./data/file"], "content");
  EXPECT_EQ(seen["write./data/file"], "EROFS");
  EXPECT_EQ(seen["write./data/new"], "EROFS");
  EXPECT_EQ(seen["mkdir./data/directory"], "EROFS");
  EXPECT_EQ(read_file(scratch_ / "file"), "content");
}

TEST_F(Bind, IsWritableOnRequest) {
  scratch_.make_file("file", "content");
  const Seen seen =
      probe(box_with({.source = scratch_.path(), .target = "/data", .writable = true}),
            {"write", "/data/file", " and more", "--", "mkdir", "/data/directory"});
  EXPECT_EQ(seen["write./data/file"], "ok");
  EXPECT_EQ(seen["mkdir./data/directory"], "ok");
  EXPECT_EQ(read_file(scratch_ / "file"), "content and more");
  EXPECT_TRUE(std::filesystem::is_directory(scratch_ / "directory"));
}

TEST_F(Bind, MountsHaveTheirFlags) {
  Box box = bare_box();
  box.ops()
      .bind({.source = scratch_.path(), .target = "/ro"})
      .bind({.source = scratch_.path(), .target = "/rw", .writable = true})
      .bind({.source = scratch_.path(), .target = "/device", .device = true})
      .bind({.source = scratch_.path(), .target = "/both", .writable = true, .device = true});
  const auto mounts = mounts_in(std::move(box));
  constexpr MountAttr kNoSuid = MountAttr::kNoSuid;
  constexpr MountAttr kNoDev = MountAttr::kNoDev;
  EXPECT_EQ(mount_at(mounts, "/ro").attributes, MountAttr::kReadOnly | kNoSuid | kNoDev);
  EXPECT_EQ(mount_at(mounts, "/rw").attributes, kNoSuid | kNoDev);
  EXPECT_EQ(mount_at(mounts, "/device").attributes, MountAttr::kReadOnly | kNoSuid);
  EXPECT_EQ(mount_at(mounts, "/both").attributes, kNoSuid);
}

TEST_F(Bind, EveryMountIsNosuidAndPrivate) {
  for (const Box& box : {bare_box(), full_box()}) {
    for (const MountInfo& mount : mounts_in(box)) {
      EXPECT_TRUE(has(mount.attributes, MountAttr::kNoSuid)) << mount.mount_point;
      EXPECT_FALSE(mount.propagates) << mount.mount_point;
    }
  }
}

// The intermediate root, /host and what else init had are not there, not even out of sight.
TEST_F(Bind, NothingElseIsMounted) {
  std::vector<std::string> points;
  for (const MountInfo& mount : mounts_in(bare_box())) points.push_back(mount.mount_point);
  EXPECT_THAT(points, testing::IsSupersetOf({"/", "/probe", "/proc", "/proc/sys", "/dev",
                                             "/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                             "/dev/urandom", "/dev/tty", "/dev/pts", "/tmp"}));
  std::erase_if(points, [](const std::string& p) {
    return p.starts_with("/proc/") || p.starts_with("/dev/");
  });
  EXPECT_THAT(points, testing::UnorderedElementsAre("/", "/probe", "/proc", "/dev", "/tmp"));
}

TEST_F(Bind, DeviceNodesWorkOnRequestOnly) {
  Box box = box_with({.source = "/dev/zero", .target = "/with", .device = true});
  box.ops().bind({.source = "/dev/zero", .target = "/without"});
  const Seen seen = probe(std::move(box), {"open", "/with", "--", "open", "/without"});
  EXPECT_EQ(seen["open./with"], "ok");
  EXPECT_EQ(seen["open./without"], "EACCES");
}

TEST_F(Bind, SourceMayBeAFile) {
  const std::string file = scratch_.make_file("file", "content");
  Box box = box_with({.source = file, .target = "/ro"});
  box.ops().bind({.source = file, .target = "/deep/down/rw", .writable = true});
  const Seen seen = probe(std::move(box), {"cat", "/ro", "--", "write", "/ro", "x", "--", "write",
                                           "/deep/down/rw", " and more"});
  EXPECT_EQ(seen["cat./ro"], "content");
  EXPECT_EQ(seen["write./ro"], "EROFS");
  EXPECT_EQ(seen["write./deep/down/rw"], "ok");
  EXPECT_EQ(read_file(file), "content and more");
}

TEST_F(Bind, SourceMayBeASocket) {
  const OwnedFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = scratch_ / "socket";
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 4), 0);
  Box box = box_with({.source = path, .target = "/socket", .writable = true});
  EXPECT_EQ(probe(std::move(box), {"connect", "/socket"})["connect./socket"], "ok");
  EXPECT_TRUE(is_readable_within(listener.get(), kPatience));
}

TEST_F(Bind, SourceMayBeALink) {
  scratch_.make_directory("real");
  scratch_.make_file("real/file", "content");
  scratch_.make_link("link", "real");
  EXPECT_EQ(probe(box_with({.source = scratch_ / "link", .target = "/data"}),
                  {"cat", "/data/file"})["cat./data/file"],
            "content");
}

TEST_F(Bind, OptionalSourceMayBeMissing) {
  Box box = box_with({.source = scratch_ / "missing", .target = "/data", .optional = true});
  EXPECT_EQ(probe(std::move(box), {"stat", "/data"})["stat./data"], "ENOENT");
}

TEST_F(Bind, OptionalSourceThatExistsIsBound) {
  scratch_.make_file("file", "content");
  Box box = box_with({.source = scratch_.path(), .target = "/data", .optional = true});
  EXPECT_EQ(probe(std::move(box), {"cat", "/data/file"})["cat./data/file"], "content");
}

TEST_F(Bind, EnsuredSourceIsMade) {
  const mode_t before = ::umask(0);
  const std::string source = scratch_ / "made/by/us";
  const Seen seen =
      probe(box_with({.source = source, .target = "/data", .writable = true, .ensure = true}),
            {"write", "/data/file", "content"});
  ::umask(before);
  EXPECT_EQ(seen["write./data/file"], "ok");
  EXPECT_EQ(read_file(source + "/file"), "content");
  for (const char* name : {"made", "made/by", "made/by/us"}) {
    struct stat s {};
    ASSERT_EQ(::stat((scratch_ / name).c_str(), &s), 0);
    EXPECT_EQ(s.st_mode, S_IFDIR | 0700U) << name;
    EXPECT_EQ(s.st_uid, ::getuid()) << name;
  }
}

// As flatpak shows an app its own user namespace, for others to join.
TEST_F(Bind, ShowsANamespaceOfTheContainersOwnOnRequest) {
  Box box = bare_box();
  box.ops().bind({.source = "/proc/self/ns/user", .target = "/tmp/user", .magic_links = true});
  EXPECT_EQ(probe(std::move(box), {"stat", "/tmp/user"})["stat./tmp/user"], "file 0444");
}

// Nothing is made over a magic link of init's own, nor where a link leads nowhere.
TEST_F(Bind, EnsuredSourceIsNotMadeByWayOfLinks) {
  scratch_.make_link("dangling", scratch_ / "made");
  const std::string before = host_snapshot(scratch_.path());
  for (const auto& [source, error] : std::vector<std::pair<std::string, int>>{
           {"/proc/self/root" + scratch_.path() + "/made", ELOOP},
           {"/proc/self/cwd/made", ELOOP},
           {"/proc/self/cwd", ELOOP},
           {scratch_ / "dangling", ENOENT},
           {scratch_ / "dangling/made", ENOENT}}) {
    const Failure failure =
        start_failure(box_with({.source = source, .target = "/data", .ensure = true}));
    EXPECT_EQ(failure.phase, Phase::kEarly) << source;
    EXPECT_EQ(failure.error, error) << source;
    EXPECT_EQ(host_snapshot(scratch_.path()), before) << source;
  }
}

TEST_F(Bind, LaterOnesCoverEarlierOnes) {
  scratch_.make_directory("a/inner");
  scratch_.make_directory("b");
  scratch_.make_file("a/inner/file", "a");
  scratch_.make_file("b/file", "b");
  Box box = box_with({.source = scratch_ / "a", .target = "/data"});
  box.ops().bind({.source = scratch_ / "b", .target = "/data/inner", .writable = true});
  const Seen seen = probe(std::move(box), {"cat", "/data/inner/file", "--", "open",
                                           "/data/inner/file", "w", "--", "write", "/data/x", "x"});
  EXPECT_EQ(seen["cat./data/inner/file"], "b");
  EXPECT_EQ(seen["open./data/inner/file"], "ok");
  EXPECT_EQ(seen["write./data/x"], "EROFS");
}

// What is mounted below a source comes along, with the flags of the bind.
TEST_F(Bind, TakesMountsBelowItsSourceAlong) {
  scratch_.make_directory("data/below");
  in_child_with_own_mounts([this] {
    ASSERT_EQ(::mount("none", (scratch_ / "data/below").c_str(), "tmpfs", 0, "mode=755"), 0);
    scratch_.make_file("data/below/file", "content");
    const Seen seen = probe(box_with({.source = scratch_ / "data", .target = "/data"}),
                            {"cat", "/data/below/file", "--", "write", "/data/below/new", "x"});
    EXPECT_EQ(seen["cat./data/below/file"], "content");
    EXPECT_EQ(seen["write./data/below/new"], "EROFS");
  });
}

// With a slave, what the host mounts later would appear, and writable (SECURITY-CASES).
TEST_F(Bind, LaterMountsOfTheHostDoNotAppear) {
  scratch_.make_directory("data/below");
  scratch_.make_directory("data/mounted");
  scratch_.make_file("data/below/file", "before");
  in_child_with_own_mounts([this] {
    const std::string data = scratch_ / "data", below = scratch_ / "data/below";
    ASSERT_EQ(::mount(data.c_str(), data.c_str(), nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(::mount(nullptr, data.c_str(), nullptr, MS_SHARED, nullptr), 0);
    const std::string mounted = scratch_ / "data/mounted";
    ASSERT_EQ(::mount("none", mounted.c_str(), "tmpfs", 0, "mode=755"), 0);
    scratch_.make_file("data/mounted/file", "still here");

    Box box = box_with({.source = data, .target = "/data"});
    Running running(
        box.steps({"ready", "--", "await-end-of-input", "--", "cat", "/data/below/file", "--",
                   "open", "/data/below/new", "wc", "--", "cat", "/data/mounted/file"}));
    running.expect_line("ready=yes");
    ASSERT_EQ(::mount("none", below.c_str(), "tmpfs", 0, "mode=777"), 0);
    ASSERT_EQ(::umount2(mounted.c_str(), MNT_DETACH), 0);
    running.end_input();
    running.expect_line("cat./data/below/file=before");
    running.expect_line("open./data/below/new=EROFS");
    running.expect_line("cat./data/mounted/file=still here");
    EXPECT_EQ(running.wait().code(), 0);
  });
}

TEST_F(Bind, SourceMayBeAFifo) {
  const std::string fifo = scratch_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const OwnedFd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const Seen seen = probe(box_with({.source = fifo, .target = "/fifo", .writable = true}),
                          {"stat", "/fifo", "--", "write", "/fifo", "x"});
  EXPECT_EQ(seen["stat./fifo"], "other 0600");
  EXPECT_EQ(seen["write./fifo"], "ok");
  EXPECT_TRUE(is_readable_within(reader.get(), kPatience));
}

}  // namespace
}  // namespace kekkai::kernel_tests
