// The program's terminal, as ops see it: /dev/console, and where a terminal of its own comes from.
#include <kekkai/ops/dev.h>
#include <kekkai/ops/terminal.h>
#include <kekkai/testing/op_stage.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using testing::OpStage;
using testing::ScriptedDispatcher;
using ::testing::StartsWith;

TEST(CloneConsole, IsEmptyWithoutATerminal) {
  ScriptedDispatcher k;
  EXPECT_FALSE(clone_console(k));
  EXPECT_THAT(k.transcript(), IsEmpty());
}

TEST(CloneConsole, FindsTheTerminalAgainWithoutFollowingLinks) {
  ScriptedDispatcher k;
  k.set_terminal(1, "/dev/pts/3");
  EXPECT_TRUE(clone_console(k));
  EXPECT_THAT(k.transcript(),
              ElementsAre("readlinkat /proc/self/fd/1",
                          "openat2 /dev/pts/3 O_PATH|O_NOFOLLOW NO_MAGICLINKS|NO_SYMLINKS",
                          "statx stdout", "statx /dev/pts/3", "open_tree /dev/pts/3 recursive",
                          "mount_setattr /dev/pts/3 nosuid|noexec private recursive"));
}

TEST(CloneConsole, FindsTheTerminalThatOnlyErrorsGoTo) {
  ScriptedDispatcher k;
  k.set_terminal(2, "/dev/pts/3");
  EXPECT_TRUE(clone_console(k));
  EXPECT_EQ(k.steps().front(), "readlinkat /proc/self/fd/2");
}

// runc CVE-2025-52565: whatever is at the path by now, only the terminal itself will do.
TEST(CloneConsole, TakesNothingElseThatIsAtThePathOfTheTerminal) {
  ScriptedDispatcher k;
  k.set_terminal(0, "/dev/pts/3");
  k.host("/proc/self/fd/0").link_to("/dev/sda");
  k.host("/dev/sda").block_device(8, 0);
  EXPECT_FALSE(clone_console(k));
  EXPECT_THAT(k.steps(), Not(Contains(StartsWith("open_tree"))));
}

TEST(CloneConsole, FindsTheTerminalOfAContainerAroundUs) {
  ScriptedDispatcher k;
  k.set_terminal(0, "/dev/console");
  k.host("/proc/self/fd/0").link_to("/dev/pts/3");
  k.host("/dev/pts/3").missing();
  EXPECT_TRUE(clone_console(k));
  EXPECT_THAT(k.steps(), Contains("open_tree /dev/console recursive"));
}

TEST(DevConsole, IsThereOnlyForATerminal) {
  OpStage stage;
  stage.k.set_terminal(0, "/dev/pts/3");
  stage.run(ops::Dev{});
  EXPECT_THAT(stage.k.transcript(), Not(Contains(HasSubstr("console"))));
  EXPECT_THAT(stage.k.transcript(), Not(Contains(HasSubstr("ptmx O_"))));
}

TEST(DevConsole, IsTheTerminalThatIsKept) {
  OpStage stage;
  stage.k.set_terminal(0, "/dev/pts/3");
  stage.state.terminal = Terminal::kKept;
  stage.run(ops::Dev{});
  EXPECT_THAT(stage.k.transcript(), Contains("move_mount /dev/pts/3 -> /dev/console"));
}

TEST(DevConsole, IsMissingWhereTheKeptTerminalIsNotAmongTheDescriptors) {
  OpStage stage;
  stage.state.terminal = Terminal::kKept;
  stage.run(ops::Dev{});
  EXPECT_THAT(stage.k.transcript(), Not(Contains(HasSubstr("console"))));
}

TEST(DevConsole, IsTheFirstTerminalOfTheContainerWhereThatIsTheProgramsOwn) {
  OpStage stage;
  stage.state.terminal = Terminal::kOwn;
  stage.run(ops::Dev{});
  EXPECT_TRUE(stage.state.pty);
  EXPECT_THAT(stage.k.transcript(),
              IsSupersetOf({"openat2 devpts/ptmx O_RDWR|O_NOCTTY NO_SYMLINKS|BENEATH",
                            "symlinkat /dev/console -> pts/0"}));
}

TEST(DevConsole, IsMadeOnce) {
  OpStage stage;
  stage.state.terminal = Terminal::kOwn;
  ops::Dev first;
  ops::Dev second{.path = "/other"};
  stage.early(first);
  stage.early(second);
  stage.apply(first);
  const int master = stage.state.pty.number();
  stage.apply(second);
  EXPECT_EQ(stage.state.pty.number(), master);
}

}  // namespace
}  // namespace kekkai
