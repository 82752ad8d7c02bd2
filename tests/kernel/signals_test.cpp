// Signals and cancels on their way to the program.
#include "box.h"

#include <signal.h>
#include <sys/syscall.h>

namespace kekkai::kernel_tests {
namespace {

using std::chrono::milliseconds;

class Signals : public KernelTest {};

TEST_F(Signals, AreHandedOn) {
  const std::vector<std::pair<int, std::string>> signals{
      {SIGTERM, "TERM"}, {SIGQUIT, "QUIT"}, {SIGINT, "INT"},     {SIGHUP, "HUP"},
      {SIGUSR1, "USR1"}, {SIGUSR2, "USR2"}, {SIGWINCH, "WINCH"}, {SIGCONT, "CONT"}};
  Running running(bare_box().steps({"collect", std::to_string(signals.size())}));
  running.expect_line("ready=yes");
  for (const auto& [signo, name] : signals) {
    running.container().signal(signo);
    running.expect_line("signal=" + name);
  }
  EXPECT_EQ(running.wait(), (ExitStatus{false, 0}));
}

// By whoever may: a supervisor that knows init's pid.
TEST_F(Signals, SentToInitByOthersAreHandedOn) {
  Running running(bare_box().steps({"collect", "2"}));
  running.expect_line("ready=yes");
  ASSERT_EQ(::kill(running.container().init_pid(), SIGUSR2), 0);
  running.expect_line("signal=USR2");
  ASSERT_EQ(::kill(running.container().init_pid(), SIGTERM), 0);
  running.expect_line("signal=TERM");
  EXPECT_EQ(running.wait().code(), 0);
}

TEST_F(Signals, EndAProgramThatDoesNotCatchThem) {
  for (const int signo : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) {
    Running running(bare_box().steps({"ready", "--", "hold"}));
    running.expect_line("ready=yes");
    running.container().signal(signo);
    EXPECT_EQ(running.wait(), (ExitStatus{true, signo}));
  }
}

TEST_F(Signals, OthersAreRefused) {
  Running running(bare_box().steps({"ready", "--", "await-end-of-input"}));
  running.expect_line("ready=yes");
  for (const int signo : {SIGKILL, SIGSTOP, SIGCHLD, SIGIO, 0, 64}) {
    EXPECT_THROW(running.container().signal(signo), std::invalid_argument) << signo;
  }
  running.end_input();
  EXPECT_EQ(running.wait().code(), 0);
}

TEST_F(Signals, AfterTheEndDoNothing) {
  Running running(bare_box().steps({"exit", "3"}));
  EXPECT_EQ(running.wait().code(), 3);
  running.container().signal(SIGTERM);
  running.container().cancel();
  EXPECT_EQ(running.wait().code(), 3);
}

TEST_F(Signals, EndOfAStartedProgramMayBeSignalledToo) {
  for (int i = 0; i < 20; ++i) {
    Running running(bare_box().steps({"exit", "3"}));
    running.container().signal(SIGCONT);  // races with its end
    EXPECT_EQ(running.wait().code(), 3);
  }
}

class Cancel : public KernelTest {
 protected:
  static Box box_with(milliseconds kill_delay, std::vector<std::string> steps) {
    Box box = bare_box();
    box.params().kill_delay = kill_delay;
    box.params().adopt_wait_delay = milliseconds(0);
    return box.steps(std::move(steps));
  }
};

TEST_F(Cancel, EndsAProgramThatObeys) {
  Running running(box_with(kPatience, {"ready", "--", "hold"}));
  running.expect_line("ready=yes");
  running.container().cancel();
  EXPECT_EQ(running.wait(), (ExitStatus{true, SIGTERM}));
}

TEST_F(Cancel, SendsInterruptOnRequest) {
  Box box = box_with(kPatience, {"ready", "--", "hold"});
  box.params().cancel_with_interrupt = true;
  Running running(std::move(box));
  running.expect_line("ready=yes");
  running.container().cancel();
  EXPECT_EQ(running.wait(), (ExitStatus{true, SIGINT}));
}

TEST_F(Cancel, TwiceIsOnce) {
  Running running(box_with(kPatience, {"collect", "1", "--", "await-end-of-input"}));
  running.expect_line("ready=yes");
  running.container().cancel();
  running.container().cancel();
  running.expect_line("signal=TERM");
  running.end_input();
  EXPECT_EQ(running.wait().code(), 0);
}

TEST_F(Cancel, KillsAProgramThatIgnoresItAfterTheDelay) {
  constexpr milliseconds kDelay{200};
  Running running(box_with(kDelay, {"ignore", "--", "ready", "--", "hold"}));
  running.expect_line("ready=yes");
  const auto start = std::chrono::steady_clock::now();
  running.container().cancel();
  EXPECT_EQ(running.wait(), (ExitStatus{true, SIGKILL}));
  EXPECT_GE(std::chrono::steady_clock::now() - start, kDelay);
  EXPECT_TRUE(running.is_gone_within(milliseconds(0)));
}

TEST_F(Cancel, KillsAForkingProgramThatIgnoresIt) {
  Running running(box_with(milliseconds(200), {"fork-on-term"}));
  running.expect_line("ready=yes");
  running.container().signal(SIGTERM);
  running.expect_line("forked=yes");
  running.container().cancel();
  running.expect_line("forked=yes");
  EXPECT_EQ(running.wait(), (ExitStatus{true, SIGKILL}));
  EXPECT_TRUE(running.is_gone_within(milliseconds(0)));
}

TEST_F(Cancel, KillsWhatIsLeftOfAProgramThatObeys) {
  Running running(box_with(kPatience, {"leave-behind", "3", "--", "ready", "--", "hold"}));
  running.expect_line("ready=yes");
  running.container().cancel();
  EXPECT_EQ(running.wait(), (ExitStatus{true, SIGTERM}));
  EXPECT_TRUE(running.is_gone_within(milliseconds(0)));
}

TEST_F(Cancel, EndsThoseWhoLinger) {
  Box box = box_with(kPatience, {"leave-behind", "3", "--", "ready", "--", "await-end-of-input",
                                 "--", "exit", "5"});
  box.params().adopt_wait_delay = kPatience;
  Running running(std::move(box));
  running.expect_line("ready=yes");
  running.end_input();
  ASSERT_TRUE(is_readable_within(running.container().status_descriptor(), kPatience));
  EXPECT_EQ(running.container().advance(), Container::State::kRunning);  // the program has ended
  const auto start = std::chrono::steady_clock::now();
  running.container().cancel();
  EXPECT_EQ(running.wait(), (ExitStatus{false, 5}));
  EXPECT_LT(std::chrono::steady_clock::now() - start, kPatience / 2);
  EXPECT_TRUE(running.is_gone_within(milliseconds(0)));
}

TEST_F(Cancel, BeforeTheProgramRunsEndsTheStart) {
  Container container(kernel(), bare_box().steps({"exit", "0"}).settings);
  container.launch();
  container.cancel();
  bool started = false;
  try {
    while (container.advance() == Container::State::kStarting) {
    }
    started = true;  // it was faster
    container.wait();
  } catch (const StartError& e) {
    EXPECT_STREQ(e.what(), "cannot start init: it was cancelled");
  } catch (const InitLost&) {
    EXPECT_TRUE(started);
  }
  EXPECT_EQ(container.state(), Container::State::kEnded);
}

}  // namespace
}  // namespace kekkai::kernel_tests
