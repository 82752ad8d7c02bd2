// Containers that live longer than their launcher, or as long as somebody else, and programs that
// are pid 1 themselves.
#include "box.h"

#include <signal.h>
#include <sys/syscall.h>

namespace kekkai::kernel_tests {
namespace {

using testing::HasSubstr;

OwnedFd open_pidfd(pid_t pid) {
  return OwnedFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

class Outliving : public KernelTest {
 protected:
  Box box() const {
    Box box = bare_box();
    box.params().outlives_launcher = true;
    box.settings.extra_files = {{tracker_.write.get(), 9}};
    return box;
  }
  Pipe tracker_ = make_pipe();
};

TEST_F(Outliving, WhatLingersGoesOnAndEndsByItself) {
  Pipe input = make_pipe();
  const Pipe output = make_pipe();
  Box lingering = box();
  lingering.settings.stdio = {input.read.get(), output.write.get(), 2};
  lingering.steps({"leave-until-end-of-input", "--", "exit", "3"});
  {
    Container container(kernel(), std::move(lingering.settings));
    container.start();
    EXPECT_EQ(container.wait(), (ExitStatus{false, 3}));
  }
  tracker_.write.reset();
  EXPECT_FALSE(is_readable_within(tracker_.read.get(), std::chrono::milliseconds(50)));
  input.read.reset();
  input.write.reset();
  EXPECT_EQ(read_line(output.read.get()), "late=yes");
  EXPECT_TRUE(ends_within(tracker_.read.get())) << "init has nobody left";
}

TEST_F(Outliving, TheProgramGoesOnWhenTheLauncherIsKilled) {
  Pipe input = make_pipe();
  const Pipe told = make_pipe();
  Helper launcher([&] {
    input.write.reset();
    Box held = box();
    held.settings.stdio = {input.read.get(), told.write.get(), -1};
    held.steps({"ready", "--", "await-end-of-input", "--", "namespaces"});
    Container container(kernel(), std::move(held.settings));
    container.start();
    container.wait();
  });
  ASSERT_EQ(read_line(told.read.get()), "ready=yes");
  launcher.kill();
  launcher.wait();
  tracker_.write.reset();
  input.read.reset();
  input.write.reset();
  EXPECT_THAT(read_line(told.read.get()), HasSubstr("ns.user="));
  EXPECT_TRUE(ends_within(tracker_.read.get()));
}

TEST_F(Outliving, ACancelEndsIt) {
  Box held = box();
  held.params().kill_delay = std::chrono::milliseconds(0);
  Running running(held.steps({"ignore", "--", "ready", "--", "hold"}));
  running.expect_line("ready=yes");
  tracker_.write.reset();
  running.container().cancel();
  EXPECT_EQ(running.wait(), (ExitStatus{true, SIGKILL}));
  EXPECT_TRUE(ends_within(tracker_.read.get()));
}

TEST_F(Outliving, AStartThatIsGivenUpLeavesNothing) {
  for (const bool runs_already : {false, true}) {
    tracker_ = make_pipe();
    Box held = box();
    held.params().kill_delay = std::chrono::milliseconds(0);
    const Pipe output = make_pipe();
    held.settings.stdio = {-1, output.write.get(), 2};
    held.steps({"ignore", "--", "ready", "--", "hold"});
    {
      Container container(kernel(), std::move(held.settings));
      container.launch();
      if (runs_already) {
        EXPECT_EQ(read_line(output.read.get()), "ready=yes");
      }
    }
    tracker_.write.reset();
    EXPECT_TRUE(ends_within(tracker_.read.get()));
  }
}

TEST_F(Outliving, WithACompanionItEndsWhenThatDoes) {
  Helper companion([] {
    for (;;) ::pause();
  });
  const OwnedFd pidfd = open_pidfd(companion.pid());
  Box held = box();
  held.params().companion = pidfd.get();
  Running running(held.steps({"ignore", "--", "ready", "--", "hold"}));
  running.expect_line("ready=yes");
  tracker_.write.reset();
  companion.kill();
  companion.wait();
  EXPECT_TRUE(ends_within(tracker_.read.get()));
  EXPECT_THROW(running.wait(), InitLost);
}

TEST_F(Outliving, WithACompanionThatHasEndedNothingStarts) {
  Helper companion([] {
    for (;;) ::pause();
  });
  const OwnedFd pidfd = open_pidfd(companion.pid());
  companion.kill();
  companion.wait();
  Box held = box();
  held.params().companion = pidfd.get();
  EXPECT_THAT(start_failure(std::move(held)).message(), HasSubstr("without a word"));
}

class Pid1 : public KernelTest {
 protected:
  static Box box() {
    Box box = bare_box();
    box.params().program_is_init = true;
    return box;
  }
};

TEST_F(Pid1, IsTheProgram) {
  const Seen seen = probe(box(), {"process", "--", "status", "--", "descriptors"});
  EXPECT_EQ(seen["pid"], "1");
  EXPECT_EQ(seen["pids"], "1");
  EXPECT_EQ(seen["sid"], "1");
  EXPECT_EQ(seen["status.CapEff"], "0000000000000000");
  EXPECT_EQ(seen["status.NoNewPrivs"], "1");
  EXPECT_EQ(seen["status.SigBlk"], "0000000000000000");
  EXPECT_EQ(seen["status.SigIgn"], "0000000000000000");
  EXPECT_THAT(seen["fds"], testing::StartsWith("0 1 2"));
}

TEST_F(Pid1, GetsItsFilesAtTheirNumbers) {
  const OwnedFd file = make_memory_file("text");
  for (int number = 3; number < 12; ++number) {
    Box numbered = box();
    numbered.settings.extra_files = {{file.get(), number}};
    const Seen seen = probe(std::move(numbered), {"descriptors"});
    EXPECT_THAT(seen["fd." + std::to_string(number)], HasSubstr("memfd")) << number;
  }
}

TEST_F(Pid1, TellsHowItEnds) {
  EXPECT_EQ(run(box().steps({"exit", "7"})).status, (ExitStatus{false, 7}));
  EXPECT_EQ(run(box().steps({"exit", "0"})).status, (ExitStatus{false, 0}));
}

TEST_F(Pid1, ThatCannotBeExecutedSaysWhy) {
  const Scratch scratch;
  const std::string script = scratch.make_file("script", "#!/no/such/interpreter\n");
  ASSERT_EQ(::chmod(script.c_str(), 0755), 0);
  Box missing = box();
  missing.params().command = {"/no/such/program"};
  EXPECT_EQ(start_failure(std::move(missing)).exit_code, 127);
  for (const int number : {3, 4, 5, 6}) {  // in the place of init's own streams
    const OwnedFd file = make_memory_file("text");
    Box broken = box();
    broken.settings.extra_files = {{file.get(), number}};
    broken.ops().bind({.source = script, .target = "/script"});
    broken.params().command = {"/script"};
    const Failure failure = start_failure(std::move(broken));
    EXPECT_EQ(failure.exit_code, 126);
    EXPECT_THAT(failure.message(),
                HasSubstr("its interpreter /no/such/interpreter does not exist"));
  }
}

TEST_F(Pid1, IsKilledByACancel) {
  Running running(box().steps({"ignore", "--", "ready", "--", "hold"}));
  running.expect_line("ready=yes");
  running.container().cancel();
  EXPECT_EQ(running.wait(), (ExitStatus{true, SIGKILL}));
}

TEST_F(Pid1, GetsTheSignalsThatItHandles) {
  Running running(box().steps({"collect", "1"}));
  running.expect_line("ready=yes");
  running.container().signal(SIGUSR1);
  running.expect_line("signal=USR1");
  EXPECT_EQ(running.wait(), (ExitStatus{false, 0}));
}

TEST_F(Pid1, IsGoneWithItsContainer) {
  Pipe tracker = make_pipe();
  Box held = box();
  held.settings.extra_files = {{tracker.write.get(), 9}};
  {
    Running running(held.steps({"ignore", "--", "ready", "--", "hold"}));
    running.expect_line("ready=yes");
    tracker.write.reset();
  }
  EXPECT_TRUE(ends_within(tracker.read.get()));
}

TEST_F(Pid1, DiesWithTheLauncher) {
  Pipe tracker = make_pipe();
  const Pipe told = make_pipe();
  Helper launcher([&] {
    Box held = box();
    held.settings.extra_files = {{tracker.write.get(), 9}};
    held.settings.stdio = {-1, told.write.get(), -1};
    held.steps({"ignore", "--", "ready", "--", "hold"});
    Container container(kernel(), std::move(held.settings));
    container.start();
    container.wait();
  });
  tracker.write.reset();
  ASSERT_EQ(read_line(told.read.get()), "ready=yes");
  launcher.kill();
  launcher.wait();
  EXPECT_TRUE(ends_within(tracker.read.get()));
}

// An exec closes what init has open, locks included.
TEST_F(Pid1, LeavesNobodyToHoldAnything) {
  Box locked = box();
  locked.ops().lock({.path = "/probe"});
  EXPECT_THAT(start_failure(std::move(locked)).message(),
              HasSubstr("nobody would hold /probe: the program takes the place of init"));
}

TEST_F(Pid1, HasNoDaemons) {
  Box served = box();
  served.ops().daemon({.command = {"/probe", "hold"}, .ready = "/tmp/ready"});
  EXPECT_THAT(start_failure(std::move(served)).message(),
              HasSubstr("the program takes the place of init"));
}

}  // namespace
}  // namespace kekkai::kernel_tests
