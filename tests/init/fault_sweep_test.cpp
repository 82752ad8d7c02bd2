// Every call of a whole run of init fails once. Init has to stop there, say so, and start nothing.
#include "init_run.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace kekkai {
namespace {

using ::testing::IsEmpty;

struct Tolerated {
  std::string_view line;
  std::string_view reason;
};
constexpr std::array kTolerated{
    Tolerated{"prctl PR_SET_PTRACER", "only Yama knows it"},
    Tolerated{"openat2 /home/user/work O_PATH|O_DIRECTORY NO_MAGICLINKS",
              "the next working directory is tried"},
    Tolerated{"fchdir /home/user/work", "likewise"},
    Tolerated{"openat2 /dev/pts/3", "a terminal that has no path here has no console"},
    Tolerated{"faccessat2 /usr/local/bin/true", "the next directory of PATH is tried"},
};
// The early bind opens the same directory, but not as a directory; apply with IN_ROOT.
bool is_tolerated(std::string_view line) {
  if (line.find("IN_ROOT") != line.npos) return false;
  return std::ranges::any_of(kTolerated,
                             [&](const Tolerated& t) { return line.starts_with(t.line); });
}

// The kernel never fails these.
bool never_fails(std::string_view line) {
  return line.starts_with("umask") || line.starts_with("sigprocmask");
}

bool is_looking_for_the_program(std::string_view line) {
  return line.starts_with("faccessat2 /usr/bin/true") ||
         line.starts_with("openat2 /usr/bin/true") || line.starts_with("statx /usr/bin/true");
}

int plausible_error(std::string_view line) {
  if (line.starts_with("read") || line.starts_with("write")) return EIO;
  if (line.starts_with("openat2") || line.starts_with("faccessat2")) return EACCES;
  if (line.starts_with("spawn") || line.starts_with("clone")) return EAGAIN;
  if (line.starts_with("pipe2") || line.starts_with("signalfd")) return EMFILE;
  return EPERM;
}

std::string without_result(const std::string& line) { return line.substr(0, line.find(" = E")); }

// With each kind of terminal.
class FaultSweep : public ::testing::TestWithParam<Terminal> {
 protected:
  FaultSweep() {
    InitRun run = make_run();
    run.run();
    golden_ = run.k.steps();
    spawn_ = index_of("spawn");
    first_told_ = index_of("sigaction SIGPIPE ignore");
  }
  static InitRun make_run() {
    Params params = ordinary_container();
    params.terminal = GetParam();
    InitRun run(std::move(params));
    run.k.set_terminal(0, "/dev/pts/3");
    run.request.in_foreground = GetParam() == Terminal::kKept;
    return run;
  }
  size_t index_of(std::string_view call) const {
    const auto found = std::ranges::find_if(
        golden_, [&](const std::string& line) { return line.starts_with(call); });
    return static_cast<size_t>(found - golden_.begin());
  }

  // Runs with step `index` failing, and checks what holds for each such run.
  void expect_stop(InitRun& run, size_t index, int error) {
    run.k.fail_step(index, error);
    status_ = run.run();
    ASSERT_GT(run.k.steps().size(), index);
    for (size_t i = 0; i < index; ++i) ASSERT_EQ(run.k.steps()[i], golden_[i]);
    EXPECT_EQ(run.k.steps()[index], without_result(golden_[index]) + " = " + errno_name(error));
    EXPECT_EQ(run.k.steps().size(), index + 2) << "then nothing but the message";
    EXPECT_THAT(run.k.spawned(), IsEmpty());
    EXPECT_THAT(run.k.misuses(), IsEmpty());
  }

  std::vector<std::string> golden_;
  size_t spawn_ = 0;
  size_t first_told_ = 0;
  int status_ = -1;
};

TEST_P(FaultSweep, BeforeTheLifelineIsArmedTheMessageGoesToStderr) {
  for (size_t index = 0; index < first_told_; ++index) {
    const std::string& line = golden_[index];
    if (is_tolerated(line)) continue;
    SCOPED_TRACE(line);
    InitRun run = make_run();
    expect_stop(run, index, EPERM);
    EXPECT_EQ(status_, kExitSetupFailed);
    EXPECT_THAT(run.k.written("stderr"), ::testing::EndsWith(": Operation not permitted\n"));
    const std::string text = run.k.written("stderr").substr(std::string("kekkai-init: ").size());
    EXPECT_TRUE(line.starts_with(text.substr(0, text.find(':')))) << text;
  }
}

TEST_P(FaultSweep, UpToTheSpawnEveryFailureIsReportedWithItsCall) {
  size_t swept = 0;
  for (size_t index = first_told_; index <= spawn_; ++index) {
    const std::string line = without_result(golden_[index]);
    if (is_tolerated(line) || never_fails(line) || is_looking_for_the_program(line)) continue;
    SCOPED_TRACE(line);
    const int error = plausible_error(line);
    InitRun run = make_run();
    expect_stop(run, index, error);
    EXPECT_EQ(status_, kExitSetupFailed);
    EXPECT_EQ(run.k.written("stderr"), "");
    const auto failure = run.failure();
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->error, error);
    EXPECT_EQ(failure->exit_code, kExitSetupFailed);
    EXPECT_NE(failure->call, "");
    if (line.starts_with("spawn")) {
      EXPECT_EQ(failure->call, "clone (0)");
    } else if (!line.starts_with("prctl PR_CAPBSET_DROP")) {  // by number there, by name here
      EXPECT_TRUE(line.starts_with(failure->call)) << failure->call;
    }
    const bool in_op = (failure->phase == Phase::kEarly || failure->phase == Phase::kApply) &&
                       !line.starts_with("prlimit64");
    EXPECT_EQ(failure->op_index >= 0, in_op) << failure->message();
    EXPECT_EQ(failure->op.empty(), !in_op) << failure->message();
    ++swept;
  }
  EXPECT_GT(swept, 200U);
}

TEST_P(FaultSweep, WhoeverLooksForTheProgramEndsWith126) {
  for (size_t index = 0; index < spawn_; ++index) {
    if (!is_looking_for_the_program(golden_[index])) continue;
    SCOPED_TRACE(golden_[index]);
    InitRun run = make_run();
    expect_stop(run, index, EACCES);
    EXPECT_EQ(status_, kExitNotExecutable);
    ASSERT_TRUE(run.failure());
    EXPECT_EQ(run.failure()->message(), "cannot execute true: Permission denied");
  }
}

TEST_P(FaultSweep, ToleratedFailuresChangeNothingElse) {
  size_t tolerated = 0;
  for (size_t index = 0; index < spawn_; ++index) {
    if (!is_tolerated(golden_[index])) continue;
    SCOPED_TRACE(golden_[index]);
    InitRun run = make_run();
    run.k.fail_step(index, plausible_error(golden_[index]));
    EXPECT_EQ(run.run(), 0);
    EXPECT_EQ(run.k.spawned().size(), 1U);
    ++tolerated;
  }
  EXPECT_GE(tolerated, kTolerated.size() - 1);  // only one kind of terminal looks for its path
}

// The launcher has been told that the program runs: all that is left is to say why not any more,
// and to end, which kills it.
TEST_P(FaultSweep, AfterTheSpawnInitEnds) {
  for (const std::string call : {"poll reaped", "read reaped", "wait4", "write reaped"}) {
    SCOPED_TRACE(call);
    InitRun run = make_run();
    run.k.fail_step(index_of(call), EIO);
    EXPECT_EQ(run.run(), kExitSetupFailed);
    EXPECT_EQ(run.k.written("stderr"), "");
    const std::vector<StatusMessage> told = run.messages();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<Started>(told[0]));
    ASSERT_TRUE(std::holds_alternative<Failure>(told[1]));
    const Failure& failure = std::get<Failure>(told[1]);
    EXPECT_THAT(failure.message(),
                ::testing::StartsWith("cannot look after the container's processes: " +
                                      call.substr(0, call.find(' '))));
    EXPECT_EQ(failure.error, EIO);
  }
}

TEST_P(FaultSweep, WhereTheLauncherCannotBeToldItIsToldToStderr) {
  InitRun run = make_run();
  run.k.fail_step(index_of("write status stream"), EIO);
  EXPECT_EQ(run.run(), kExitSetupFailed);
  EXPECT_EQ(run.k.written("stderr"), "kekkai-init: write status stream: Input/output error\n");
}

TEST_P(FaultSweep, WhereNeitherCanBeToldInitEndsAllTheSame) {
  for (const int error : {EPIPE, EIO}) {
    InitRun run = make_run();
    run.k.fail_step(index_of("poll reaped"), ENOMEM);
    run.k.fail_step(index_of("poll reaped") + 1, error);
    EXPECT_EQ(run.run(), kExitSetupFailed);
    EXPECT_EQ(run.k.written("stderr"),
              error == EPIPE ? ""
                             : "kekkai-init: cannot look after the container's processes: poll: "
                               "Cannot allocate memory\n");
  }
}

// The program has been spawned, but the launcher has not been told: to it, the start has failed.
TEST_P(FaultSweep, WithoutItsOwnFilterInitDoesNotGoOn) {
  InitRun run = make_run();
  run.k.fail_step(index_of("seccomp"), EINVAL);
  EXPECT_EQ(run.run(), kExitSetupFailed);
  const auto failure = run.failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->message(), "cannot start the program: seccomp: Invalid argument");
}

std::string terminal_name(const ::testing::TestParamInfo<Terminal>& test) {
  switch (test.param) {
    case Terminal::kNone:
      return "NoTerminal";
    case Terminal::kKept:
      return "KeptTerminal";
    case Terminal::kOwn:
      return "OwnTerminal";
  }
  return {};
}
INSTANTIATE_TEST_SUITE_P(With, FaultSweep,
                         ::testing::Values(Terminal::kNone, Terminal::kKept, Terminal::kOwn),
                         terminal_name);

}  // namespace
}  // namespace kekkai
