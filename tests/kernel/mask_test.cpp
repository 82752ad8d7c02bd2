// mask and read-only, on the real kernel: what they hide and protect, and that they never make
// anything on the host, whatever the links on the way say.
#include "box.h"

#include <kekkai/syscall/mountinfo.h>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

namespace kekkai::kernel_tests {
namespace {

class Mask : public KernelTest {
 protected:
  // A writable folder of the host at /data.
  Box box_with(const ops::Mask& mask) const {
    Box box = bare_box();
    box.ops().bind({.source = scratch_.path(), .target = "/data", .writable = true}).mask(mask);
    return box;
  }
  Box box_with(const ops::ReadOnly& read_only) const {
    Box box = bare_box();
    box.ops()
        .bind({.source = scratch_.path(), .target = "/data", .writable = true})
        .read_only(read_only);
    return box;
  }
  Scratch scratch_;
};

using MaskReadOnly = Mask;

TEST_F(Mask, HidesAFile) {
  scratch_.make_file("key", "secret");
  const Seen seen = probe(box_with(ops::Mask{.path = "/data/key"}),
                          {"cat", "/data/key", "--", "stat", "/data/key", "--", "open", "/data/key",
                           "w", "--", "write", "/data/other", "x"});
  EXPECT_EQ(seen["cat./data/key"], "");
  EXPECT_EQ(seen["stat./data/key"], "file 0444");
  EXPECT_NE(seen["open./data/key"], "ok");
  EXPECT_EQ(seen["write./data/other"], "ok");
  EXPECT_EQ(read_file(scratch_ / "key"), "secret");
}

TEST_F(Mask, HidesADirectory) {
  scratch_.make_directory("keys");
  scratch_.make_file("keys/one", "secret");
  Box box = box_with(ops::Mask{.path = "/data/keys"});
  box.params().uid = 0;
  const Seen seen = probe(std::move(box), {"list", "/data/keys", "--", "stat", "/data/keys/one",
                                           "--", "write", "/data/keys/new", "x"});
  EXPECT_EQ(seen["list./data/keys"], "");
  EXPECT_EQ(seen["stat./data/keys/one"], "ENOENT");
  EXPECT_EQ(seen["write./data/keys/new"], "EROFS");
}

TEST_F(Mask, HidesFifosAndMasksInMasks) {
  ASSERT_EQ(::mkfifo((scratch_ / "fifo").c_str(), 0600), 0);
  Box box = box_with(ops::Mask{.path = "/data/fifo"});
  box.ops().mask({.path = "/data/fifo"}).mask({.path = "/data"}).mask({.path = "/data/fifo"});
  EXPECT_EQ(probe(std::move(box), {"list", "/data"})["list./data"], "");
  EXPECT_EQ(
      probe(box_with(ops::Mask{.path = "/data/fifo"}), {"stat", "/data/fifo"})["stat./data/fifo"],
      "file 0444");
}

TEST_F(Mask, FollowsALinkInsideTheContainer) {
  scratch_.make_directory("run");
  scratch_.make_directory("var");
  scratch_.make_file("run/key", "secret");
  scratch_.make_link("var/run", "../run");      // a parent
  scratch_.make_link("leaf", "/data/run/key");  // a leaf, right inside and dangling outside
  for (const char* path : {"/data/var/run/key", "/data/leaf"}) {
    const Seen seen = probe(box_with(ops::Mask{.path = path}), {"cat", "/data/run/key"});
    EXPECT_EQ(seen["cat./data/run/key"], "") << path;
  }
}

// Of each, nothing is made anywhere, and what the same path means outside is not concerned.
TEST_F(Mask, MakesNothingWhereNothingIs) {
  scratch_.make_file("file", "x");
  scratch_.make_link("dangling", "/data/made");
  scratch_.make_link("host", "/host" + scratch_.path() + "/file");
  scratch_.make_link("outside", scratch_ / "file");
  scratch_.make_link("up", "../../../../../.." + scratch_.path() + "/made");
  const std::string before = host_snapshot(scratch_.path());
  for (const char* path : {"/data/no", "/data/no/such/thing", "/data/file/below", "/data/dangling",
                           "/data/host", "/data/outside", "/data/up", "/no/such/root"}) {
    const Seen seen = probe(box_with(ops::Mask{.path = path}),
                            {"list", "/data", "--", "cat", "/data/file", "--", "list", "/"});
    EXPECT_EQ(seen["list./data"], "dangling file host outside up") << path;
    EXPECT_EQ(seen["cat./data/file"], "x") << path;
    EXPECT_EQ(seen["list./"], "data dev probe proc tmp") << path;
  }
  EXPECT_EQ(host_snapshot(scratch_.path()), before);
}

TEST_F(Mask, RefusesTheRootAndALoop) {
  scratch_.make_link("root", "/");
  scratch_.make_link("up", "../../..");
  scratch_.make_link("loop", "loop");
  const std::string before = host_snapshot(scratch_.path());
  EXPECT_THAT(start_failure(box_with(ops::Mask{.path = "/data/root"})).message(),
              testing::EndsWith("/data/root is the container's root, and nothing would be left of "
                                "it"));
  EXPECT_THAT(start_failure(box_with(ops::Mask{.path = "/data/up"})).message(),
              testing::EndsWith("nothing would be left of it"));
  EXPECT_THAT(start_failure(box_with(ops::Mask{.path = "/data/loop/x"})).message(),
              testing::HasSubstr("Too many levels of symbolic links"));
  EXPECT_EQ(host_snapshot(scratch_.path()), before);
}

TEST_F(Mask, CannotBeMovedOutOfTheWay) {
  scratch_.make_directory("a");
  scratch_.make_file("a/key", "secret");
  const Seen seen = probe(box_with(ops::Mask{.path = "/data/a/key"}),
                          {"rename", "/data/a/key", "/data/b", "--", "rename", "/data/a", "/data/c",
                           "--", "cat", "/data/c/key"});
  EXPECT_EQ(seen["rename./data/a/key"], "EBUSY");
  EXPECT_EQ(seen["rename./data/a"], "ok");
  EXPECT_EQ(seen["cat./data/c/key"], "");
}

TEST_F(Mask, LeavesALaterBindVisible) {
  scratch_.make_directory("keys");
  scratch_.make_file("keys/one", "secret");
  Box box = box_with(ops::Mask{.path = "/data/keys"});
  box.ops().bind({.source = scratch_ / "keys", .target = "/data/keys"});
  EXPECT_EQ(probe(std::move(box), {"cat", "/data/keys/one"})["cat./data/keys/one"], "secret");
}

TEST_F(MaskReadOnly, ProtectsAPartOfAWritableDirectory) {
  scratch_.make_directory(".git/hooks");
  scratch_.make_file(".git/config", "x");
  scratch_.make_file("file", "x");
  Box box = box_with(ops::ReadOnly{.path = "/data/.git"});
  box.ops().read_only({.path = "/data/file"});
  box.params().uid = 0;
  const Seen seen = probe(std::move(box), {"cat",
                                           "/data/.git/config",
                                           "--",
                                           "write",
                                           "/data/.git/config",
                                           "y",
                                           "--",
                                           "mkdir",
                                           "/data/.git/hooks/new",
                                           "--",
                                           "write",
                                           "/data/file",
                                           "y",
                                           "--",
                                           "write",
                                           "/data/new",
                                           "y",
                                           "--",
                                           "rename",
                                           "/data/.git",
                                           "/data/x"});
  EXPECT_EQ(seen["cat./data/.git/config"], "x");
  EXPECT_EQ(seen["write./data/.git/config"], "EROFS");
  EXPECT_EQ(seen["mkdir./data/.git/hooks/new"], "EROFS");
  EXPECT_EQ(seen["write./data/file"], "EROFS");
  EXPECT_EQ(seen["write./data/new"], "ok");
  EXPECT_EQ(seen["rename./data/.git"], "EBUSY");
}

TEST_F(MaskReadOnly, TakesMountsBelowAlongAndKeepsFlags) {
  Box box = bare_box();
  box.ops()
      .bind({.source = scratch_.path(), .target = "/data", .writable = true, .noexec = true})
      .read_only({.path = "/data"})
      .read_only({.path = "/dev"})
      .tmpfs({.path = "/deep"})
      .tmpfs({.path = "/deep/er"})
      .read_only({.path = "/deep"});
  const auto outcome = run(box.steps({"copy", "/proc/self/mountinfo"}));
  const auto mounts = parse_mountinfo(outcome.output);
  const auto last = [&](const std::string& path) {
    const auto found = std::find_if(mounts.rbegin(), mounts.rend(),
                                    [&](const MountInfo& m) { return m.mount_point == path; });
    return found == mounts.rend() ? MountAttr::kNone : found->attributes;
  };
  constexpr MountAttr kReadOnly = MountAttr::kReadOnly | MountAttr::kNoSuid;
  EXPECT_EQ(last("/data"), kReadOnly | MountAttr::kNoDev | MountAttr::kNoExec);
  EXPECT_EQ(last("/dev/null"), kReadOnly | MountAttr::kNoExec);
  EXPECT_EQ(last("/deep/er"), kReadOnly | MountAttr::kNoDev);
}

TEST_F(MaskReadOnly, TakesTheRoot) {
  Box box = box_with(ops::ReadOnly{.path = "/"});
  const Seen seen = probe(std::move(box), {"write", "/data/x", "y", "--", "write", "/tmp/x", "y",
                                           "--", "open", "/dev/null", "w", "--", "list", "/"});
  EXPECT_EQ(seen["write./data/x"], "EROFS");
  EXPECT_EQ(seen["write./tmp/x"], "EROFS");
  EXPECT_EQ(seen["open./dev/null"], "ok");
  EXPECT_EQ(seen["list./"], "data dev probe proc tmp");
}

TEST_F(MaskReadOnly, FollowsLinksInsideAndMakesNothing) {
  scratch_.make_directory("run");
  scratch_.make_directory("var");
  scratch_.make_link("var/run", "/data/run");
  scratch_.make_link("dangling", "/data/made");
  scratch_.make_link("host", "/host" + scratch_.path());
  scratch_.make_link("outside", scratch_.path());
  scratch_.make_link("loop", "loop");
  const std::string before = host_snapshot(scratch_.path());
  EXPECT_EQ(probe(box_with(ops::ReadOnly{.path = "/data/var/run"}),
                  {"write", "/data/run/x", "y"})["write./data/run/x"],
            "EROFS");
  for (const std::string path :
       {"/data/no/such", "/data/dangling", "/data/host", "/data/outside"}) {
    EXPECT_THAT(start_failure(box_with(ops::ReadOnly{.path = path})).message(),
                testing::EndsWith(path + " does not exist, and cannot be made read-only"));
    EXPECT_EQ(
        probe(box_with(ops::ReadOnly{.path = path, .optional = true}), {"list", "/"})["list./"],
        "data dev probe proc tmp");
  }
  EXPECT_THAT(
      start_failure(box_with(ops::ReadOnly{.path = "/data/loop", .optional = true})).message(),
      testing::HasSubstr("Too many levels of symbolic links"));
  EXPECT_EQ(host_snapshot(scratch_.path()), before);
}

}  // namespace
}  // namespace kekkai::kernel_tests
