// What init does for ops that start daemons, with scripted news of their ends.
#include <kekkai/init/daemons.h>
#include <kekkai/init/failure.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/mock_dispatcher.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>

namespace kekkai {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

class DaemonsTest : public ::testing::Test {
 protected:
  DaemonsTest() {
    k.inherit(5, "lifeline");
    k.inherit(6, "launcher");
    streams_.lifeline = UniqueFd(5, "lifeline", k);
    streams_.launcher = UniqueFd(6, "launcher", k);
    std::tie(reaped_, reaper_) = k.pipe2("reaped children");
    k.host("/bin/x").executable();
    k.host("/bin/y").executable();
    k.host("/bin/none").missing();
    params.env = {"PATH=/bin", "A=1"};
    k.clear_transcript();
  }
  void reap(pid_t pid, int status) {
    const Reaped reaped{pid, status};
    k.deliver("reaped children",
              {reinterpret_cast<const char*>(&reaped), sizeof reaped});  // NOLINT: as the reaper
  }
  std::vector<pid_t> running() const {
    std::vector<pid_t> pids;
    for (const Spawned& daemon : daemons.running()) pids.push_back(daemon.pid);
    return pids;
  }
  Failure failed_start(const char* program) {
    try {
      daemons.start({program});
    } catch (const SetupFailure& e) {
      return e.failure;
    }
    return {.reason = "it started"};
  }

  testing::ScriptedDispatcher k;
  Params params;
  Streams streams_;
  ChildGate gate;
  UniqueFd reaped_, reaper_, pty_;
  Daemons daemons{k, {params, streams_, gate, reaped_, pty_, std::nullopt}};
};

TEST_F(DaemonsTest, StartsOneWithEmptyInputAndNothingElse) {
  EXPECT_EQ(daemons.start({"x", "--serve"}), k.kFirstChild);
  EXPECT_THAT(k.transcript(),
              ElementsAre("poll reaped children, lifeline, launcher: now", "faccessat2 /bin/x X_OK",
                          "openat2 /bin/x O_PATH", "statx /bin/x", "pipe2 input of a daemon",
                          "spawn /bin/x [x --serve] env [PATH=/bin A=1] fds 0=input of a daemon "
                          "1=stdout 2=stderr no_capabilities new_session"));
  EXPECT_THAT(k.open_descriptors(), ElementsAre("reaped children", "reaped children", "/bin/x"));
  EXPECT_EQ(gate.seen().started, 1U);
  EXPECT_FALSE(gate.seen().initial);
}

TEST_F(DaemonsTest, GivesItLimitsAndFiltersOfTheProgram) {
  params.limits = {{RLIMIT_CORE, 0, 0}};
  params.filters = {FilterProgram(1)};
  params.keep_capabilities = 1;
  Daemons with_limit(k, {params, streams_, gate, reaped_, pty_, ResourceLimit{7, 100, 300}});
  with_limit.start({"/bin/x"});
  const SpawnPlan& plan = k.spawned().at(0);
  EXPECT_THAT(plan.limits,
              ElementsAre(ResourceLimit{7, 100, 300}, ResourceLimit{RLIMIT_CORE, 0, 0}));
  EXPECT_EQ(plan.filters.size(), 1U);
  EXPECT_TRUE(plan.no_capabilities);
  EXPECT_FALSE(plan.ignore_hangup);
}

TEST_F(DaemonsTest, WritesToTheProgramsOwnTerminal) {
  params.terminal = Terminal::kOwn;
  pty_ = k.openat2(Fd::cwd(), "/dev/ptmx", Open::kReadWrite, Resolve::kAnywhere, 0);
  daemons.start({"x"});
  EXPECT_THAT(k.steps().back(), ::testing::HasSubstr("fds 0=input of a daemon 1=terminal of the "
                                                     "container 2=terminal of the container "));
  // It leads a session, and would get the terminal by opening it.
  const auto unlocked = std::ranges::find(k.steps(), "ioctl TIOCSPTLCK /dev/ptmx off");
  EXPECT_NE(std::find(unlocked, k.steps().end(), "ioctl TIOCSPTLCK /dev/ptmx on"), k.steps().end());
  pty_.reset();
  EXPECT_THAT([&] { daemons.start({"x"}); },
              ThrowsMessage<Refusal>("a terminal of its own comes with the op dev, which is "
                                     "missing"));
}

// The kernel gives a pid again once its process was waited for.
TEST(Daemons, TellOfTheOneThatHasThePidNow) {
  ::testing::NiceMock<testing::MockDispatcher> k;
  const Params params{.env = {"PATH=/bin"}};
  const Streams streams;
  ChildGate gate;
  const UniqueFd reaped, pty;
  std::vector<Reaped> news;
  ON_CALL(k, openat2).WillByDefault([&] { return k.make(20, "/bin/x"); });
  ON_CALL(k, statx).WillByDefault(::testing::Return(FileStatus{.mode = S_IFREG}));
  ON_CALL(k, pipe2).WillByDefault(
      [&] { return std::pair(k.make(21, "input"), k.make(22, "input")); });
  ON_CALL(k, spawn).WillByDefault([] { return Spawned{.pid = 5}; });
  ON_CALL(k, poll).WillByDefault(
      [&](std::span<PollFd> fds, auto) { fds[0].readable = !news.empty(); });
  ON_CALL(k, read).WillByDefault([&](Fd, std::span<std::byte> buffer) {
    std::memcpy(buffer.data(), &news.back(), sizeof(Reaped));
    news.pop_back();
    return sizeof(Reaped);
  });
  Daemons daemons(k, {params, streams, gate, reaped, pty, std::nullopt});
  EXPECT_EQ(daemons.start({"x"}), 5);
  news.push_back({5, W_EXITCODE(3, 0)});
  daemons.wait(milliseconds(0));
  EXPECT_EQ(daemons.end_of(5), W_EXITCODE(3, 0));
  EXPECT_EQ(daemons.start({"x"}), 5);
  EXPECT_EQ(daemons.end_of(5), std::nullopt);
}

// Whatever goes wrong with a daemon, the exit status is that of a failed set-up.
TEST_F(DaemonsTest, SaysWhyItCannotBeExecuted) {
  EXPECT_EQ(failed_start("none"),
            (Failure{.phase = Phase::kLate,
                     .reason = "cannot execute none: there is no such program in PATH=/bin"}));
  EXPECT_EQ(failed_start("/bin/none").message(),
            "cannot complete: cannot execute /bin/none: No such file or directory");
  k.fail_child("execve", E2BIG);
  const Failure too_long = failed_start("x");
  EXPECT_EQ(too_long.message(), "cannot complete: cannot execute /bin/x: Argument list too long");
  EXPECT_EQ(too_long.hint, "arguments and environment together are longer than the kernel takes");
  EXPECT_EQ(too_long.exit_code, kExitSetupFailed);
  EXPECT_EQ(gate.seen().started, 1U) << "it ended at once, but has to be waited for";
  EXPECT_THAT(running(), IsEmpty());
}

TEST_F(DaemonsTest, KnowsHowADaemonEnded) {
  const pid_t x = daemons.start({"x"});
  const pid_t y = daemons.start({"y"});
  EXPECT_THAT(running(), ElementsAre(x, y));
  reap(x, W_EXITCODE(3, 0));
  EXPECT_EQ(daemons.end_of(x), std::nullopt) << "nobody has been told yet";
  daemons.wait(milliseconds(20));
  EXPECT_EQ(daemons.end_of(x), W_EXITCODE(3, 0));
  EXPECT_EQ(daemons.end_of(y), std::nullopt);
  EXPECT_THAT(running(), ElementsAre(y));
  EXPECT_THAT(k.open_descriptors(), ::testing::Not(::testing::Contains("/bin/x")));
}

TEST_F(DaemonsTest, TakesNoStopAndNoOrphanForAnEnd) {
  const pid_t x = daemons.start({"x"});
  reap(x, W_STOPCODE(SIGTSTP));
  reap(x + 100, W_EXITCODE(3, 0));
  daemons.wait(milliseconds(20));
  EXPECT_EQ(daemons.end_of(x), std::nullopt);
  EXPECT_EQ(daemons.end_of(x + 100), std::nullopt);
  EXPECT_THAT(running(), ElementsAre(x));
}

// Its pid may have been another's: what was told before its start is not about it.
TEST_F(DaemonsTest, TakesNoEarlierEndForItsOwn) {
  reap(k.kFirstChild, W_EXITCODE(9, 0));
  const pid_t x = daemons.start({"x"});
  ASSERT_EQ(x, k.kFirstChild);
  daemons.wait(milliseconds(20));
  EXPECT_EQ(daemons.end_of(x), std::nullopt);
  EXPECT_THAT(running(), ElementsAre(x));
}

TEST_F(DaemonsTest, WaitsNoLongerThanItIsTold) {
  const auto before = k.now();
  daemons.wait(milliseconds(20));
  EXPECT_EQ(k.now() - before, milliseconds(20));
  EXPECT_THAT(k.steps(), ElementsAre("poll reaped children, lifeline, launcher: 20 ms"));
}

TEST_F(DaemonsTest, EndsInitWhereNobodyWantsTheContainerAnyMore) {
  k.when_idle([&] { k.deliver("lifeline", "\1"); });
  EXPECT_THROW(daemons.wait(milliseconds(20)), testing::ProcessExit);
  EXPECT_EQ(k.transcript().back(), "exit 125");
}

TEST_F(DaemonsTest, EndsInitWithTheLauncher) {
  daemons.start({"x"});
  k.when_idle([&] { k.hang_up("launcher"); });
  EXPECT_THROW(daemons.wait(milliseconds(20)), testing::ProcessExit);
  EXPECT_THROW(daemons.start({"y"}), testing::ProcessExit) << "nothing more is started";
  EXPECT_EQ(k.spawned().size(), 1U);
}

TEST_F(DaemonsTest, HangUpOfTheLifelineEndsInitToo) {
  k.hang_up("lifeline");
  EXPECT_THROW(daemons.start({"x"}), testing::ProcessExit);
  EXPECT_THAT(k.spawned(), IsEmpty());
}

}  // namespace
}  // namespace kekkai
