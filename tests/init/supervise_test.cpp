// The glue between descriptors and the state machine, with scripted events.
#include <kekkai/init/frame.h>
#include <kekkai/init/status.h>
#include <kekkai/init/supervise.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <optional>
#include <string>
#include <vector>

namespace kekkai {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using testing::ScriptedDispatcher;

constexpr const char* kPollAll = "poll reaped children, signals, lifeline, launcher";

class Supervise : public ::testing::Test {
 protected:
  Supervise() {
    k.inherit(4, "status stream");
    k.inherit(5, "lifeline");
    k.inherit(6, "launcher");
    streams_ = {.status = UniqueFd(4, "status stream", k),
                .lifeline = UniqueFd(5, "lifeline", k),
                .launcher = UniqueFd(6, "launcher", k),
                .companion = {}};
    program_ = k.spawn({.path = "/bin/x"});
    signals_ = open_forwarded_signals(k);
    std::tie(reaped_, reaper_) = k.pipe2("reaped children");
    k.clear_transcript();
  }

  void reap(pid_t pid, int status) { reap(Reaped{pid, status}); }
  void reap(Reaped reaped) {
    k.deliver("reaped children",
              {reinterpret_cast<const char*>(&reaped), sizeof reaped});  // NOLINT: as the reaper
  }
  void end_program(int status) { reap(program_.pid, status); }
  void no_children_left() { reap(Reaped{}); }
  void cancel() { k.deliver("lifeline", "\1"); }

  // Init's exit status, also where it ends by exit().
  int run() {
    try {
      return supervise(k, params, streams_, {program_, signals_, reaped_, daemons_});
    } catch (const testing::ProcessExit& exit) {
      return exit.status;
    }
  }
  std::optional<ExitStatus> told() const {
    FrameReader reader;
    reader.feed(k.written("status stream"));
    const auto payload = reader.next();
    if (!payload || reader.has_rest()) return std::nullopt;
    return std::get<ExitStatus>(decode_status_message(*payload));
  }

  ScriptedDispatcher k;
  Params params;
  Streams streams_;
  Spawned program_;
  std::vector<Spawned> daemons_;
  UniqueFd signals_, reaped_, reaper_;
};

TEST_F(Supervise, TellsTheEndAndEndsWithIt) {
  k.when_idle([&] { end_program(W_EXITCODE(7, 0)); });
  k.when_idle([&] { no_children_left(); });
  EXPECT_EQ(run(), 7);
  EXPECT_EQ(told(), (ExitStatus{false, 7}));
  EXPECT_THAT(k.steps(), ElementsAre(kPollAll, "read reaped children",
                                     ::testing::StartsWith("write status stream"),
                                     kPollAll + std::string(": 1000 ms"), "read reaped children"));
}

TEST_F(Supervise, TakesSeveralChildrenInOneRead) {
  k.when_idle([&] {
    for (pid_t pid = 100; pid < 700; ++pid) reap(pid, 0);
    end_program(SIGKILL);
    no_children_left();
  });
  EXPECT_EQ(run(), 137);
  EXPECT_EQ(told(), (ExitStatus{true, SIGKILL}));
}

TEST_F(Supervise, GivesOrphansTheirDelayAndNoMore) {
  params.adopt_wait_delay = std::chrono::milliseconds(1234);
  k.when_idle([&] { end_program(0); });
  k.when_idle([&] { k.advance(std::chrono::milliseconds(1000)), reap(99, 0); });
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(k.steps(), Contains(kPollAll + std::string(": 1234 ms")));
  EXPECT_EQ(k.steps().back(), kPollAll + std::string(": 234 ms"));
}

TEST_F(Supervise, HandsSignalsOn) {
  k.when_idle([&] { k.raise(SIGTERM), k.raise(SIGUSR1); });
  k.when_idle([&] { end_program(0), no_children_left(); });
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(k.steps(), Contains("pidfd_send_signal SIGTERM -> /bin/x"));
  EXPECT_THAT(k.steps(), Contains("pidfd_send_signal SIGUSR1 -> /bin/x"));
}

TEST_F(Supervise, ReadsNewsOfChildrenBeforeItHandsASignalOn) {
  k.when_idle([&] { k.raise(SIGTERM), end_program(0), no_children_left(); });
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(k.steps(), Not(Contains("pidfd_send_signal SIGTERM -> /bin/x")));
}

TEST_F(Supervise, ForgivesAProgramThatHasJustEnded) {
  k.fail_call("pidfd_send_signal SIGTERM", ESRCH);
  k.when_idle([&] { k.raise(SIGTERM); });
  k.when_idle([&] { end_program(0), no_children_left(); });
  EXPECT_EQ(run(), 0);
}

TEST_F(Supervise, FailsWhereASignalCannotBeHandedOn) {
  k.fail_call("pidfd_send_signal SIGTERM", EPERM);
  k.when_idle([&] { k.raise(SIGTERM); });
  EXPECT_THROW(run(), SyscallError);
}

TEST_F(Supervise, FailsWhereItCannotKill) {
  params.kill_delay = std::chrono::milliseconds(0);
  k.fail_call("kill -1 SIGKILL", EPERM);
  k.when_idle([&] { cancel(); });
  EXPECT_THROW(run(), SyscallError);
}

TEST_F(Supervise, FailsWhereADaemonCannotBeAskedToEnd) {
  daemons_.push_back(k.spawn({.path = "/bin/y"}));
  k.fail_call("pidfd_send_signal SIGTERM", EPERM);
  k.when_idle([&] { end_program(0); });
  EXPECT_THROW(run(), SyscallError);
}

TEST_F(Supervise, KillsEverythingSomeTimeAfterACancel) {
  params.kill_delay = std::chrono::milliseconds(300);
  k.when_idle([&] { cancel(); });
  k.when_idle([&] { k.advance(std::chrono::milliseconds(300)); });
  k.when_idle([&] { end_program(SIGKILL), no_children_left(); });
  EXPECT_EQ(run(), 137);
  EXPECT_THAT(
      k.steps(),
      ElementsAre(kPollAll, "read lifeline", "pidfd_send_signal SIGTERM -> /bin/x",
                  "kill -1 SIGCONT", kPollAll + std::string(": 300 ms"), "kill -1 SIGKILL",
                  kPollAll, "read reaped children", ::testing::StartsWith("write status stream")));
}

TEST_F(Supervise, CancelsWithAnInterruptWhereItIsAskedFor) {
  params.cancel_with_interrupt = true;
  k.when_idle([&] { cancel(); });
  k.when_idle([&] { end_program(0), no_children_left(); });
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(k.steps(), Contains("pidfd_send_signal SIGINT -> /bin/x"));
}

TEST_F(Supervise, ForgivesThatThereIsNobodyToKill) {
  params.kill_delay = std::chrono::milliseconds(0);
  k.fail_call("kill -1 SIGKILL", ESRCH);
  k.when_idle([&] { cancel(); });
  k.when_idle([&] { end_program(0), no_children_left(); });
  EXPECT_EQ(run(), 0);
}

TEST_F(Supervise, EndsAtOnceWithTheLauncherHoweverThatGoes) {
  for (const char* lifeline : {"lifeline", "launcher"}) {
    k.clear_transcript();
    k.when_idle([&] { k.hang_up(lifeline); });
    EXPECT_EQ(run(), 1) << lifeline;
    EXPECT_EQ(k.transcript().back(), "exit 1");
    EXPECT_EQ(k.written("status stream"), "");
  }
}

TEST_F(Supervise, GoesOnWithoutTheLauncherWhereItIsAskedTo) {
  params.outlives_launcher = true;
  k.when_idle([&] { k.hang_up("lifeline"); });
  k.when_idle([&] { end_program(0); });
  k.when_idle([&] { no_children_left(); });
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(k.steps(), Contains("poll reaped children, signals"));
  EXPECT_EQ(k.written("status stream"), "") << "nobody listens";
}

TEST_F(Supervise, FindsOutByItsWordsThatTheLauncherIsGone) {
  params.outlives_launcher = true;
  k.fail_call("write status stream", EPIPE);
  k.when_idle([&] { end_program(0); });
  k.when_idle([&] { no_children_left(); });
  EXPECT_EQ(run(), 0);
  params.outlives_launcher = false;
  k.fail_call("write status stream", EPIPE);
  k.when_idle([&] { end_program(0); });
  EXPECT_THROW(run(), SyscallError);
}

TEST_F(Supervise, WaitsForWhatOutlivesTheProgramAsLongAsThatTakes) {
  params.outlives_launcher = true;
  k.when_idle([&] { end_program(W_EXITCODE(5, 0)); });
  k.when_idle([&] { k.advance(std::chrono::hours(5)), reap(99, 0); });
  k.when_idle([&] { no_children_left(); });
  EXPECT_EQ(run(), 5);
  EXPECT_THAT(k.steps(), Not(Contains(::testing::EndsWith(" ms"))));
}

TEST_F(Supervise, EndsWithItsCompanion) {
  for (const bool outlives : {false, true}) {
    params.outlives_launcher = outlives;
    streams_.companion.reset();
    k.inherit(8, "companion");
    streams_.companion = UniqueFd(8, "companion", k);
    k.when_idle([&] { k.hang_up("companion"); });
    EXPECT_EQ(run(), 1);
  }
}

TEST_F(Supervise, AmongTheCallersProcessesItSignalsTheProgramAlone) {
  params.namespaces = kAllNamespaces & ~Namespace::kPid;
  params.kill_delay = std::chrono::milliseconds(0);
  k.when_idle([&] { k.raise(SIGINT); });
  k.when_idle([&] { k.deliver("lifeline", "\2\3"); });
  k.when_idle([&] {});
  k.when_idle([&] { cancel(); });
  k.when_idle([&] { end_program(SIGKILL), no_children_left(); });
  EXPECT_EQ(run(), 137);
  EXPECT_THAT(k.steps(), Not(Contains(::testing::StartsWith("kill"))));
  for (const char* signal : {"SIGINT", "SIGSTOP", "SIGCONT", "SIGTERM", "SIGKILL"}) {
    EXPECT_THAT(k.steps(), Contains(std::string("pidfd_send_signal ") + signal + " -> /bin/x"));
  }
}

TEST_F(Supervise, IgnoresACommandOfNoKnownKind) {
  k.when_idle([&] { k.deliver("lifeline", "\x7f"); });
  k.when_idle([&] { end_program(0), no_children_left(); });
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(k.steps(), Not(Contains(::testing::StartsWith("pidfd_send_signal"))));
}

// An abort is for a program that does not run yet.
TEST_F(Supervise, GoesOnAfterAnAbort) {
  k.when_idle([&] { k.deliver("lifeline", "\4"); });
  k.when_idle([&] { end_program(W_EXITCODE(3, 0)), no_children_left(); });
  EXPECT_EQ(run(), 3);
  EXPECT_THAT(k.steps(), Not(Contains(::testing::StartsWith("kill"))));
}

TEST_F(Supervise, StopsAndContinuesEverythingOnRequest) {
  k.when_idle([&] { k.deliver("lifeline", "\2"); });
  k.when_idle([&] { reap(program_.pid, W_STOPCODE(SIGSTOP)); });  // no news: it was asked for
  k.when_idle([&] { k.deliver("lifeline", "\3"); });
  k.when_idle([&] { end_program(0), no_children_left(); });
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(told(), ExitStatus{});
  EXPECT_THAT(k.steps(), ::testing::IsSupersetOf({"kill -1 SIGSTOP", "kill -1 SIGCONT"}));
}

TEST_F(Supervise, TellsThatTheProgramWasStopped) {
  k.when_idle([&] { reap(program_.pid, W_STOPCODE(SIGTSTP)); });
  k.when_idle([&] { k.hang_up("launcher"); });
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(k.written("status stream"), make_frame(encode(Stopped{})));
}

TEST_F(Supervise, ContinuesTheWholeProcessGroup) {
  k.when_idle([&] { k.raise(SIGCONT); });
  k.when_idle([&] { end_program(0), no_children_left(); });
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(k.steps(), Contains("kill -" + std::to_string(program_.pid) + " SIGCONT"));
}

TEST_F(Supervise, GoesOnAfterAnInterruptedPoll) {
  k.when_idle([] {});
  k.when_idle([&] { end_program(0), no_children_left(); });
  EXPECT_EQ(run(), 0);
}

TEST_F(Supervise, AsksDaemonsToEndAndKillsThemThen) {
  params.kill_delay = std::chrono::milliseconds(300);
  for (const char* path : {"/bin/x", "/bin/y"}) daemons_.push_back(k.spawn({.path = path}));
  k.clear_transcript();
  k.when_idle([&] { end_program(W_EXITCODE(7, 0)); });
  k.when_idle([&] { reap(daemons_[0].pid, SIGTERM); });
  k.when_idle([&] { k.advance(params.kill_delay); });
  k.when_idle([&] { reap(daemons_[1].pid, SIGKILL), no_children_left(); });
  EXPECT_EQ(run(), 7);
  EXPECT_EQ(told(), (ExitStatus{false, 7}));
  EXPECT_THAT(
      k.steps(),
      ElementsAre(kPollAll, "read reaped children", ::testing::StartsWith("write status stream"),
                  "pidfd_send_signal SIGTERM -> /bin/x", "pidfd_send_signal SIGCONT -> /bin/x",
                  "pidfd_send_signal SIGTERM -> /bin/y", "pidfd_send_signal SIGCONT -> /bin/y",
                  kPollAll + std::string(": 300 ms"), "read reaped children",
                  kPollAll + std::string(": 300 ms"), "pidfd_send_signal SIGKILL -> /bin/y",
                  kPollAll + std::string(": 700 ms"), "read reaped children"));
}

TEST_F(Supervise, ForgivesADaemonThatHasJustEnded) {
  daemons_.push_back(k.spawn({.path = "/bin/y"}));
  k.fail_call("pidfd_send_signal SIG", ESRCH, k.kAlways);
  k.when_idle([&] { end_program(0); });
  k.when_idle([&] { reap(daemons_[0].pid, 0), no_children_left(); });
  EXPECT_EQ(run(), 0);
}

TEST_F(Supervise, NeverSignalsADaemonThatWasReaped) {
  daemons_.push_back(k.spawn({.path = "/bin/y"}));
  k.when_idle([&] { reap(daemons_[0].pid, SIGSEGV); });
  k.when_idle([&] { end_program(0), no_children_left(); });
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(k.steps(), Not(Contains(::testing::StartsWith("pidfd_send_signal"))));
}

TEST(ForwardedSignals, AreEight) {
  ScriptedDispatcher k;
  open_forwarded_signals(k);
  EXPECT_EQ(k.steps().front(),
            "signalfd SIGTERM SIGQUIT SIGINT SIGHUP SIGUSR1 SIGUSR2 SIGWINCH SIGCONT");
}

}  // namespace
}  // namespace kekkai
