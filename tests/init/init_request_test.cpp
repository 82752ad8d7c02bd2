// What init makes of single fields of a request, and of being asked to be init.
#include "init_run.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(InitRequest, SaysWhatModeDirectoriesOnTheWayHave) {
  Params params = ordinary_container();
  params.ops.tmpfs({.path = "/tmp/on/the/way"});
  params.parent_mode = 0711;
  InitRun run(params);
  EXPECT_EQ(run.run(), 0);
  EXPECT_THAT(run.k.steps(), Contains("mkdirat /tmp/on 0711"));
}

TEST(InitRequest, ForAShareOfTheNetworkAllowsNoSysfs) {
  Params params = ordinary_container();
  params.namespaces = kAllNamespaces & ~Namespace::kNet;
  params.ops.sysfs();
  InitRun run(params);
  EXPECT_EQ(run.run(), kExitSetupFailed);
  ASSERT_TRUE(run.failure());
  EXPECT_EQ(run.failure()->message(),
            "cannot prepare op 5 (sysfs on /sys): a sysfs of its own needs a network of its own, "
            "and this "
            "one is the host's");
}

// They have the numbers after those of the extra files, and none is open when the program starts.
TEST(InitRequest, BringsDescriptorsForOps) {
  Params params = ordinary_container();
  params.extra_files = {9};
  params.ops.bind({.descriptor = 20, .target = "/tmp/x"})
      .bind({.descriptor = 21, .target = "/tmp/y"});
  InitRun run(params);
  for (const auto& [number, path] : {std::pair(8, "/srv/first"), std::pair(9, "/srv/second")}) {
    run.k.inherit(number, "descriptor");
    run.k.set_terminal(number, path);
  }
  EXPECT_EQ(run.run(), 0);
  EXPECT_THAT(run.k.steps(), Contains("move_mount /srv/first -> /tmp/x"));
  EXPECT_THAT(run.k.steps(), Contains("move_mount /srv/second -> /tmp/y"));
}

TEST(Init, HasNoTerminalOfTheProgramWhenThatRuns) {
  Params params = ordinary_container();
  params.terminal = Terminal::kOwn;
  InitRun run(params);
  std::vector<std::string> open;
  run.k.when_idle([&] { open = run.k.open_descriptors(); });
  EXPECT_EQ(run.run(), 0);
  EXPECT_THAT(open, Contains("signals"));
  EXPECT_THAT(open, Not(Contains("terminal of the container")));
}

TEST(Init, SaysNothingWhereNobodyIsLeftToBeTold) {
  InitRun run(ordinary_container());
  run.k.host("/usr/bin/true").missing();
  run.k.fail_call("write status stream", EPIPE, run.k.kAlways);
  EXPECT_EQ(run.run(), kExitNotFound);
  EXPECT_THAT(run.k.written("stderr"), IsEmpty());
}

TEST(BecomeInit, ReturnsToWhoeverWasNotAsked) {
  char* nothing[] = {nullptr};
  become_init_if_asked(nothing);
  std::string name = "kekkai";
  char* other[] = {name.data(), nullptr};
  become_init_if_asked(other);
}

TEST(BecomeInitDeathTest, EndsWhereItIsNotPid1) {
  std::string name = kInitName;
  char* init[] = {name.data(), nullptr};
  EXPECT_EXIT(become_init_if_asked(init), ::testing::ExitedWithCode(kExitSetupFailed),
              "kekkai-init: it must be started by Kekkai as pid 1 of a container");
}

}  // namespace
}  // namespace kekkai
