// overlay, on the real kernel.
#include "box.h"

#include <sys/mount.h>

#include <filesystem>

namespace kekkai::kernel_tests {
namespace {

class Overlay : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    for (const char* name : {"top/dir", "bottom/dir", "upper", "work"}) {
      scratch_.make_directory(name);
    }
    scratch_.make_file("top/both", "top");
    scratch_.make_file("bottom/both", "bottom");
    scratch_.make_file("bottom/dir/file", "content");
    before_ = lowers_now();
  }
  // No kind of overlay ever changes a lower.
  void TearDown() override {
    EXPECT_EQ(lowers_now(), before_);
    KernelTest::TearDown();
  }

  std::vector<HostPath> lowers() const { return {scratch_ / "top", scratch_ / "bottom"}; }
  ops::Overlay read_write() const {
    return {.path = "/data",
            .lowers = lowers(),
            .upper = scratch_ / "upper",
            .work = scratch_ / "work"};
  }
  ops::Overlay ephemeral() const {
    return {.path = "/data", .lowers = lowers(), .ephemeral = true};
  }
  static Box box_with(ops::Overlay overlay) {
    Box box = bare_box();
    box.ops().overlay(std::move(overlay));
    return box;
  }

  Scratch scratch_;

 private:
  std::string lowers_now() const {
    return host_snapshot(scratch_ / "top") + host_snapshot(scratch_ / "bottom");
  }
  std::string before_;
};

const std::vector<std::string> kChange{
    "cat", "/data/both",     "--", "write", "/data/both",    "+", "--", "cat",   "/data/both", "--",
    "cat", "/data/dir/file", "--", "write", "/data/dir/new", "x", "--", "mkdir", "/data/made"};

TEST_F(Overlay, ReadWriteKeepsChangesInUpper) {
  const Seen seen = probe(box_with(read_write()), kChange);
  EXPECT_EQ(seen["write./data/both"], "ok");
  EXPECT_EQ(seen["cat./data/both"], "top+");
  EXPECT_EQ(seen["cat./data/dir/file"], "content");
  EXPECT_EQ(seen["write./data/dir/new"], "ok");
  EXPECT_EQ(read_file(scratch_ / "upper/both"), "top+");
  EXPECT_EQ(read_file(scratch_ / "upper/dir/new"), "x");
  EXPECT_TRUE(std::filesystem::is_directory(scratch_ / "upper/made"));
  EXPECT_EQ(probe(box_with(read_write()), {"cat", "/data/both"})["cat./data/both"], "top+");
}

TEST_F(Overlay, EphemeralForgetsChanges) {
  for (int round = 0; round < 2; ++round) {
    const Seen seen = probe(box_with(ephemeral()), kChange);
    EXPECT_EQ(seen.all("cat./data/both"), (std::vector<std::string>{"top", "top+"}));
    EXPECT_EQ(seen["write./data/dir/new"], "ok");
    EXPECT_EQ(seen["mkdir./data/made"], "ok");
  }
}

TEST_F(Overlay, EphemeralHasThePermissionsOfTheTopLower) {
  std::filesystem::permissions(scratch_ / "top", std::filesystem::perms(0750));
  EXPECT_EQ(probe(box_with(ephemeral()), {"stat", "/data"})["stat./data"], "directory 0750");
  std::filesystem::permissions(scratch_ / "top", std::filesystem::perms(0755));
}

TEST_F(Overlay, ReadOnlyCannotBeChanged) {
  const Seen seen = probe(box_with({.path = "/data", .lowers = lowers()}), kChange);
  EXPECT_EQ(seen["write./data/both"], "EROFS");
  EXPECT_EQ(seen["cat./data/both"], "top");
  EXPECT_EQ(seen["cat./data/dir/file"], "content");
  EXPECT_EQ(seen["write./data/dir/new"], "EROFS");
  EXPECT_EQ(seen["mkdir./data/made"], "EROFS");
}

TEST_F(Overlay, LaterOpsMakeThingsInAnEphemeralOneOnly) {
  Box box = box_with(ephemeral());
  box.ops().mkdir({.path = "/data/deep/er"});
  EXPECT_EQ(probe(std::move(box), {"stat", "/data/deep/er"})["stat./data/deep/er"],
            "directory 0755");
  box = box_with(read_write());
  box.ops().mkdir({.path = "/data/deep/er"});
  EXPECT_THAT(start_failure(std::move(box)).message(),
              testing::HasSubstr("/data/deep does not exist, and nothing is created on the host"));
}

Outcome replace_a_directory(ops::Overlay overlay) {
  Box box = full_box();
  overlay.path = "/tmp/data";
  box.ops().overlay(std::move(overlay));
  box.params().command = {"/bin/sh", "-c",
                          "cd /tmp/data && rm -r dir && mkdir dir && ls -A dir && mv dir new"};
  return run(std::move(box));
}

// Without marks that a user namespace may set, this is EIO.
TEST_F(Overlay, DirectoriesCanBeReplaced) {
  const Outcome outcome = replace_a_directory(read_write());
  EXPECT_EQ(outcome.status, (ExitStatus{false, 0}));
  EXPECT_EQ(outcome.output, "");
}

// Its layer is a tmpfs, which has had no room for such marks before Linux 6.6.
TEST_F(Overlay, DirectoriesOfAnEphemeralOneCanBeReplaced) {
  const Outcome outcome = replace_a_directory(ephemeral());
  EXPECT_EQ(outcome.status, (ExitStatus{false, linux_is_at_least(6, 6) ? 0 : 1}));
  EXPECT_EQ(outcome.output, "");
}

TEST_F(Overlay, MountsHaveTheirFlags) {
  for (const auto& [overlay, flags] :
       {std::pair(read_write(), " /data rw,nosuid,nodev"),
        {ephemeral(), " /data rw,nosuid,nodev"},
        {ops::Overlay{.path = "/data", .lowers = lowers()}, " /data ro,nosuid,nodev"}}) {
    EXPECT_THAT(run(box_with(overlay).steps({"copy", "/proc/self/mountinfo"})).output,
                testing::HasSubstr(flags));
  }
}

// None of these characters has a meaning, as it would have in a mount option.
TEST_F(Overlay, LayersMayHaveAnyName) {
  const std::string odd = "a:b,c\\d e\nf=\xc3\xa9";
  scratch_.make_directory(odd + "/1");
  scratch_.make_directory(odd + "/up");
  scratch_.make_directory(odd + "/work");
  scratch_.make_file(odd + "/1/file", "content");
  Box box = box_with({.path = "/data",
                      .lowers = {scratch_ / (odd + "/1"), scratch_ / "top"},
                      .upper = scratch_ / (odd + "/up"),
                      .work = scratch_ / (odd + "/work")});
  const Seen seen = probe(std::move(box), {"write", "/data/file", "+", "--", "cat", "/data/file"});
  EXPECT_EQ(seen["cat./data/file"], "content+");
  EXPECT_EQ(read_file(scratch_ / (odd + "/up/file")), "content+");
}

ops::Overlay with_many_lowers(const Scratch& scratch, int count) {
  ops::Overlay overlay{.path = "/data"};
  for (int i = 0; i < count; ++i) {
    const std::string name = "many/" + std::to_string(i);
    scratch.make_directory(name);
    scratch.make_file(name + "/" + std::to_string(i), std::to_string(i));
    overlay.lowers.emplace_back(scratch / name);
  }
  return overlay;
}

TEST_F(Overlay, MayHaveTenLowers) {
  const Seen seen =
      probe(box_with(with_many_lowers(scratch_, 10)), {"cat", "/data/0", "--", "cat", "/data/9"});
  EXPECT_EQ(seen["cat./data/0"], "0");
  EXPECT_EQ(seen["cat./data/9"], "9");
}

// Linux takes lowers one by one since 6.7.
TEST_F(Overlay, MayHaveManyLowers) {
  Box box = box_with(with_many_lowers(scratch_, 60));
  if (!linux_is_at_least(6, 7)) {
    EXPECT_THAT(start_failure(std::move(box)).message(),
                testing::HasSubstr("60 lower directories are too many for this kernel: before "
                                   "Linux 6.7 it takes about ten"));
    return;
  }
  const Seen seen = probe(std::move(box), {"cat", "/data/0", "--", "cat", "/data/59"});
  EXPECT_EQ(seen["cat./data/0"], "0");
  EXPECT_EQ(seen["cat./data/59"], "59");
}

TEST_F(Overlay, IsRefusedAboveAMount) {
  in_child_with_own_mounts([this] {
    ASSERT_EQ(::mount("none", (scratch_ / "top/dir").c_str(), "tmpfs", 0, nullptr), 0);
    const Failure failure = start_failure(box_with(ephemeral()));
    EXPECT_THAT(failure.message(), testing::HasSubstr("fsconfig create overlay: Invalid argument"));
    EXPECT_THAT(failure.hint, testing::HasSubstr("nothing may be mounted below a layer"));
  });
}

TEST_F(Overlay, WorkHasToBeOnTheMountOfUpper) {
  in_child_with_own_mounts([this] {
    ASSERT_EQ(::mount("none", (scratch_ / "work").c_str(), "tmpfs", 0, nullptr), 0);
    EXPECT_THAT(start_failure(box_with(read_write())).message(),
                testing::HasSubstr("have to be on the same mount"));
  });
}

// The lowers are tried by the corpus.
TEST_F(Overlay, UpperAndWorkAreNoMagicLinks) {
  for (const char* magic : {"/proc/self/root", "/proc/self/cwd", "/proc/self/fd/3"}) {
    ops::Overlay upper = read_write(), work = read_write();
    upper.upper = magic;
    work.work = magic;
    for (const ops::Overlay& overlay : {upper, work}) {
      const Failure failure = start_failure(box_with(overlay));
      EXPECT_EQ(failure.phase, Phase::kEarly) << magic;
      EXPECT_EQ(failure.error, ELOOP) << magic;
    }
  }
}

TEST_F(Overlay, MayBeTheRoot) {
  Box box;
  box.settings.init.self = true;
  box.probe = "/probe";
  auto root = ephemeral();
  root.path = "/";
  box.ops().overlay(root).bind({.source = probe_path(), .target = "/probe"}).proc();
  const Seen seen = probe(std::move(box), {"cat", "/both", "--", "write", "/dir/new", "x"});
  EXPECT_EQ(seen["cat./both"], "top");
  EXPECT_EQ(seen["write./dir/new"], "ok");
}

}  // namespace
}  // namespace kekkai::kernel_tests
