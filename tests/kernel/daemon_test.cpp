// Daemons: what they get, when the program starts, and how they end.
#include "box.h"

#include <linux/capability.h>
#include <signal.h>

namespace kekkai::kernel_tests {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using Words = std::vector<std::string>;

constexpr const char* kReady = "/tmp/ready";

/// A daemon that is the probe.
ops::Daemon daemon_of(Words steps, const char* ready = kReady) {
  steps.insert(steps.begin(), "/probe");
  return {.command = std::move(steps), .ready = ready, .timeout = kPatience};
}

Words that_is_ready_and(Words steps) {
  Words all{"write", kReady, "x", "--"};
  all.insert(all.end(), steps.begin(), steps.end());
  return all;
}

Box box_with(ops::Daemon daemon, Words steps = {}) {
  Box box = bare_box();
  box.ops().daemon(std::move(daemon));
  return box.steps(std::move(steps));
}

class DaemonOf : public KernelTest {};

// It makes some processes first: a program that nobody held back would be faster.
TEST_F(DaemonOf, ContainerIsReadyWhenTheProgramStarts) {
  const Seen seen =
      probe(box_with(daemon_of({"orphans", "400", "--", "write", kReady, "x", "--", "hold"})),
            {"cat", kReady});
  EXPECT_EQ(seen["cat./tmp/ready"], "x");
}

TEST_F(DaemonOf, ContainerIsConfinedAsTheProgramIsAndHasNoCapability) {
  Box box = box_with(daemon_of({"status", "--", "environment", "--", "descriptors", "--", "process",
                                "--", "await-end-of-input", "--", "write", kReady, "x"}));
  box.params().env = {"A=1", "B=2"};
  box.params().uid = box.params().gid = 0;
  box.params().umask = 027;
  box.params().keep_capabilities = uint64_t{1} << CAP_NET_RAW;
  box.params().filters = {{{0x06, 0, 0, 0x7fff0000}}};  // allow everything
  const OwnedFd file = make_memory_file();
  box.settings.extra_files = {{file.get(), 5}};
  const Seen seen = probe(std::move(box), {"status"});
  // The daemon's, and then the program's.
  const std::string none(16, '0');
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
    EXPECT_THAT(seen.all(std::string("status.") + set), ElementsAre(none, "0000000000002000"))
        << set;
  }
  EXPECT_THAT(seen.all("status.NoNewPrivs"), ElementsAre("1", "1"));
  EXPECT_THAT(seen.all("status.Seccomp"), ElementsAre("2", "2"));
  EXPECT_THAT(seen.all("status.SigBlk"), ElementsAre(none, none));
  EXPECT_THAT(seen.all("env"), ElementsAre("A=1", "B=2"));
  EXPECT_EQ(seen["fds"], "0 1 2");
  EXPECT_EQ(seen["sid"], seen["pid"]);
  EXPECT_EQ(seen["ppid"], "1");
  EXPECT_EQ(seen["umask"], "027");
  EXPECT_EQ(seen["cwd"], "/");
}

TEST_F(DaemonOf, ContainerMayBeOneOfSeveralInTheirOrder) {
  Box box = box_with(daemon_of(
      {"stat", "/tmp/b", "--", "orphans", "400", "--", "mkdir", "/tmp/a", "--", "hold"}, "/tmp/a"));
  box.ops().daemon(daemon_of({"stat", "/tmp/a", "--", "mkdir", "/tmp/b", "--", "hold"}, "/tmp/b"));
  const Seen seen = probe(std::move(box), {"stat", "/tmp/a", "--", "stat", "/tmp/b"});
  EXPECT_THAT(seen.all("stat./tmp/a"), ElementsAre("directory 0755", "directory 0755"));
  EXPECT_THAT(seen.all("stat./tmp/b"), ElementsAre("ENOENT", "directory 0755"));
}

TEST_F(DaemonOf, ContainerIsFoundInThePath) {
  Box box = bare_box();
  box.params().env = {"PATH=/nowhere:/"};
  box.ops().daemon({.command = {"probe", "mkdir", kReady}, .ready = kReady, .timeout = kPatience});
  EXPECT_EQ(run(box.steps({"exit", "5"})).status.code(), 5);
}

TEST_F(DaemonOf, ContainerMayPutItselfIntoTheBackground) {
  Box box = box_with(daemon_of({"background", "--", "mkdir", kReady, "--", "hold"}));
  box.params().adopt_wait_delay = milliseconds(0);
  EXPECT_EQ(run(box.steps({"exit", "5"})).status, (ExitStatus{false, 5}));
}

TEST_F(DaemonOf, ContainerMayEndWhileTheProgramRuns) {
  const Outcome outcome = run(
      box_with(daemon_of(that_is_ready_and({"exit", "9"})), {"orphans", "0", "--", "exit", "5"}));
  EXPECT_EQ(outcome.seen["alone"], "yes") << "it is reaped";
  EXPECT_EQ(outcome.status, (ExitStatus{false, 5}));
}

class DaemonsEnd : public KernelTest {};

TEST_F(DaemonsEnd, ComesWithTheProgramsAndIsAskedFor) {
  Box box = box_with(daemon_of(that_is_ready_and({"collect", "1"})),
                     {"await-end-of-input", "--", "exit", "5"});
  box.params().kill_delay = kPatience;
  box.params().adopt_wait_delay = milliseconds(0);
  Running running(std::move(box));
  running.expect_line(std::string("write.") + kReady + "=ok");
  running.expect_line("ready=yes");
  running.end_input();
  running.expect_line("signal=TERM");
  EXPECT_EQ(running.wait(), (ExitStatus{false, 5}));
}

TEST_F(DaemonsEnd, IsForcedAfterTheDelay) {
  constexpr milliseconds kDelay{200};
  Words ignores = that_is_ready_and({"hold"});
  ignores.insert(ignores.begin(), {"ignore", "--"});
  Box box = box_with(daemon_of(ignores), {"exit", "5"});
  box.params().kill_delay = kDelay;
  box.params().adopt_wait_delay = milliseconds(0);
  const auto start = std::chrono::steady_clock::now();
  Running running(std::move(box));
  EXPECT_EQ(running.wait(), (ExitStatus{false, 5}));
  EXPECT_GE(std::chrono::steady_clock::now() - start, kDelay);
  EXPECT_TRUE(running.is_gone_within(milliseconds(0)));
}

class DaemonFailure : public KernelTest {
 protected:
  static constexpr const char* kOp = "cannot complete op 4 (daemon /probe): ";

  /// Of a box whose processes all hold its output; none of them is left.
  static Failure failure_of(Box box) {
    Pipe output = make_pipe();
    box.settings.stdio = {-1, output.write.get(), 2};
    const Failure failure = start_failure(std::move(box));
    output.write.reset();
    EXPECT_TRUE(ends_within(output.read.get(), milliseconds(0))) << "something is left";
    EXPECT_EQ(failure.exit_code, kExitSetupFailed);
    EXPECT_EQ(failure.phase, Phase::kLate);
    return failure;
  }
  static std::string message_of(ops::Daemon daemon) {
    return failure_of(box_with(std::move(daemon), {"write", "/tmp/started", "x"})).message();
  }
};

TEST_F(DaemonFailure, IsAnEarlyEnd) {
  EXPECT_EQ(message_of(daemon_of({"exit", "3"})),
            std::string(kOp) + "it ended with status 3 before /tmp/ready existed");
  EXPECT_EQ(message_of(daemon_of({"die", std::to_string(SIGUSR1)})),
            std::string(kOp) + "it was killed by SIGUSR1 before /tmp/ready existed");
}

TEST_F(DaemonFailure, IsTimeThatIsOver) {
  ops::Daemon daemon = daemon_of({"ignore", "--", "leave-behind", "2", "--", "hold"});
  daemon.timeout = milliseconds(50);
  EXPECT_EQ(message_of(daemon), std::string(kOp) + "/tmp/ready did not exist after 50ms");
  daemon.command = {"/probe", "exit", "0"};
  EXPECT_THAT(message_of(daemon),
              testing::StartsWith(std::string(kOp) + "/tmp/ready did not exist after 50ms"));
}

TEST_F(DaemonFailure, IsAProgramThatIsNone) {
  Box box = bare_box();
  box.params().env = {"PATH=/tmp"};
  box.ops()
      .file({.path = "/script", .content = "#!/no/such\n", .mode = 0755})
      .file({.path = "/plain", .content = "x"});
  const std::pair<const char*, const char*> cases[] = {
      {"nothing", "cannot execute nothing: there is no such program in PATH=/tmp"},
      {"/nothing", "cannot execute /nothing: No such file or directory"},
      {"/plain", "cannot execute /plain: Permission denied"},
      {"/script",
       "cannot execute /script: its interpreter /no/such does not exist in the container"},
  };
  for (const auto& [program, reason] : cases) {
    Box one = box;
    one.ops().daemon({.command = {program}, .ready = kReady});
    EXPECT_EQ(failure_of(std::move(one)).message(),
              std::string("cannot complete op 6 (daemon ") + program + "): " + reason);
  }
}

TEST_F(DaemonFailure, EndsThoseThatWereReady) {
  Words stays{"ignore", "--", "leave-behind", "2", "--", "mkdir", "/tmp/a", "--", "hold"};
  Box box = box_with(daemon_of(stays, "/tmp/a"));
  box.ops().daemon(daemon_of({"exit", "1"}));
  EXPECT_EQ(failure_of(std::move(box)).message(),
            "cannot complete op 5 (daemon /probe): it ended with status 1 before /tmp/ready "
            "existed");
}

TEST_F(DaemonFailure, OfTheProgramEndsDaemonsToo) {
  Pipe output = make_pipe();
  Box box = box_with(daemon_of(that_is_ready_and({"leave-behind", "2", "--", "hold"})));
  box.settings.stdio = {-1, output.write.get(), 2};
  box.params().command = {"/no/such"};
  EXPECT_EQ(start_failure(std::move(box)).exit_code, kExitNotFound);
  output.write.reset();
  EXPECT_TRUE(ends_within(output.read.get(), milliseconds(0)));
}

TEST_F(DaemonFailure, IsAPathThatExistsAlready) {
  Box box = bare_box();
  box.ops().mkdir({.path = kReady}).daemon(daemon_of({"hold"}));
  EXPECT_EQ(failure_of(std::move(box)).message(),
            "cannot complete op 5 (daemon /probe): /tmp/ready exists already: it would not tell "
            "when the daemon is ready");
}

// What init sees through such a link is not in the container.
TEST_F(DaemonFailure, IsAPathThroughALinkOfProc) {
  Box box = bare_box();
  box.ops().symlink({.path = kReady, .target = "/proc/self/fd/0"}).daemon(daemon_of({"hold"}));
  EXPECT_EQ(failure_of(std::move(box)).message(),
            "cannot complete op 5 (daemon /probe): openat2 /tmp/ready: Too many levels of symbolic "
            "links");
}

class UnreadyDaemon : public KernelTest {
 protected:
  /// It says "ready=yes" and is not; its output goes to `output_`.
  Box box() const {
    Box box = box_with(daemon_of({"leave-behind", "2", "--", "ready", "--", "hold"}));
    box.settings.stdio = {-1, output_.write.get(), 2};
    return box;
  }
  Pipe output_ = make_pipe();
};

TEST_F(UnreadyDaemon, EndsWithTheLauncher) {
  Helper launcher([&] { Container(kernel(), box().settings).start(); });
  ASSERT_EQ(read_line(output_.read.get()), "ready=yes");
  output_.write.reset();
  launcher.kill();
  launcher.wait();
  EXPECT_TRUE(ends_within(output_.read.get())) << "something of the container still lives";
}

TEST_F(UnreadyDaemon, EndsWithACancel) {
  Container container(kernel(), box().settings);
  container.launch();
  ASSERT_EQ(read_line(output_.read.get()), "ready=yes");
  output_.write.reset();
  container.cancel();
  try {
    while (container.advance() == Container::State::kStarting) {
    }
    ADD_FAILURE() << "it started";
  } catch (const StartError& e) {
    EXPECT_STREQ(e.what(), "cannot start init: it was cancelled");
  }
  EXPECT_TRUE(ends_within(output_.read.get(), milliseconds(0)));
}

// ThreadSanitizer holds signals back during calls, that of the lifeline too.
#ifndef __SANITIZE_THREAD__
// It stops the next process of init's before its exec, for which init's own thread waits.
TEST_F(UnreadyDaemon, CannotHoldUpACancelByStoppingWhatIsStarted) {
  Box box = box_with(daemon_of({"ready", "--", "write", kReady, "x", "--", "stop-next"}), {"hold"});
  box.settings.stdio = {-1, output_.write.get(), 2};
  box.params().kill_delay = milliseconds(10);
  Container container(kernel(), std::move(box.settings));
  container.launch();
  ASSERT_EQ(read_line(output_.read.get()), "ready=yes");
  output_.write.reset();
  // Init is about to start the program, or waits for it: it has nothing to tell.
  if (!is_readable_within(container.status_descriptor(), milliseconds(100))) container.cancel();
  try {
    while (container.state() != Container::State::kEnded) {
      if (container.state() == Container::State::kRunning) container.cancel();
      ASSERT_TRUE(is_readable_within(container.status_descriptor(), kPatience)) << "it hangs";
      container.advance();
    }
  } catch (const StartError& e) {
    EXPECT_STREQ(e.what(), "cannot start init: it was cancelled");
  }
  EXPECT_TRUE(ends_within(output_.read.get()));
}
#endif

}  // namespace
}  // namespace kekkai::kernel_tests
