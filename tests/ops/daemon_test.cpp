#include <kekkai/ops/daemon.h>
#include <kekkai/ops/ops.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <functional>

namespace kekkai::ops {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::ThrowsMessage;

constexpr const char* kMissing = "openat2 /run/ready O_PATH NO_MAGICLINKS = ENOENT";

/// Init's part: one daemon, whose waits a test may do something in.
class FakeRunner final : public DaemonRunner {
 public:
  explicit FakeRunner(testing::ScriptedDispatcher& k) : k_(k) {}

  pid_t start(const std::vector<std::string>& command) override {
    k_.note("start " + command.front());
    return kPid;
  }
  void wait(milliseconds time) override {
    k_.note(fmt::format("wait {} ms", time.count()));
    k_.advance(time);
    ++waits;
    if (in_wait) in_wait();
  }
  std::optional<int> end_of(pid_t pid) const override {
    EXPECT_EQ(pid, kPid);
    return end;
  }

  static constexpr pid_t kPid = 7;
  int waits = 0;
  std::function<void()> in_wait;
  std::optional<int> end;

 private:
  testing::ScriptedDispatcher& k_;
};

class DaemonTest : public ::testing::Test {
 protected:
  DaemonTest() {
    stage.state.daemons = &runner;
    k.host("/run/ready").missing();
  }
  /// In the wait with this number, counted from 1.
  void in_wait(int number, std::function<void()> event) {
    runner.in_wait = [this, number, event = std::move(event)] {
      if (runner.waits == number) event();
    };
  }
  void run(Daemon op) { stage.late(op); }
  void expect_refusal(const Daemon& op, const char* message) {
    EXPECT_THAT([&] { run(op); }, ThrowsMessage<Refusal>(message));
  }

  const Daemon x{.command = {"/usr/bin/x", "--serve"}, .ready = "/run/ready"};
  testing::OpStage stage;
  testing::ScriptedDispatcher& k = stage.k;
  FakeRunner runner{k};
};

TEST_F(DaemonTest, StartsLateAndWaitsUntilItIsReady) {
  in_wait(2, [&] { k.host("/run/ready").regular(); });
  run(x);
  EXPECT_THAT(k.transcript(),
              ElementsAre("late:", kMissing, "start /usr/bin/x", kMissing, "wait 1 ms", kMissing,
                          "wait 2 ms", "openat2 /run/ready O_PATH NO_MAGICLINKS"));
  EXPECT_THAT(k.misuses(), ::testing::IsEmpty());
}

TEST_F(DaemonTest, IsLookedAtLessOftenAsTimeGoesByAndOnceMoreAtTheEnd) {
  Daemon op = x;
  op.timeout = milliseconds(60);
  expect_refusal(op, "/run/ready did not exist after 60ms");
  std::vector<std::string> waits;
  for (const std::string& line : k.transcript()) {
    if (line.starts_with("wait")) waits.push_back(line);
  }
  EXPECT_THAT(waits, ElementsAre("wait 1 ms", "wait 2 ms", "wait 4 ms", "wait 8 ms", "wait 16 ms",
                                 "wait 20 ms", "wait 9 ms"));
  EXPECT_EQ(k.transcript().back(), kMissing);
}

TEST_F(DaemonTest, MayTakeItsTimeToTheLastMillisecond) {
  Daemon op = x;
  op.timeout = milliseconds(4);
  in_wait(3, [&] { k.host("/run/ready").regular(); });
  run(op);
  EXPECT_EQ(k.transcript()[k.transcript().size() - 2], "wait 1 ms");
}

TEST_F(DaemonTest, HasFiveSecondsByDefault) {
  expect_refusal(x, "/run/ready did not exist after 5s");
}

TEST_F(DaemonTest, ThatEndsBeforeItIsReadyIsRefusedWithItsEnd) {
  const std::pair<int, const char*> cases[] = {
      {W_EXITCODE(3, 0), "it ended with status 3 before /run/ready existed"},
      {W_EXITCODE(255, 0), "it ended with status 255 before /run/ready existed"},
      {SIGSEGV, "it was killed by SIGSEGV before /run/ready existed"},
      {SIGABRT | WCOREFLAG, "it was killed by SIGABRT before /run/ready existed"},
  };
  for (const auto& [status, message] : cases) {
    in_wait(1, [&, end = status] { runner.end = end; });
    runner.waits = 0;
    runner.end.reset();
    expect_refusal(x, message);
  }
}

TEST_F(DaemonTest, MayEndWhenItHasMadeWhatWasAskedFor) {
  in_wait(1, [&] {
    runner.end = W_EXITCODE(3, 0);
    k.host("/run/ready").regular();
  });
  run(x);
  EXPECT_EQ(runner.waits, 1);
}

TEST_F(DaemonTest, MayPutItselfIntoTheBackground) {
  runner.end = 0;
  in_wait(3, [&] { k.host("/run/ready").regular(); });
  run(x);
  EXPECT_EQ(runner.waits, 3);
}

TEST_F(DaemonTest, ThatPutsItselfIntoTheBackgroundHasNotMoreTime) {
  runner.end = 0;
  expect_refusal(x, "/run/ready did not exist after 5s, and it ended with status 0");
}

// By then nobody could tell whether it is ready.
TEST_F(DaemonTest, IsNotStartedWhereItsPathExistsAlready) {
  k.host("/run/ready").regular();
  expect_refusal(x, "/run/ready exists already: it would not tell when the daemon is ready");
  EXPECT_THAT(k.transcript(), ElementsAre("late:", "openat2 /run/ready O_PATH NO_MAGICLINKS"));
}

TEST_F(DaemonTest, PathMayLieInADirectoryThatItHasYetToMake) {
  k.host("/run/x").regular();
  in_wait(1, [&] { k.host("/run/x").directory(); });
  Daemon op = x;
  op.ready = "/run/x/socket";
  k.host("/run/x/socket").regular();
  run(op);
  EXPECT_EQ(runner.waits, 1);
}

TEST_F(DaemonTest, PathIsNotFoundThroughLinksOfProc) {
  k.host("/run/ready").link_to("/proc/1/root/etc");
  k.host("/proc/1/root").magic_link_to("/");
  try {
    run(x);
    ADD_FAILURE() << "it was found";
  } catch (const SyscallError& e) {
    EXPECT_EQ(e.error(), ELOOP);
    EXPECT_EQ(e.call(), "openat2 /run/ready");
  }
}

TEST_F(DaemonTest, PathThatCannotBeLookedAtEndsTheStart) {
  in_wait(1, [&] { k.fail_call("openat2 /run/ready", EACCES); });
  EXPECT_THROW(run(x), SyscallError);
}

TEST(DaemonCheck, RefusesFieldsThatMakeNoSense) {
  const struct {
    Daemon op;
    const char* message;
  } cases[] = {
      {{}, "a daemon needs a program"},
      {{.ready = "/r"}, "a daemon needs a program"},
      {{.command = {""}, .ready = "/r"}, "a daemon needs a program"},
      {{.command = {"x"}}, "/ exists always: name what the daemon makes when it is ready"},
      {{.command = {"x"}, .ready = "/r", .timeout = milliseconds(0)},
       "the time that a daemon may take is not between 1ms and 24h"},
      {{.command = {"x"}, .ready = "/r", .timeout = milliseconds(-1)},
       "the time that a daemon may take is not between 1ms and 24h"},
      {{.command = {"x"}, .ready = "/r", .timeout = std::chrono::hours(25)},
       "the time that a daemon may take is not between 1ms and 24h"},
      {{.command = {"x"}, .ready = "/r", .timeout = milliseconds::max()},
       "the time that a daemon may take is not between 1ms and 24h"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT([&] { Ops().daemon(c.op); }, ThrowsMessage<Refusal>(c.message));
  }
  Ops().daemon({.command = {"x", ""}, .ready = "/r", .timeout = milliseconds(1)});
  Ops().daemon({.command = {"x"}, .ready = "/r", .timeout = std::chrono::hours(24)});
}

}  // namespace
}  // namespace kekkai::ops
