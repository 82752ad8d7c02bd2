#include "../../cli/run_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>

namespace kekkai::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = FileOption::Kind;

constexpr const char* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const Caller kCaller{.directory = "/work", .env = {}, .covered = {"/tmp", "/root", "/home"}};

RunOptions with_files(std::vector<FileOption> files) {
  return {.files = std::move(files), .command = {"true"}};
}

std::string error_of(const std::function<void()>& run) {
  try {
    run();
    return "no error";
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
}

// The ops that follow those of every run.
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
  const Params params = make_params({.command = {"true", "x"}}, kCaller);
  EXPECT_TRUE(params.ops == everywhere());
  EXPECT_THAT(params.command, ElementsAre("true", "x"));
  EXPECT_THAT(params.env, ElementsAre(kPath));
  EXPECT_THAT(params.working_directories, ElementsAre("/work", "/"));
  EXPECT_EQ(params.uid, kCallersId);
  EXPECT_EQ(params.gid, kCallersId);
  EXPECT_EQ(params.hostname, "");
  EXPECT_FALSE(params.share_network);
  EXPECT_TRUE(params.new_session);
  EXPECT_EQ(params.filters.size(), 1U);
  EXPECT_EQ(params.keep_capabilities, 0U);
  EXPECT_FALSE(params.verbose);
}

TEST(MakeParams, FollowsTheOptions) {
  const Params params = make_params(
      {.share_network = true, .seccomp_strict = false, .verbose = true, .command = {"true"}},
      kCaller);
  EXPECT_TRUE(params.share_network);
  EXPECT_THAT(params.filters, IsEmpty());
  EXPECT_TRUE(params.verbose);
}

TEST(MakeParams, MountsInTheOrderOfTheCommandLine) {
  const Params params = make_params(
      with_files({{Kind::kWritable, "/a:/b"}, {Kind::kTmpfs, "/b/c"}, {Kind::kReadOnly, "/d"}}),
      kCaller);
  EXPECT_TRUE(params.ops == everywhere()
                                .bind({.source = "/a", .target = "/b", .writable = true})
                                .tmpfs({.path = "/b/c"})
                                .bind({.source = "/d", .target = "/d"}));
}

TEST(MakeParams, TakesSourceAndDestination) {
  const struct {
    const char* value;
    const char* source;
    const char* target;
  } cases[] = {
      {"/a", "/a", "/a"},           {"/a/", "/a/", "/a"},         {"/a:/b", "/a", "/b"},
      {"/a:/b:c", "/a", "/b:c"},    {"/a:/b//c/", "/a", "/b/c"},  {"a", "/work/a", "/work/a"},
      {"a:/b", "/work/a", "/b"},    {".", "/work/.", "/work"},    {"./a", "/work/./a", "/work/a"},
      {"../a", "/work/../a", "/a"}, {"/a/../b", "/a/../b", "/b"}, {"/a b", "/a b", "/a b"},
  };
  for (const auto& c : cases) {
    const Params params = make_params(with_files({{Kind::kReadOnly, c.value}}), kCaller);
    EXPECT_TRUE(params.ops == everywhere().bind({.source = c.source, .target = c.target}))
        << c.value << ": " << params.ops[params.ops.size() - 1].describe();
  }
}

TEST(MakeParams, SaysWhichOptionIsAtFaultAndWhy) {
  const struct {
    FileOption option;
    const char* text;
  } cases[] = {
      {{Kind::kReadOnly, ""}, "--ro : the source is empty"},
      {{Kind::kReadOnly, ":/b"}, "--ro :/b: the source is empty"},
      {{Kind::kWritable, "/a:"}, "--rw /a:: the path is empty"},
      {{Kind::kReadOnly, "a:b"}, "--ro a:b: \"b\" is not an absolute path"},
      {{Kind::kReadOnly, "/a:/b/../c"},
       "--ro /a:/b/../c: \"/b/../c\" contains \"..\": name the place itself"},
      {{Kind::kTmpfs, ""}, "--tmpfs : the path is empty"},
      {{Kind::kTmpfs, "t"}, "--tmpfs t: \"t\" is not an absolute path"},
      {{Kind::kTmpfs, "/t/.."}, "--tmpfs /t/..: \"/t/..\" contains \"..\": name the place itself"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(error_of([&] { make_params(with_files({c.option}), kCaller); }), c.text);
  }
  EXPECT_EQ(error_of([] { make_params({}, kCaller); }), "there is no COMMAND to run");
}

TEST(MakeParams, InADirectoryThatIsGoneStartsInTheRoot) {
  Caller caller = kCaller;
  caller.directory.clear();
  EXPECT_THAT(make_params({.command = {"true"}}, caller).working_directories, ElementsAre("/"));
  EXPECT_EQ(error_of([&] {
              make_params(with_files({{Kind::kReadOnly, "a"}}), caller);
            }),
            "--ro a: a relative path, but the working directory is gone");
}

TEST(MakeEnvironment, PassesOnLittle) {
  Caller caller;
  for (const char* name :
       {"HOME", "USER", "LOGNAME", "SHELL", "TERM", "COLORTERM", "LANG", "TZ", "LC_ALL", "LC_X",
        "PATH", "LD_PRELOAD", "SSH_AUTH_SOCK", "DISPLAY", "SECRET_TOKEN", "LC", "HOMEX"}) {
    caller.env.emplace(name, std::string("of ") + name);
  }
  EXPECT_THAT(make_environment(caller, {}),
              ElementsAre("COLORTERM=of COLORTERM", "HOME=of HOME", "LANG=of LANG",
                          "LC_ALL=of LC_ALL", "LC_X=of LC_X", "LOGNAME=of LOGNAME", kPath,
                          "SHELL=of SHELL", "TERM=of TERM", "TZ=of TZ", "USER=of USER"));
}

TEST(MakeEnvironment, TakesSettingsLast) {
  Caller caller;
  caller.env = {{"HOME", "/home/u"}, {"TERM", "xterm"}};
  EXPECT_THAT(
      make_environment(caller, {"HOME=/", "A=1", "A=2", "EMPTY=", "EQ=a=b", "PATH=/p", "1 x=y"}),
      ElementsAre("1 x=y", "A=2", "EMPTY=", "EQ=a=b", "HOME=/", "PATH=/p", "TERM=xterm"));
}

TEST(MakeEnvironment, RefusesWhatIsNoSetting) {
  for (const std::string setting : {"", "A", "=1", "="}) {
    EXPECT_EQ(error_of([&] { make_environment({}, {setting}); }),
              "--env " + setting + ": it is not NAME=VALUE");
  }
}

TEST(CoveredDirectories, AreThoseThatBelongToPeople) {
  EXPECT_THAT(covered_directories(),
              ElementsAre("/home", "/root", "/run", "/tmp", "/var/tmp", "/mnt", "/media", "/srv"));
}

}  // namespace
}  // namespace kekkai::cli
