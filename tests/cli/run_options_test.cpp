#include "../../cli/run_options.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <fstream>
#include <set>
#include <stdexcept>

namespace kekkai::cli {
namespace {

using ::testing::ElementsAre;

const Caller kCaller{.directory = "/here"};

RunOptions with(std::string_view option, const std::string& value) {
  RunOptions run;
  apply_option(*find_option(option), run, kCaller, value);
  return run;
}

std::string refusal(std::string_view option, const std::string& value) {
  try {
    with(option, value);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Options, HaveNamesAndHelpOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Option& option : run_options()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_EQ(find_option(option.name), &option);
    EXPECT_FALSE(option.help.empty()) << option.name;
  }
  EXPECT_EQ(find_option("bogus"), nullptr);
  EXPECT_EQ(find_option(""), nullptr);
}

TEST(FileOptions, TakeSourceDestinationAndFlags) {
  const struct {
    const char* value;
    ops::Bind bind;
  } cases[] = {
      {"/a", {.source = "/a", .target = "/a"}},
      {"/a/", {.source = "/a/", .target = "/a"}},
      {"/a:/b", {.source = "/a", .target = "/b"}},
      {"/a:/b//c/", {.source = "/a", .target = "/b/c"}},
      {"a", {.source = "/here/a", .target = "/here/a"}},
      {".", {.source = "/here/.", .target = "/here"}},
      {"../a", {.source = "/here/../a", .target = "/a"}},
      {"/a b", {.source = "/a b", .target = "/a b"}},
      {"/a\\:b:/c", {.source = "/a:b", .target = "/c"}},
      {"/a::noexec", {.source = "/a", .target = "/a", .noexec = true}},
      {"/a::slave", {.source = "/a", .target = "/a", .slave = true}},
      {"/a:/b:optional,ensure", {.source = "/a", .target = "/b", .optional = true, .ensure = true}},
  };
  for (const auto& c : cases) {
    ops::Bind bind = c.bind;
    EXPECT_TRUE(with("ro", c.value).files == Ops().bind(bind)) << c.value;
    bind.writable = true;
    EXPECT_TRUE(with("rw", c.value).files == Ops().bind(bind)) << c.value;
    bind.device = true;
    EXPECT_TRUE(with("dev", c.value).files == Ops().bind(bind)) << c.value;
  }
}

TEST(DaemonOptions, TakeAPathAndACommand) {
  const struct {
    const char* value;
    ContainerPath ready;
    std::vector<std::string> command;
  } cases[] = {
      {"/run/x:x", "/run/x", {"x"}},
      {"/run//x/:/usr/bin/x:--serve:a b", "/run/x", {"/usr/bin/x", "--serve", "a b"}},
      {"/r\\:1:x\\:y:-l:[\\:\\:]\\:80", "/r:1", {"x:y", "-l", "[::]:80"}},
      {"/r:x::", "/r", {"x", "", ""}},
  };
  for (const auto& c : cases) {
    const std::vector<ops::Daemon> daemons = with("daemon", c.value).daemons;
    ASSERT_EQ(daemons.size(), 1U) << c.value;
    EXPECT_EQ(daemons[0].ready, c.ready) << c.value;
    EXPECT_EQ(daemons[0].command, c.command) << c.value;
    EXPECT_EQ(daemons[0].timeout, std::chrono::seconds(5));
  }
}

TEST(DaemonOptions, RefuseWhatIsNone) {
  EXPECT_EQ(refusal("daemon", "/r"), "--daemon /r: not READY:PROGRAM[:ARG...]");
  EXPECT_EQ(refusal("daemon", ""), "--daemon: not READY:PROGRAM[:ARG...]");
  EXPECT_EQ(refusal("daemon", "/r:"), "--daemon /r:: a daemon needs a program");
  EXPECT_EQ(refusal("daemon", "r:x"), "--daemon r:x: \"r\" is not an absolute path");
  EXPECT_EQ(refusal("daemon", "/a/../r:x"),
            "--daemon /a/../r:x: \"/a/../r\" contains \"..\": name the place itself");
  EXPECT_EQ(refusal("daemon", "//:x"),
            "--daemon //:x: / exists always: name what the daemon makes when it is ready");
  for (const char* time : {"0", "0ms", "25h"}) {
    EXPECT_EQ(refusal("daemon-timeout", time),
              std::string("--daemon-timeout ") + time + ": not between 1ms and 24h");
  }
}

TEST(FileOptions, MakeTheirOps) {
  EXPECT_TRUE(with("tmpfs", "/t").files == Ops().tmpfs({.path = "/t"}));
  EXPECT_TRUE(with("tmpfs", "/t:mode=1777,size=2K").files ==
              Ops().tmpfs({.path = "/t", .mode = 01777, .size = 2048}));
  EXPECT_TRUE(with("mkdir", "/d:mode=700").files == Ops().mkdir({.path = "/d", .mode = 0700}));
  EXPECT_TRUE(with("symlink", "../x:/l").files == Ops().symlink({.path = "/l", .target = "../x"}));
  EXPECT_TRUE(with("mask", "/m\\:n").files == Ops().mask({.path = "/m:n"}));
  EXPECT_TRUE(with("mask", "/m:required").files == Ops().mask({.path = "/m", .required = true}));
  EXPECT_TRUE(with("read-only", "/r").files == Ops().read_only({.path = "/r"}));
  EXPECT_TRUE(with("read-only", "/r:optional").files ==
              Ops().read_only({.path = "/r", .optional = true}));
}

TEST(FileOptions, RestrictMountsAndBindDescriptors) {
  EXPECT_TRUE(with("remount", "/r:ro").files == Ops().remount({.path = "/r", .read_only = true}));
  EXPECT_TRUE(with("remount", "/r:noexec,recursive,nodev").files ==
              Ops().remount({.path = "/r", .noexec = true, .nodev = true, .recursive = true}));
  EXPECT_TRUE(with("ro-fd", "7:/x").files == Ops().bind({.descriptor = 7, .target = "/x"}));
  EXPECT_TRUE(with("rw-fd", "7:/x").files ==
              Ops().bind({.descriptor = 7, .target = "/x", .writable = true}));
}

TEST(FileOptions, MakeAnotherRootOrEtc) {
  EXPECT_EQ(with("root", "r").root, (ops::Root{.source = "/here/r"}));
  EXPECT_EQ(with("root", "/r:rw").root, (ops::Root{.source = "/r", .writable = true}));
  EXPECT_TRUE(with("etc", "/e").files == Ops().etc({.source = "/e"}));
  EXPECT_TRUE(with("etc", "e:guest").files == Ops().etc({.source = "/here/e", .prefix = "guest"}));
  EXPECT_EQ(with("devfs", "mqueue,ro").dev, (ops::Dev{.read_only = true, .mqueue = true}));
}

TEST(FileOptions, LayDirectoriesOverEachOther) {
  EXPECT_TRUE(with("overlay-tmp", "a:/x").files ==
              Ops().overlay({.path = "/x", .lowers = {"/here/a"}, .ephemeral = true}));
  EXPECT_TRUE(with("overlay-tmp", "/a:/b\\:c:/x").files ==
              Ops().overlay({.path = "/x", .lowers = {"/a", "/b:c"}, .ephemeral = true}));
  EXPECT_TRUE(
      with("overlay-rw", "/a:b:u:/w:/x").files ==
      Ops().overlay({.path = "/x", .lowers = {"/a", "/here/b"}, .upper = "/here/u", .work = "/w"}));
  EXPECT_TRUE(with("overlay-ro", "/a:/b:/x").files ==
              Ops().overlay({.path = "/x", .lowers = {"/a", "/b"}}));
}

TEST(FileOptions, MountFileSystemsOfTheKernel) {
  EXPECT_TRUE(with("tmpfs", "/t:ro,mode=700").files ==
              Ops().tmpfs({.path = "/t", .mode = 0700, .read_only = true}));
  EXPECT_TRUE(with("sysfs", "/s").files == Ops().sysfs({.path = "/s"}));
  EXPECT_TRUE(with("cgroup2", "/c").files == Ops().cgroup2({.path = "/c"}));
  EXPECT_EQ(with("proc", "hidepid=off").proc, ops::Proc{.hidepid = "off"});
  RunOptions run = with("proc-open", "sys");
  apply_option(*find_option("proc"), run, kCaller, "subset=pid,hidepid=invisible");
  EXPECT_EQ(run.proc, (ops::Proc{.open = {"sys"}, .pids_only = true, .hidepid = "invisible"}));
}

TEST(FileOptions, CopyAFile) {
  const std::string source = testing::TempDir() + "/kekkai_file_option";
  std::ofstream(source) << "content\n";
  EXPECT_TRUE(with("file", source + ":/f:mode=600").files ==
              Ops().file({.path = "/f", .content = "content\n", .mode = 0600}));
  ::unlink(source.c_str());
  EXPECT_EQ(refusal("file", source + ":/f"),
            "--file " + source + ":/f: cannot read " + source + ": No such file or directory");
}

TEST(Options, SayWhatIsWrongWithAValue) {
  const struct {
    const char* option;
    const char* value;
    const char* text;
  } cases[] = {
      {"ro", "", "--ro: the path is empty"},
      {"ro", ":/b", "--ro :/b: the path is empty"},
      {"ro", "a:b", "--ro a:b: \"b\" is not an absolute path"},
      {"ro", "/a:/b:c:d", "--ro /a:/b:c:d: more than SRC:DEST:FLAGS"},
      {"ro", "/a:/b:noexecc",
       "--ro /a:/b:noexecc: \"noexecc\" is not known here: optional, ensure, noexec, slave, "
       "magic-links"},
      {"rw", "/a:/b/../c", "--rw /a:/b/../c: \"/b/../c\" contains \"..\": name the place itself"},
      {"tmpfs", "", "--tmpfs: the path is empty"},
      {"tmpfs", "t", "--tmpfs t: \"t\" is not an absolute path"},
      {"tmpfs", "/t:size=1:mode=2", "--tmpfs /t:size=1:mode=2: more than PATH:SETTINGS"},
      {"tmpfs", "/t:size=x", "--tmpfs /t:size=x: \"x\" is not a size like 4096, 64K, 16M or 1G"},
      {"mkdir", "/t:size=1", "--mkdir /t:size=1: \"size=1\" is not known here: mode="},
      {"tmpfs", "/t:mode=9", "--tmpfs /t:mode=9: \"9\" is not an octal mode up to 7777"},
      {"tmpfs", "/t:size", "--tmpfs /t:size: \"size\" is not known here: size=, mode=, ro"},
      {"sysfs", "s", "--sysfs s: \"s\" is not an absolute path"},
      {"cgroup2", "", "--cgroup2: the path is empty"},
      {"proc", "subset=sys",
       "--proc subset=sys: \"subset=sys\" is not known here: subset=pid, hidepid="},
      {"proc", "hidepid=", "--proc hidepid=: hidepid= needs a value"},
      {"proc", "hidepid=2",
       "--proc hidepid=2: hidepid is off, noaccess, invisible or ptraceable, and not \"2\""},
      {"remount", "/r", "--remount /r: one of ro, noexec and nodev is missing"},
      {"remount", "/r:recursive", "--remount /r:recursive: one of ro, noexec and nodev is missing"},
      {"remount", "/r:rw",
       "--remount /r:rw: \"rw\" is not known here: ro, noexec, nodev, recursive"},
      {"ro-fd", "7", "--ro-fd 7: not N:PATH"},
      {"rw-fd", "-1:/x", "--rw-fd -1:/x: \"-1\" is not a whole number from 0 to 1048575"},
      {"file-fd", "7", "--file-fd 7: not N:PATH[:mode=M,rw,plain]"},
      {"chmod", "/x", "--chmod /x: not PATH:MODE"},
      {"proc-at", "/p:all", "--proc-at /p:all: \"all\" is not known here: open="},
      {"ns", "ipc", "--ns ipc: not NAME=share or NAME=N"},
      {"ns", "ipc=7",
       "--ns ipc=7: by descriptor there is only user, pid, outer-pid and inner-user"},
      {"nested-userns", "allow",
       "--nested-userns allow: \"allow\" is not known here: forbid, assert"},
      {"env-unset", "", "--env-unset: the name is empty"},
      {"root", "/r:ro", "--root /r:ro: \"ro\" is not known here: rw"},
      {"etc", "/e:a/b", "--etc /e:a/b: \"a/b\" is not a name for a directory"},
      {"etc", "/e:", "--etc /e:: \"\" is not a name for a directory"},
      {"devfs", "rw", "--devfs rw: \"rw\" is not known here: ro, mqueue"},
      {"mask", "", "--mask: the path is empty"},
      {"mask", "/m:n", "--mask /m:n: \"n\" is not known here: required"},
      {"mask", "m", "--mask m: \"m\" is not an absolute path"},
      {"read-only", "r", "--read-only r: \"r\" is not an absolute path"},
      {"symlink", "/l", "--symlink /l: not TARGET:PATH"},
      {"symlink", ":/l", "--symlink :/l: not TARGET:PATH"},
      {"file", "/f", "--file /f: not SRC:PATH[:mode=MODE]"},
      {"overlay-tmp", "/x", "--overlay-tmp /x: not LOWER[:LOWER...]:PATH"},
      {"overlay-tmp", "/a:x", "--overlay-tmp /a:x: \"x\" is not an absolute path"},
      {"overlay-tmp", "/a::/x", "--overlay-tmp /a::/x: the path is empty"},
      {"overlay-rw", "/a:/u:/x", "--overlay-rw /a:/u:/x: not LOWER[:LOWER...]:UPPER:WORK:PATH"},
      {"overlay-ro", "/a:/x", "--overlay-ro /a:/x: not LOWER:LOWER[:LOWER...]:PATH"},
      {"env", "", "--env: not NAME or NAME=VALUE"},
      {"env", "=1", "--env =1: not NAME or NAME=VALUE"},
      {"cwd", "x", "--cwd x: \"x\" is not an absolute path"},
      {"umask", "99", "--umask 99: \"99\" is not an octal mode up to 7777"},
      {"hostname", "", "--hostname: not 1 to 64 bytes"},
      {"seccomp", "lax", "--seccomp lax: there is no preset \"lax\""},
      {"uid", "1000x", "--uid 1000x: \"1000x\" is not a whole number from 0 to 4294967294"},
      {"status-fd", "2", "--status-fd 2: \"2\" is not a whole number from 3 to 1048575"},
  };
  for (const auto& c : cases) EXPECT_EQ(refusal(c.option, c.value), c.text);
  RunOptions run;
  EXPECT_THAT([&] { apply_option(*find_option("ro"), run, {}, "a"); },
              testing::ThrowsMessage<std::invalid_argument>(
                  "--ro a: a relative path, but the working directory is gone"));
}

TEST(EnvFile, HoldsOneVariableALine) {
  const std::string file = testing::TempDir() + "/kekkai_env_file";
  std::ofstream(file) << "# who\nA=b c\n\nTERM\nE=\nlast=line";
  EXPECT_THAT(with("env-file", file).env, ElementsAre("A=b c", "TERM", "E=", "last=line"));
  ::unlink(file.c_str());
}

TEST(Options, AreTakenIn) {
  EXPECT_EQ(with("cwd", "/x").cwd, ContainerPath("/x"));
  EXPECT_EQ(with("umask", "027").umask, 027U);
  EXPECT_THAT(with("rlimit", "nofile=9").limits, ElementsAre(ResourceLimit{RLIMIT_NOFILE, 9, 9}));
  EXPECT_THAT(with("extra-fd", "7:3").extra_fds, ElementsAre(FdPlacement{7, 3}));
  EXPECT_EQ(with("gid", "4294967294").gid, 4294967294U);
  EXPECT_EQ(with("hostname", "box").hostname, "box");
  EXPECT_EQ(with("cap-keep", "chown").keep_capabilities, 1U);
  EXPECT_FALSE(with("seccomp", "none").seccomp.selection);
  EXPECT_EQ(with("timeout", "2s").timeout, std::chrono::milliseconds(2000));
  EXPECT_EQ(with("daemon-timeout", "24h").daemon_timeout, std::chrono::hours(24));
  EXPECT_EQ(with("kill-after", "1ms").kill_after, std::chrono::milliseconds(1));
  EXPECT_EQ(with("pid-file", "p").pid_file, "/here/p");
  EXPECT_EQ(with("status-fd", "5").status_fd, 5);
  EXPECT_TRUE(with("net", "").share_network);
  EXPECT_TRUE(with("clear-env", "").clear_env);
  EXPECT_TRUE(with("verbose", "").verbose);
  EXPECT_TRUE(with("json-errors", "").json_errors);
}

}  // namespace
}  // namespace kekkai::cli
