#include "../../cli/defaults.h"

#include <kekkai/seccomp-presets/presets.h>

#include <gmock/gmock.h>

#include <stdexcept>

namespace kekkai::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

Caller caller() { return {.directory = "/here", .covered = {"/tmp", "/root", "/home"}}; }

// The ops that come before those of options.
Ops everywhere() {
  Ops ops;
  ops.bind({.source = "/", .target = "/"})
      .tmpfs({.path = "/tmp", .mode = 01777})
      .tmpfs({.path = "/root", .mode = 0700})
      .tmpfs({.path = "/home", .mode = 0755})
      .proc()
      .dev();
  return ops;
}

TEST(MakeParams, OfAPlainRun) {
  const Params params = make_params({.command = {"true", "x"}}, caller());
  EXPECT_TRUE(params.ops == everywhere());
  EXPECT_THAT(params.command, ElementsAre("true", "x"));
  EXPECT_THAT(params.env, ElementsAre(kPath));
  EXPECT_THAT(params.working_directories, ElementsAre("/here", "/"));
  EXPECT_EQ(params.uid, kCallersId);
  EXPECT_EQ(params.gid, kCallersId);
  EXPECT_EQ(params.hostname, "");
  EXPECT_EQ(params.umask, std::nullopt);
  EXPECT_THAT(params.limits, IsEmpty());
  EXPECT_EQ(params.namespaces, kAllNamespaces);
  EXPECT_EQ(params.terminal, Terminal::kNone);
  EXPECT_EQ(params.filters.size(), 1U);
  EXPECT_EQ(params.keep_capabilities, 0U);
  EXPECT_FALSE(params.verbose);
}

TEST(MakeParams, FollowsTheOptions) {
  RunOptions options{.command = {"true"}};
  options.files.mkdir({.path = "/tmp/x"});
  options.hostname = "box";
  options.uid = 5;
  options.gid = 6;
  options.keep_capabilities = 1;
  options.seccomp.selection.reset();
  options.umask = 077;
  options.limits = {{1, 2, 3}};
  options.kill_after = std::chrono::milliseconds(7);
  options.share_network = true;
  options.verbose = true;
  const Params params = make_params(options, caller());
  EXPECT_TRUE(params.ops == everywhere().mkdir({.path = "/tmp/x"}));
  EXPECT_EQ(params.hostname, "box");
  EXPECT_EQ(params.uid, 5U);
  EXPECT_EQ(params.gid, 6U);
  EXPECT_EQ(params.keep_capabilities, 1U);
  EXPECT_THAT(params.filters, IsEmpty());
  EXPECT_EQ(params.umask, 077U);
  EXPECT_THAT(params.limits, ElementsAre(ResourceLimit{1, 2, 3}));
  EXPECT_EQ(params.kill_delay, std::chrono::milliseconds(7));
  EXPECT_EQ(params.namespaces, kAllNamespaces & ~Namespace::kNet);
  EXPECT_TRUE(params.verbose);
}

TEST(MakeParams, BeginsWithAnotherRootWhereThereIsOne) {
  RunOptions options{.command = {"true"}};
  options.root = ops::Root{.source = "/srv/root"};
  options.dev.mqueue = true;
  options.files.mkdir({.path = "/tmp/x"});
  Caller who;
  who.covered = {"/tmp", "/var/tmp"};
  Ops expected;
  expected.root({.source = "/srv/root"})
      .tmpfs({.path = "/tmp", .mode = 01777})
      .tmpfs({.path = "/var/tmp", .mode = 01777, .optional = true});
  expected.proc().dev({.mqueue = true}).mkdir({.path = "/tmp/x"});
  EXPECT_TRUE(make_params(options, who).ops == expected);
}

TEST(MakeParams, StartsDaemonsLast) {
  RunOptions options{.command = {"true"}};
  options.daemons = {{.command = {"x"}, .ready = "/x"}, {.command = {"y"}, .ready = "/y"}};
  options.files.mkdir({.path = "/tmp/x"});
  Ops ops = everywhere().mkdir({.path = "/tmp/x"});
  EXPECT_TRUE(
      make_params(options, caller()).ops ==
      Ops(ops).daemon({.command = {"x"}, .ready = "/x"}).daemon({.command = {"y"}, .ready = "/y"}));
  constexpr std::chrono::milliseconds kTime{70};
  options.daemon_timeout = kTime;
  EXPECT_TRUE(make_params(options, caller()).ops ==
              ops.daemon({.command = {"x"}, .ready = "/x", .timeout = kTime})
                  .daemon({.command = {"y"}, .ready = "/y", .timeout = kTime}));
}

TEST(MakeParams, TellsProgressForTheStatusDescriptorToo) {
  EXPECT_TRUE(make_params({.status_fd = 3, .command = {"true"}}, caller()).verbose);
}

TEST(MakeParams, NeedsACommand) {
  EXPECT_THAT([] { make_params({}, caller()); },
              testing::ThrowsMessage<std::invalid_argument>("there is no COMMAND to run"));
}

TEST(Home, IsEmptyAndWritableWhereverItIs) {
  const struct {
    const char* home;
    bool exists;
    Ops ops;
  } cases[] = {
      {"/root", true, everywhere().mkdir({.path = "/root", .mode = 0700})},
      {"/home/u", false, everywhere().mkdir({.path = "/home/u", .mode = 0700})},
      {"/var/lib/u", true, everywhere().tmpfs({.path = "/var/lib/u", .mode = 0700})},
      {"/nonexistent", false, everywhere()},
      {"/", true, everywhere()},
      {"relative", true, everywhere()},
  };
  for (const auto& c : cases) {
    Caller who = caller();
    who.env["HOME"] = c.home;
    who.home_exists = c.exists;
    EXPECT_TRUE(make_params({.command = {"true"}}, who).ops == c.ops) << c.home;
  }
}

TEST(WorkingDirectory, IsTheCallersThenHomeThenTheRoot) {
  Caller who = caller();
  who.env["HOME"] = "/home/u";
  EXPECT_THAT(make_params({.command = {"true"}}, who).working_directories,
              ElementsAre("/here", "/home/u", "/"));
  who.directory.clear();
  EXPECT_THAT(make_params({.command = {"true"}}, who).working_directories,
              ElementsAre("/home/u", "/"));
  EXPECT_THAT(make_params({.cwd = "/data", .command = {"true"}}, who).working_directories,
              ElementsAre("/data"));
}

TEST(NetworkFiles, AreShownWithTheNetworkOnly) {
  Caller who = caller();
  who.network_files = {"/run/resolv.conf"};
  EXPECT_TRUE(make_params({.command = {"true"}}, who).ops == everywhere());
  EXPECT_TRUE(make_params({.share_network = true, .command = {"true"}}, who).ops ==
              everywhere().bind(
                  {.source = "/run/resolv.conf", .target = "/run/resolv.conf", .optional = true}));
}

TEST(MakeEnvironment, PassesOnLittle) {
  Caller who;
  for (const char* name :
       {"HOME", "USER", "LOGNAME", "SHELL", "TERM", "COLORTERM", "LANG", "TZ", "LC_ALL", "LC_X",
        "PATH", "LD_PRELOAD", "SSH_AUTH_SOCK", "DISPLAY", "SECRET_TOKEN", "LC", "HOMEX"}) {
    who.env.emplace(name, std::string("of ") + name);
  }
  EXPECT_THAT(make_environment({}, who),
              ElementsAre("COLORTERM=of COLORTERM", "HOME=of HOME", "LANG=of LANG",
                          "LC_ALL=of LC_ALL", "LC_X=of LC_X", "LOGNAME=of LOGNAME", kPath,
                          "SHELL=of SHELL", "TERM=of TERM", "TZ=of TZ", "USER=of USER"));
}

TEST(MakeEnvironment, TakesSettingsLast) {
  const Caller who{.env = {{"HOME", "/home/u"}, {"TERM", "xterm"}, {"DISPLAY", ":0"}}};
  EXPECT_THAT(
      make_environment(
          {.env = {"HOME=/", "A=1", "A=2", "EMPTY=", "EQ=a=b", "PATH=/p", "DISPLAY", "UNSET"}},
          who),
      ElementsAre("A=2", "DISPLAY=:0", "EMPTY=", "EQ=a=b", "HOME=/", "PATH=/p", "TERM=xterm"));
}

TEST(MakeEnvironment, MayBeginWithNothing) {
  const Caller who{.env = {{"HOME", "/home/u"}, {"TERM", "xterm"}}};
  EXPECT_THAT(make_environment({.clear_env = true, .env = {"TERM", "A=1"}}, who),
              ElementsAre("A=1", "TERM=xterm"));
}

TEST(CoveredDirectories, AreThoseThatBelongToPeople) {
  EXPECT_THAT(covered_directories(),
              ElementsAre("/home", "/root", "/run", "/tmp", "/var/tmp", "/mnt", "/media", "/srv"));
}

// The filter that is left refuses nothing but typing into a terminal of the caller's.
TEST(Filters, AreNoneOnlyWithoutATerminal) {
  RunOptions options{.seccomp = {.selection = std::nullopt}, .command = {"true"}};
  EXPECT_THAT(make_params(options, {}).filters, IsEmpty());
  const size_t size = seccomp::terminal_filter().size();
  EXPECT_THAT(make_params(options, {.has_terminal = true}).filters, ElementsAre(SizeIs(size)));
  options.terminal = Terminal::kKept;
  EXPECT_THAT(make_params(options, {}).filters, ElementsAre(SizeIs(size)));
}

}  // namespace
}  // namespace kekkai::cli
