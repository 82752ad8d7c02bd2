// root and etc, on the real kernel.
#include "box.h"

namespace kekkai::kernel_tests {
namespace {

using testing::HasSubstr;

class RootEtc : public KernelTest {
 protected:
  RootEtc() {
    for (const char* name : {"usr", "usr/lib", "proc", "dev", "tmp", "mnt", "etc", "etc/ssl"}) {
      scratch_.make_directory(name);
    }
    scratch_.make_link("lib", "usr/lib");
    scratch_.make_link("outside", "/host" + scratch_.path());
    scratch_.make_file("note", "at the top");
    scratch_.make_file("usr/lib/file", "below");
    scratch_.make_file("etc/hosts", "127.0.0.1");
    scratch_.make_file("etc/passwd", "not this one");
    scratch_.make_file("etc/ssl/cert", "trust");
    scratch_.make_link("etc/zone", "../usr/lib/file");
  }
  // The probe on a root of its own; nothing of the host else.
  Box box() const {
    Box box = bare_box();
    box.ops().root({.source = scratch_.path()}).etc({.source = scratch_ / "etc"});
    return box;
  }
  Scratch scratch_;
};

TEST_F(RootEtc, ShowsTheTopOfADirectoryAtTheRoot) {
  const std::string before = host_snapshot(scratch_.path());
  const Seen seen =
      probe(box(), {"list",      "/",  "--",    "cat",          "/note", "--",  "cat",
                    "/lib/file", "--", "write", "/usr/lib/new", "x",     "--",  "stat",
                    "/lib",      "--", "list",  "/tmp",         "--",    "cat", "/outside/note"});
  EXPECT_EQ(seen["list./"], "dev etc lib note outside probe proc tmp usr");
  EXPECT_EQ(seen["cat./note"], "at the top");
  EXPECT_EQ(seen["cat./lib/file"], "below");
  EXPECT_EQ(seen["write./usr/lib/new"], "EROFS");
  EXPECT_EQ(seen["stat./lib"], "link usr/lib");
  EXPECT_EQ(seen["list./tmp"], "") << "the container's own";
  EXPECT_EQ(seen["cat./outside/note"], "ENOENT") << "the link leads nowhere in the container";
  EXPECT_EQ(host_snapshot(scratch_.path()), before);
}

TEST_F(RootEtc, RootIsWritableOnRequest) {
  Box box = bare_box();
  box.ops().root({.source = scratch_.path(), .writable = true});
  const Seen seen = probe(std::move(box), {"write", "/usr/new", "x", "--", "write", "/new", "x"});
  EXPECT_EQ(seen["write./usr/new"], "ok");
  EXPECT_EQ(seen["write./new"], "EROFS") << "the root itself is none of the host's directories";
  EXPECT_EQ(read_file(scratch_ / "usr/new"), "x");
}

TEST_F(RootEtc, EtcMirrorsAndCanBeAddedTo) {
  Box with_more = box();
  with_more.ops()
      .file({.path = "/etc/passwd", .content = "user"})
      .symlink({.path = "/etc/os-release", .target = "../usr/lib/os-release"});
  const Seen seen = probe(std::move(with_more),
                          {"list", "/etc",          "--",         "cat",   "/etc/hosts", "--",
                           "cat",  "/etc/passwd",   "--",         "cat",   "/etc/zone",  "--",
                           "cat",  "/etc/ssl/cert", "--",         "stat",  "/etc/mtab",  "--",
                           "stat", "/etc/hosts",    "--",         "write", "/etc/new",   "x",
                           "--",   "write",         "/etc/hosts", "x"});
  EXPECT_EQ(seen["list./etc"], ".host hosts mtab os-release passwd ssl zone");
  EXPECT_EQ(seen["cat./etc/hosts"], "127.0.0.1");
  EXPECT_EQ(seen["cat./etc/passwd"], "user");
  EXPECT_EQ(seen["cat./etc/zone"], "below") << "a relative link means what it meant";
  EXPECT_EQ(seen["cat./etc/ssl/cert"], "trust");
  EXPECT_EQ(seen["stat./etc/mtab"], "link /proc/mounts");
  EXPECT_EQ(seen["stat./etc/hosts"], "link .host/etc/hosts");
  EXPECT_EQ(seen["write./etc/new"], "EROFS");
  EXPECT_EQ(seen["write./etc/hosts"], "EROFS");
}

TEST_F(RootEtc, EtcCoversTheHosts) {
  Box box = full_box();
  box.ops().etc({.source = scratch_ / "etc", .prefix = "guest"});
  const Seen seen = probe(std::move(box), {"list", "/etc", "--", "stat", "/etc/hosts"});
  EXPECT_EQ(seen["list./etc"], ".host hosts mtab ssl zone");
  EXPECT_EQ(seen["stat./etc/hosts"], "link .host/guest/hosts");
}

// A host's whole root, with all that is in /usr, as one sees it every day.
TEST_F(RootEtc, TheHostsOwnRootWorks) {
  Box box;
  box = bare_box();
  box.ops() = Ops();
  box.ops().root().etc().proc().dev().tmpfs({.path = "/tmp", .mode = 01777});
  box.params().command = {"/bin/sh", "-c", "cat /etc/hostname >/dev/null && echo fine"};
  box.params().env = {"PATH=/usr/bin:/bin"};
  EXPECT_EQ(run(std::move(box)).output, "fine\n");
}

TEST_F(RootEtc, RefuseWhatIsNoDirectory) {
  Box box = bare_box();
  box.ops().root({.source = scratch_ / "note"});
  EXPECT_THAT(start_failure(std::move(box)).message(), HasSubstr("note: Not a directory"));
  box = bare_box();
  box.ops().etc({.source = scratch_ / "missing"});
  EXPECT_THAT(start_failure(std::move(box)).message(),
              HasSubstr("missing: No such file or directory"));
}

}  // namespace
}  // namespace kekkai::kernel_tests
