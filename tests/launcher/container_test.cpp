// The life of a container as its launcher sees it.
#include "launcher.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <optional>

namespace kekkai {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ScriptedDispatcher;
using ::testing::StartsWith;
using State = Container::State;

constexpr pid_t kInit = ScriptedDispatcher::kFirstChild;

class ContainerTest : public ::testing::Test {
 protected:
  Container& make() { return container.emplace(launcher.k, launcher.settings); }
  Container& running() {
    launcher.init_says({Started{}});
    make().start();
    launcher.k.clear_transcript();
    return *container;
  }
  std::string lost() {
    try {
      container->wait();
      return "it ended";
    } catch (const InitLost& e) {
      return e.what();
    }
  }

  Launcher launcher;
  ScriptedDispatcher& k = launcher.k;
  std::optional<Container> container;
};

TEST_F(ContainerTest, IsLostWhereItsInitCannotBeRead) {
  running();
  k.fail_call("read status stream", EIO);
  EXPECT_EQ(lost(), "read status stream: Input/output error");
  EXPECT_EQ(container->state(), State::kEnded);
  EXPECT_THAT(k.steps(), Contains("waitid /opt/bin/kekkai-init"));
}

// The start has come to its end: nobody who waits expects it to fail any more.
TEST_F(ContainerTest, IsLostWhereInitCannotGoOn) {
  const Failure failure{.phase = Phase::kSupervise, .call = "wait4", .error = EIO};
  launcher.init_says({Started{}, failure});
  make().start();
  EXPECT_EQ(lost(), "cannot look after the container's processes: wait4: Input/output error");
  EXPECT_EQ(container->state(), State::kEnded);
}

TEST_F(ContainerTest, HasEndedAsInitToldAlsoWhereItCannotGoOnThen) {
  launcher.init_says({Started{}, ExitStatus{false, 7}, Failure{.phase = Phase::kSupervise}});
  make().start();
  EXPECT_EQ(container->wait(), (ExitStatus{false, 7}));
}

TEST_F(ContainerTest, DoesNotStartWhereNobodyWaitsForItsChildren) {
  launcher.init_says({Failure{.phase = Phase::kSupervise, .call = "wait4", .error = EIO}});
  EXPECT_THROW(make().start(), StartError);
}

TEST_F(ContainerTest, EndsAsItsProgramDoes) {
  for (const ExitStatus end : {ExitStatus{false, 0}, ExitStatus{false, 7}, ExitStatus{true, 9}}) {
    launcher.init_says({Started{}, end});
    Container& c = make();
    EXPECT_EQ(c.state(), State::kNew);
    c.start();
    EXPECT_EQ(c.wait(), end);
    EXPECT_EQ(c.state(), State::kEnded);
    EXPECT_EQ(c.exit_status(), end);
    EXPECT_EQ(c.wait(), end);  // as often as one likes
    container.reset();
    EXPECT_THAT(k.open_descriptors(), IsEmpty());
  }
}

TEST_F(ContainerTest, MayEndForUsBeforeInitDoes) {
  launcher.init_says({Started{}, ExitStatus{false, 7}});
  launcher.settings.ends_with_program = true;
  make().start();
  EXPECT_EQ(container->wait(), (ExitStatus{false, 7}));
  container.reset();
  EXPECT_THAT(k.steps(), Not(Contains(StartsWith("waitid"))));
  EXPECT_THAT(k.open_descriptors(), IsEmpty());
}

TEST_F(ContainerTest, AdvancesWithWhatInitSays) {
  const std::string started = make_frame(encode(Started{}));
  launcher.init_writes(started.substr(0, 10));
  Container& c = make();
  c.launch();
  EXPECT_EQ(c.state(), State::kStarting);
  EXPECT_GE(c.status_descriptor(), ScriptedDispatcher::kFirstDescriptor);
  EXPECT_EQ(c.advance(), State::kStarting);
  k.deliver("status stream", started.substr(10));
  EXPECT_EQ(c.advance(), State::kRunning);
  launcher.deliver(ExitStatus{false, 3});
  EXPECT_EQ(c.advance(), State::kRunning);  // until init itself has ended
  EXPECT_EQ(c.advance(), State::kEnded);
  EXPECT_EQ(c.advance(), State::kEnded);
  EXPECT_EQ(c.exit_status(), (ExitStatus{false, 3}));
}

TEST_F(ContainerTest, SendsItsCommandsOverTheLifeline) {
  Container& c = running();
  c.pause();
  c.resume();
  c.cancel();
  EXPECT_EQ(k.written("lifeline"), "\2\3\1");
}

TEST_F(ContainerTest, CannotBePausedBeforeItRuns) {
  Container& c = make();
  c.pause();
  c.resume();
  EXPECT_THAT(k.steps(), Not(Contains(StartsWith("send"))));
}

TEST_F(ContainerTest, TellsThatTheProgramWasStopped) {
  int stops = 0;
  launcher.settings.on_stopped = [&] { ++stops; };
  Container& c = running();
  launcher.deliver(Stopped{});
  EXPECT_EQ(c.advance(), State::kRunning);
  EXPECT_EQ(stops, 1);
}

TEST_F(ContainerTest, HandsOverTheTerminalThatInitMade) {
  Container& c = running();
  EXPECT_THROW(c.take_terminal(), SyscallError) << "init has sent none";
}

TEST_F(ContainerTest, HandsOverTheListenerThatTheProgramSent) {
  Container& c = running();
  EXPECT_THROW(c.take_listener(), SyscallError) << "it has sent none";
}

TEST_F(ContainerTest, TellsProgressInItsOrder) {
  std::vector<std::string> told;
  launcher.settings.on_progress = [&](const std::string& text) { told.push_back(text); };
  launcher.init_says({Progress{"network"}, Progress{"early op 0 (dev on /dev)"}, Started{}});
  make().start();
  EXPECT_THAT(told, ElementsAre("network", "early op 0 (dev on /dev)"));
}

TEST_F(ContainerTest, NeedsNobodyToListenToProgress) {
  launcher.init_says({Progress{"network"}, Started{}});
  make().start();
  EXPECT_EQ(container->state(), State::kRunning);
}

TEST_F(ContainerTest, ThrowsWhatInitReports) {
  const Failure failure{.phase = Phase::kApply,
                        .op_index = 3,
                        .op = "bind /a on /b",
                        .call = "open_tree /a",
                        .error = EACCES,
                        .hint = "a hint",
                        .exit_code = 126};
  launcher.init_says({Progress{"apply"}, failure});
  try {
    make().start();
    ADD_FAILURE() << "it started";
  } catch (const StartError& e) {
    EXPECT_EQ(e.failure, failure);
    EXPECT_STREQ(e.what(), "cannot apply op 3 (bind /a on /b): open_tree /a: Permission denied");
  }
  EXPECT_EQ(container->state(), State::kEnded);
  EXPECT_EQ(k.steps().back(), "waitid /opt/bin/kekkai-init");
}

TEST_F(ContainerTest, SaysThatInitIsSomethingElse) {
  const std::string version = std::string(KEKKAI_VERSION);
  std::string other = make_frame(encode(Started{}));
  other.replace(8, version.size(), std::string(version.size(), '9'));
  const struct {
    std::string bytes;
    std::string reason;
    std::string hint;
  } cases[] = {
      {"", "/opt/bin/kekkai-init ended without a word",
       "is it the kekkai-init of Kekkai " + version + "?"},
      {make_frame(encode(Progress{"x"})), "/opt/bin/kekkai-init ended without a word",
       "is it the kekkai-init of Kekkai " + version + "?"},
      {std::string(100, 'x'),
       "what /opt/bin/kekkai-init says is not understood: it is not a message of Kekkai", ""},
      {other,
       "what /opt/bin/kekkai-init says is not understood: the other side is Kekkai " +
           std::string(version.size(), '9') + ", this is Kekkai " + version,
       ""},
      {make_frame("\x7f"),
       "what /opt/bin/kekkai-init says is not understood: it is of no known kind", ""},
  };
  for (const auto& c : cases) {
    Launcher fresh;
    fresh.init_writes(c.bytes);
    const Failure failure = fresh.failed_start();
    EXPECT_EQ(failure.message(), "cannot start init: " + c.reason);
    EXPECT_EQ(failure.hint, c.hint);
    EXPECT_EQ(failure.exit_code, 125);
    EXPECT_THAT(fresh.k.open_descriptors(), IsEmpty());
    EXPECT_THAT(fresh.k.steps(), Contains("waitid /opt/bin/kekkai-init"));
  }
}

TEST_F(ContainerTest, SaysWhatKilledInitBeforeItSaidAnything) {
  k.end_child(kInit, SIGKILL);
  const Failure failure = launcher.failed_start();
  EXPECT_EQ(failure.message(), "cannot start init: /opt/bin/kekkai-init was killed by SIGKILL");
  EXPECT_EQ(failure.hint, "");
}

TEST_F(ContainerTest, SaysThatInitWasLost) {
  const struct {
    std::optional<int> wait_status;
    const char* text;
  } cases[] = {
      {SIGKILL, "init was killed before it could tell how the program ended (SIGKILL)"},
      {W_EXITCODE(1, 0), "init was killed before it could tell how the program ended (status 1)"},
      {std::nullopt, "init was killed before it could tell how the program ended"},
  };
  for (const auto& c : cases) {
    running();
    if (c.wait_status) {
      k.end_child(container->init_pid(), *c.wait_status);
    } else {
      k.fail_call("waitid", EINVAL);
    }
    EXPECT_EQ(lost(), c.text);
    EXPECT_EQ(lost(), c.text);  // and says it again
    container.reset();
  }
}

TEST_F(ContainerTest, DoesNotMindThatSomebodyElseWaited) {
  running();
  launcher.deliver(ExitStatus{false, 4});
  k.end_child(kInit, W_EXITCODE(4, 0));
  k.wait4(WaitFor::kEnd);
  EXPECT_EQ(container->wait(), (ExitStatus{false, 4}));
}

TEST_F(ContainerTest, IsLostWhereInitTalksNonsense) {
  running();
  k.deliver("status stream", std::string(50, 'x'));
  EXPECT_EQ(lost(),
            "what /opt/bin/kekkai-init says is not understood: it is not a message of Kekkai");
  EXPECT_EQ(container->state(), State::kEnded);
}

TEST_F(ContainerTest, StartsOnlyOnce) {
  running();
  EXPECT_THROW(container->start(), std::logic_error);
  EXPECT_THROW(container->launch(), std::logic_error);
  Container fresh(k, launcher.settings);
  EXPECT_THROW(fresh.wait(), std::logic_error);
}

TEST_F(ContainerTest, SendsSignalsToInit) {
  running();
  const std::vector<int> handed_on{SIGTERM, SIGQUIT, SIGINT,   SIGHUP,
                                   SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT};
  for (const int signo : handed_on) {
    container->signal(signo);
    EXPECT_EQ(k.steps().back(),
              "pidfd_send_signal " + signal_name(signo) + " -> /opt/bin/kekkai-init");
  }
  for (int signo = -1; signo < 66; ++signo) {
    if (std::ranges::find(handed_on, signo) != handed_on.end()) continue;
    try {
      container->signal(signo);
      ADD_FAILURE() << signo;
    } catch (const std::invalid_argument& e) {
      EXPECT_EQ(e.what(), signal_name(signo) + " is not handed on to the program");
    }
  }
}

TEST_F(ContainerTest, SendsNoSignalBeforeOrAfterItsLife) {
  make().signal(SIGTERM);
  container->cancel();
  running();
  launcher.deliver(ExitStatus{});
  container->wait();
  k.clear_transcript();
  container->signal(SIGTERM);
  container->cancel();
  EXPECT_THAT(k.steps(), IsEmpty());
}

TEST_F(ContainerTest, ForgivesAnInitThatHasJustEnded) {
  running();
  k.fail_call("pidfd_send_signal", ESRCH);
  container->signal(SIGTERM);
  for (const int error : {EPIPE, ECONNRESET}) {
    k.fail_call("send lifeline", error);
    container->cancel();
  }
  k.fail_call("pidfd_send_signal", EPERM);
  EXPECT_THROW(container->signal(SIGTERM), SyscallError);
}

TEST_F(ContainerTest, CancelsOverTheLifeline) {
  running();
  container->cancel();
  EXPECT_THAT(k.steps(), ElementsAre("send lifeline"));
  EXPECT_EQ(k.written("lifeline"), "\1");
}

TEST_F(ContainerTest, SaysThatTheStartWasCancelled) {
  launcher.init_says({Progress{"early"}});
  Container& c = make();
  c.launch();
  c.cancel();
  EXPECT_EQ(k.written("lifeline"), "\1");
  try {
    while (c.advance() == State::kStarting) {
    }
    ADD_FAILURE() << "it started";
  } catch (const StartError& e) {
    EXPECT_STREQ(e.what(), "cannot start init: it was cancelled");
    EXPECT_EQ(e.failure.hint, "");
  }
}

TEST_F(ContainerTest, EndsWithItsObject) {
  running();
  container.reset();
  EXPECT_THAT(k.steps(), ElementsAre("waitid /opt/bin/kekkai-init"));
  EXPECT_THAT(k.open_descriptors(), IsEmpty());
  EXPECT_THAT(k.misuses(), IsEmpty());
}

TEST_F(ContainerTest, ThatWasNeverStartedWaitsForNobody) {
  make();
  container.reset();
  EXPECT_THAT(k.steps(), Not(Contains(StartsWith("waitid"))));
}

}  // namespace
}  // namespace kekkai
