// No op creates or mounts anything outside of the container's root, whatever links lie in its way
// (bubblewrap CVE-2026-87766, runc CVE-2024-45310); and links that mean well go on working.
#include "box.h"

#include <fcntl.h>
#include <stdio.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <thread>

namespace kekkai::kernel_tests {
namespace {
namespace fs = std::filesystem;

/// An op that makes something at a path, and what is seen there if it did.
struct Creator {
  const char* name;
  void (*add)(Ops& ops, const std::string& path, const std::string& source);
  const char* looks_like;
};

const std::array kCreators{
    Creator{"Mkdir", [](Ops& o, const std::string& p, const std::string&) { o.mkdir({.path = p}); },
            "directory 0755"},
    Creator{"Symlink",
            [](Ops& o, const std::string& p, const std::string&) {
              o.symlink({.path = p, .target = "anywhere"});
            },
            "link anywhere"},
    Creator{"File",
            [](Ops& o, const std::string& p, const std::string&) {
              o.file({.path = p, .content = "made by an op"});
            },
            "file 0644"},
    Creator{"Tmpfs",
            [](Ops& o, const std::string& p, const std::string&) {
              o.tmpfs({.path = p, .mode = 01777});
            },
            "directory 1777"},
    Creator{"BindDirectory",
            [](Ops& o, const std::string& p, const std::string& source) {
              o.bind({.source = source, .target = p, .writable = true});
            },
            "directory 0750"},
    Creator{"BindFile",
            [](Ops& o, const std::string& p, const std::string& source) {
              o.bind({.source = source + "/file", .target = p, .writable = true});
            },
            "file 0640"},
    Creator{"Proc", [](Ops& o, const std::string& p, const std::string&) { o.proc({.path = p}); },
            "directory 0555"},
    Creator{"Dev", [](Ops& o, const std::string& p, const std::string&) { o.dev({.path = p}); },
            "directory 0755"},
};

class Escape : public KernelTest, public testing::WithParamInterface<Creator> {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    for (const char* name : {"app", "outside/existing", "source"}) scratch_.make_directory(name);
    scratch_.make_file("outside/victim", "untouched");
    scratch_.make_file("source/file", "source");
    fs::permissions(scratch_ / "source", fs::perms{0750});
    fs::permissions(scratch_ / "source/file", fs::perms{0640});
  }

  /// Where links lead that mean harm. `outside` is a directory of the host.
  std::vector<std::string> hostile_targets() const {
    const std::string outside = scratch_ / "outside";
    return {outside,
            outside + "/victim",
            "/host" + outside,
            "/host" + outside + "/victim",
            "/",
            "..",
            "../outside",
            "../../../../../../../../../../..",
            "../../../../../../../../../../../.." + outside,
            "../host" + outside,
            "link",
            "/sysroot/../host",
            "/proc/self/root" + outside,
            "/proc/1/root",
            "/proc/self/cwd/..",
            "/proc/self/fd/5",
            "/proc/self/fd/6/.."};
  }

  /// Starts it, and ends it if it runs: whether it does is up to the op and the link.
  static void try_to_start(Box box) {
    try {
      Container container(kernel(), std::move(box.settings));
      container.start();
      container.wait();
    } catch (const StartError& e) {
      EXPECT_THAT(e.failure.op, testing::Not(testing::IsEmpty())) << e.what();
    }
  }

  void expect_host_unchanged(const std::string& before, const std::string& what) const {
    EXPECT_EQ(host_snapshot(scratch_.path()), before) << what;
    for (const char* name : {"/new", "/host", "/sysroot"}) EXPECT_FALSE(fs::exists(name)) << what;
    EXPECT_FALSE(fs::exists(fs::path(scratch_.path()).parent_path() / "new")) << what;
  }

  Scratch scratch_;
};

// The links lie in a directory of the host that programs may write to.
TEST_P(Escape, LinkInAWritableBindLeadsNowhere) {
  for (const std::string& target : hostile_targets()) {
    fs::remove(scratch_ / "app/link");
    scratch_.make_link("app/link", target);
    const std::string before = host_snapshot(scratch_.path());
    for (const char* path : {"/app/link", "/app/link/new"}) {
      Box box = bare_box();
      box.ops().bind({.source = scratch_ / "app", .target = "/app", .writable = true});
      GetParam().add(box.ops(), path, scratch_ / "source");
      try_to_start(std::move(box));
      expect_host_unchanged(before, std::string(path) + " by " + target);
    }
  }
}

// They lie in the container's own root, beside host directories that are bound writable.
TEST_P(Escape, LinkInTheRootLeadsNowhere) {
  const std::string before = host_snapshot(scratch_.path());
  for (const std::string& target : hostile_targets()) {
    Box box = bare_box();
    box.ops()
        .symlink({.path = "/deep/link", .target = target})
        .bind({.source = scratch_ / "app", .target = "/deep/app", .writable = true});
    GetParam().add(box.ops(), "/deep/link/new", scratch_ / "source");
    try_to_start(std::move(box));
    expect_host_unchanged(before, "/deep/link/new by " + target);
  }
}

TEST_P(Escape, LinksThatMeanWellWork) {
  Box box = bare_box();
  box.ops()
      .mkdir({.path = "/run"})
      .symlink({.path = "/var/run", .target = "/run"})
      .symlink({.path = "/bin", .target = "usr/bin"})  // which is not there yet
      .symlink({.path = "/a/up", .target = "../../run"});
  GetParam().add(box.ops(), "/var/run/one", scratch_ / "source");
  GetParam().add(box.ops(), "/bin/two", scratch_ / "source");
  GetParam().add(box.ops(), "/a/up/three", scratch_ / "source");
  const std::string before = host_snapshot(scratch_.path());
  const Seen seen = probe(std::move(box), {"stat", "/run/one", "--", "stat", "/usr/bin/two", "--",
                                           "stat", "/run/three", "--", "stat", "/bin"});
  EXPECT_EQ(seen["stat./run/one"], GetParam().looks_like);
  EXPECT_EQ(seen["stat./usr/bin/two"], GetParam().looks_like);
  EXPECT_EQ(seen["stat./run/three"], GetParam().looks_like);
  EXPECT_EQ(seen["stat./bin"], "link usr/bin");
  expect_host_unchanged(before, "links that mean well");
}

// A root of the host's whose /proc, /dev and /tmp are links (runc CVE-2019-16884 and its family).
TEST_P(Escape, RootMadeOfLinksLeadsNowhere) {
  scratch_.make_directory("root");
  for (const char* name : {"root/proc", "root/dev", "root/tmp"}) {
    scratch_.make_link(name, scratch_ / "outside");
  }
  const std::string before = host_snapshot(scratch_.path());
  for (const char* path : {"/proc", "/dev", "/tmp/new"}) {
    Box box = bare_box();
    Ops ops;
    ops.bind({.source = scratch_ / "root", .target = "/", .writable = true});
    GetParam().add(ops, path, scratch_ / "source");
    box.ops() = std::move(ops);
    EXPECT_NE(start_failure(std::move(box)).message(), "");
    expect_host_unchanged(before, path);
  }
}

// Between a look at a path and its use (runc CVE-2021-30465): what init sees as a directory is a
// link to the outside a moment later.
TEST_P(Escape, RacingRenamesLeadNowhere) {
  const std::string directory = scratch_.make_directory("app/a");
  const std::string link = scratch_.make_link("app/b", scratch_ / "outside");
  scratch_.make_directory("app/a/existing");
  const std::string before = host_snapshot(scratch_ / "outside");
  std::atomic<bool> done = false;
  std::thread racer([&] {
    while (!done) {
      ::renameat2(AT_FDCWD, directory.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE);
    }
  });
  for (const char* path : {"/app/a/new", "/app/a/existing", "/app/b/new/newer", "/app/b"}) {
    for (int i = 0; i < 4; ++i) {
      Box box = bare_box();
      box.ops().bind({.source = scratch_ / "app", .target = "/app", .writable = true});
      GetParam().add(box.ops(), path, scratch_ / "source");
      try_to_start(std::move(box));
    }
  }
  done = true;
  racer.join();
  EXPECT_EQ(host_snapshot(scratch_ / "outside"), before);
}

INSTANTIATE_TEST_SUITE_P(Ops, Escape, testing::ValuesIn(kCreators),
                         [](const auto& i) { return std::string(i.param.name); });

}  // namespace
}  // namespace kekkai::kernel_tests
