// The caller's terminal, call by call. What a real one does is for kept_terminal_test and pty_test.
#include "../../cli/terminal.h"

#include <kekkai/testing/scripted_dispatcher.h>

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ScriptedDispatcher;
using ::testing::StartsWith;

constexpr pid_t kOurs = 77;
constexpr pid_t kShell = 70;
constexpr pid_t kProgram = 80;

class LentTerminalTest : public ::testing::Test {
 protected:
  LentTerminalTest() {
    k.set_pid(kOurs, kShell);
    k.set_terminal(0, "/dev/pts/3");
    k.set_foreground(kOurs);
  }
  // A script has us in its own process group.
  void start_from_script() { k.set_group(kShell, kOurs); }
  std::vector<std::string> changes() const {
    std::vector<std::string> found;
    for (const std::string& line : k.steps()) {
      if (line.starts_with("ioctl TCSETS") || line.starts_with("ioctl TIOCSPGRP")) {
        found.push_back(line.substr(6));
      }
    }
    return found;
  }

  ScriptedDispatcher k;
};

TEST_F(LentTerminalTest, IsLeftAloneWhereThereIsNone) {
  ScriptedDispatcher none;
  LentTerminal terminal(none, Terminal::kNone);
  terminal.program_started(kProgram);
  terminal.lend();
  terminal.take_back();
  EXPECT_THAT(none.steps(), ElementsAre("getpgid 0"));
  EXPECT_EQ(terminal.size().ws_col, 0);
}

TEST_F(LentTerminalTest, IsTakenBackFromAProgramThatKeptIt) {
  {
    LentTerminal terminal(k, Terminal::kKept);
    k.set_foreground(kProgram);  // by init
    terminal.program_started(kProgram);
    EXPECT_THAT(changes(), IsEmpty());
  }
  EXPECT_THAT(changes(), ElementsAre("TIOCSPGRP /dev/tty 77", "TCSETS /dev/tty"));
  EXPECT_THAT(k.open_descriptors(), IsEmpty());
}

TEST_F(LentTerminalTest, GoesBackToTheProgramAfterAStop) {
  LentTerminal terminal(k, Terminal::kKept);
  k.set_foreground(kProgram);
  terminal.program_started(kProgram);
  terminal.take_back();
  terminal.take_back();  // once is enough
  k.set_foreground(kOurs);
  k.clear_transcript();
  terminal.lend();
  terminal.lend();
  EXPECT_THAT(changes(), ElementsAre("TCSETS /dev/tty", "TIOCSPGRP /dev/tty 80"));
}

TEST_F(LentTerminalTest, StaysWithWhoeverHasItByNow) {
  {
    LentTerminal terminal(k, Terminal::kKept);
    terminal.program_started(kProgram);
    k.set_foreground(kShell);  // we were stopped, and nobody told us
  }
  EXPECT_THAT(changes(), IsEmpty());
  EXPECT_THAT(k.steps(), Contains("kill -70 signal 0"));
}

TEST_F(LentTerminalTest, IsTakenBackFromAGroupOfWhichNobodyIsLeft) {
  {
    LentTerminal terminal(k, Terminal::kKept);
    terminal.program_started(kProgram);
    k.set_foreground(90);
    k.fail_call("kill -90", ESRCH, ScriptedDispatcher::kAlways);
  }
  EXPECT_THAT(changes(), ElementsAre("TIOCSPGRP /dev/tty 77", "TCSETS /dev/tty"));
}

TEST_F(LentTerminalTest, IsNotGivenFromTheBackground) {
  k.set_foreground(kShell);
  LentTerminal terminal(k, Terminal::kKept);
  terminal.program_started(kProgram);
  terminal.lend();
  terminal.take_back();
  EXPECT_THAT(changes(), IsEmpty());
  k.set_foreground(kOurs);  // fg
  terminal.lend();
  EXPECT_THAT(changes(), ElementsAre("TIOCSPGRP /dev/tty 80"));
}

TEST_F(LentTerminalTest, HasToBeThereToBeKept) {
  k.fail_call("openat2 /dev/tty", ENXIO);
  EXPECT_THAT([&] { LentTerminal(k, Terminal::kKept); },
              ::testing::ThrowsMessage<std::invalid_argument>(
                  "--tty: there is no terminal to keep; --pty gives the program one of its own"));
}

TEST_F(LentTerminalTest, IsRawWhileTheProgramHasOneOfItsOwn) {
  LentTerminal terminal(k, Terminal::kOwn);
  EXPECT_THAT(changes(), IsEmpty()) << "a failed start is told on a sane terminal";
  terminal.program_started(kProgram);
  EXPECT_THAT(changes(), ElementsAre("TCSETS /dev/tty"));
  terminal.take_back();
  EXPECT_THAT(changes(), ElementsAre("TCSETS /dev/tty", "TCSETS /dev/tty"));
}

TEST_F(LentTerminalTest, GetsItsModesBackFromAProgramWithoutOne) {
  {
    LentTerminal terminal(k, Terminal::kNone);
    terminal.program_started(kProgram);
  }
  EXPECT_THAT(changes(), ElementsAre("TCSETS /dev/tty"));
}

TEST_F(LentTerminalTest, GetsBackWhatIsNoMode) {
  {
    LentTerminal terminal(k, Terminal::kNone);
    k.set_status_flags(Fd(0, "stdin"), O_NONBLOCK);
    k.clear_transcript();
  }
  EXPECT_THAT(k.steps(),
              ::testing::IsSupersetOf({"ioctl TIOCSETD /dev/tty", "ioctl TIOCNXCL /dev/tty",
                                       "ioctl TCXONC /dev/tty", "fcntl F_SETFL stdin 0"}));
}

TEST_F(LentTerminalTest, MayHangUp) {
  LentTerminal terminal(k, Terminal::kKept);
  k.fail_call("ioctl", EIO, ScriptedDispatcher::kAlways);
  terminal.take_back();
  terminal.lend();
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(LentTerminalTest, NeedsNoGuardWhereAShellControlsJobs) {
  LentTerminal terminal(k, Terminal::kKept);
  EXPECT_THAT(k.spawned(), IsEmpty());
}

TEST_F(LentTerminalTest, IsGuardedForAScript) {
  start_from_script();
  {
    LentTerminal terminal(k, Terminal::kKept);
    ASSERT_EQ(k.spawned().size(), 1U);
    EXPECT_THAT(k.spawned()[0].argv, ElementsAre(kGuardName));
  }
  EXPECT_EQ(k.steps().back(), "waitid /proc/self/exe") << "nobody is left behind";
  EXPECT_THAT(k.open_descriptors(), IsEmpty());
}

class GuardTest : public LentTerminalTest {
 protected:
  GuardTest() {
    loan.kind = Terminal::kKept;
    loan.callers_group = kOurs;
    loan.program = kProgram;
    k.set_foreground(kProgram);
  }
  void be_told(bool lent) {
    loan.lent = lent;
    const auto bytes = std::as_bytes(std::span(&loan, 1));
    k.inherit(0, "news", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});  // NOLINT
  }

  Loan loan;
};

TEST_F(GuardTest, TakesBackWhatWasLentWhenNobodyTellsItMore) {
  be_told(true);
  EXPECT_EQ(guard_terminal(k), 0);
  EXPECT_EQ(k.steps().front(), "sigprocmask all");
  EXPECT_THAT(changes(), ElementsAre("TIOCSPGRP terminal 77", "TCSETS terminal"));
}

TEST_F(GuardTest, DoesNothingWhereItWasTakenBack) {
  be_told(false);
  EXPECT_EQ(guard_terminal(k), 0);
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(GuardTest, DoesNothingWhereItWasToldNothing) {
  k.inherit(0, "news", "");
  EXPECT_EQ(guard_terminal(k), 0);
  EXPECT_THAT(changes(), IsEmpty());
}

}  // namespace
}  // namespace kekkai::cli
