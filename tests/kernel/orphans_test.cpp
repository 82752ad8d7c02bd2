// What outlives the program: orphans are reaped, lingering processes get their time, and no more.
#include "box.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace kekkai::kernel_tests {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

class Orphans : public KernelTest {};

TEST_F(Orphans, TenThousandAreReaped) {
  const Seen seen = probe(bare_box(), {"orphans", "10000"});
  EXPECT_EQ(seen["orphans"], "10000");
  EXPECT_EQ(seen["alone"], "yes") << "there are still processes beside init and the program";
}

class Lingering : public KernelTest {
 protected:
  static Box box_with(milliseconds delay, std::vector<std::string> steps) {
    Box box = bare_box();
    box.params().adopt_wait_delay = delay;
    return box.steps(std::move(steps));
  }
};

TEST_F(Lingering, ProcessesAreWaitedFor) {
  Running running(
      box_with(kPatience, {"leave-until-end-of-input", "--", "ready", "--", "exit", "5"}));
  running.expect_line("ready=yes");
  EXPECT_FALSE(running.is_gone_within(milliseconds(50)));
  running.end_input();
  EXPECT_EQ(running.wait(), (ExitStatus{false, 5}));
}

// What they still have to say is heard.
TEST_F(Lingering, ProcessesCanFinishTheirWork) {
  Running running(box_with(kPatience, {"leave-until-end-of-input", "--", "exit", "5"}));
  running.end_input();
  running.expect_line("late=yes");
  const auto start = Clock::now();
  EXPECT_EQ(running.wait(), (ExitStatus{false, 5}));
  EXPECT_LT(Clock::now() - start, kPatience / 2) << "with the last one gone, the delay is over";
}

TEST_F(Lingering, ProcessesAreKilledAfterTheDelay) {
  constexpr milliseconds kDelay{250};
  Running running(box_with(kDelay, {"leave-behind", "4", "--", "ready", "--", "exit", "5"}));
  running.expect_line("ready=yes");
  const auto start = Clock::now();
  EXPECT_EQ(running.wait(), (ExitStatus{false, 5}));
  const auto took = Clock::now() - start;
  EXPECT_GE(took, kDelay - milliseconds(50)) << "the program may have ended a little before";
  EXPECT_LT(took, kPatience);
  EXPECT_TRUE(running.is_gone_within(milliseconds(0)));
}

TEST_F(Lingering, WithoutADelayEndAtOnce) {
  Running running(box_with(milliseconds(0), {"leave-behind", "4", "--", "exit", "5"}));
  EXPECT_EQ(running.wait(), (ExitStatus{false, 5}));
  EXPECT_TRUE(running.is_gone_within(milliseconds(0)));
}

TEST_F(Lingering, DelayIsNotWaitedForWithoutThem) {
  const auto start = Clock::now();
  EXPECT_EQ(run(box_with(kPatience, {"exit", "5"})).status.code(), 5);
  EXPECT_LT(Clock::now() - start, kPatience / 2);
}

class InitsDeath : public KernelTest {};

TEST_F(InitsDeath, IsAnErrorOfItsOwn) {
  Running running(bare_box().steps({"leave-behind", "2", "--", "ready", "--", "hold"}));
  running.expect_line("ready=yes");
  ASSERT_EQ(::kill(running.container().init_pid(), SIGKILL), 0);
  try {
    running.wait();
    ADD_FAILURE() << "it ended as if nothing had happened";
  } catch (const InitLost& e) {
    EXPECT_STREQ(e.what(), "init was killed before it could tell how the program ended (SIGKILL)");
  }
  EXPECT_TRUE(running.is_gone_within(milliseconds(0)));
  EXPECT_THROW(running.wait(), InitLost);
}

TEST_F(InitsDeath, AfterTheProgramsEndChangesNothing) {
  Box box = bare_box();
  box.params().adopt_wait_delay = kPatience;
  Running running(box.steps(
      {"leave-behind", "1", "--", "ready", "--", "await-end-of-input", "--", "exit", "5"}));
  running.expect_line("ready=yes");
  running.end_input();
  Container& container = running.container();
  // The end is told at once, and init goes on with those who linger.
  ASSERT_TRUE(is_readable_within(container.status_descriptor(), kPatience));
  EXPECT_EQ(container.advance(), Container::State::kRunning);
  ASSERT_EQ(::kill(container.init_pid(), SIGKILL), 0);
  EXPECT_EQ(running.wait(), (ExitStatus{false, 5}));
}

TEST_F(InitsDeath, WhileStartingIsAFailedStart) {
  Container container(kernel(), bare_box().steps({"hold"}).settings);
  container.launch();
  ASSERT_EQ(::kill(container.init_pid(), SIGKILL), 0);
  try {
    while (container.advance() == Container::State::kStarting) {
    }
    EXPECT_THROW(container.wait(), InitLost);  // it was faster
  } catch (const StartError& e) {
    EXPECT_EQ(e.failure.exit_code, kExitSetupFailed);
    EXPECT_THAT(e.what(), testing::HasSubstr("SIGKILL")) << "say what became of it";
  }
}

// Between two calls nobody would notice it. Here it comes while init waits in one, and what happens
// meanwhile is not lost.
TEST_F(InitsDeath, IsNotTakenForAStopDuringWhichTheProgramEnds) {
  Running running(bare_box().steps({"ready", "--", "await-end-of-input", "--", "exit", "5"}));
  running.expect_line("ready=yes");
  const pid_t init = running.container().init_pid();
  const std::string task = "/proc/" + std::to_string(init) + "/task/" + std::to_string(init);
  const OwnedFd program(
      static_cast<int>(::syscall(SYS_pidfd_open, std::stoi(read_file(task + "/children")), 0)));
  ASSERT_GE(program.get(), 0);
  ASSERT_EQ(::kill(init, SIGSTOP), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(init, &status, WUNTRACED), init);
  ASSERT_TRUE(WIFSTOPPED(status));
  running.end_input();
  ASSERT_TRUE(is_readable_within(program.get(), kPatience)) << "the program has not ended";
  EXPECT_FALSE(
      is_readable_within(running.container().status_descriptor(), std::chrono::milliseconds(0)));
  ASSERT_EQ(::kill(init, SIGCONT), 0);
  EXPECT_EQ(running.wait(), (ExitStatus{false, 5}));
}

}  // namespace
}  // namespace kekkai::kernel_tests
