#include <kekkai/init/program.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/mock_dispatcher.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace kekkai {
namespace {

using ::testing::ElementsAre;
using testing::ScriptedDispatcher;

// An ordinary host, with programs of every kind in two directories of the PATH.
void declare_programs(ScriptedDispatcher& k) {
  for (const char* dir : {"/one", "/two", "/place", "/usr/local/bin", "/usr/bin", "/bin"}) {
    k.host(dir).empty_directory();
  }
  k.host("/one/first").executable();
  k.host("/two/first").executable();
  k.host("/two/second").executable();
  k.host("/one/plain").regular();
  k.host("/one/shadow").regular();
  k.host("/two/shadow").executable();
  k.host("/one/folder").directory();
  k.host("/two/folder").executable();
  k.host("/one/dangling").link_to("nowhere");
  k.host("/one/file").regular();
  k.host("/usr/bin/usual").executable();
  k.host("/place/here").executable();
}

// "found PATH", or "EXIT: MESSAGE".
std::string find(const std::string& name, const std::vector<std::string>& env) {
  ScriptedDispatcher k;
  declare_programs(k);
  k.fchdir(k.openat2(Fd::cwd(), "/place", Open::kPath, Resolve::kAnywhere, 0));
  try {
    return "found " + find_program(k, name, env);
  } catch (const SetupFailure& e) {
    return std::to_string(e.failure.exit_code) + ": " + e.what();
  }
}

TEST(FindProgram, FollowsThePath) {
  const std::vector<std::string> path{"A=1", "PATH=/one:/two", "PATH=/never"};
  const struct {
    const char* name;
    std::vector<std::string> env;
    const char* result;
  } cases[] = {
      {"first", path, "found /one/first"},
      {"second", path, "found /two/second"},
      {"shadow", path, "found /two/shadow"},  // the first may not be executed
      {"folder", path, "found /two/folder"},  // the first is a directory
      {"plain", path, "126: cannot execute plain: Permission denied"},
      {"dangling", path,
       "127: cannot execute dangling: there is no such program in PATH=/one:/two"},
      {"none", path, "127: cannot execute none: there is no such program in PATH=/one:/two"},
      {"second", {"PATH=/nowhere:/one/file:/two"}, "found /two/second"},
      {"folder", {"PATH=/one"}, "126: cannot execute folder: Permission denied"},
      {"here", {"PATH=/one:"}, "found ./here"},
      {"here", {"PATH=:/one"}, "found ./here"},
      {"here", {"PATH="}, "found ./here"},
      {"none", {"PATH="}, "127: cannot execute none: there is no such program in PATH="},
      {"usual", {}, "found /usr/bin/usual"},
      {"usual", {"XPATH=/one", "PATHX=/one"}, "found /usr/bin/usual"},
      {"none",
       {},
       "127: cannot execute none: there is no such program in PATH=/usr/local/bin:/usr/bin:/bin"},
      {"", path, "127: cannot execute \"\": the name of the program is empty"},
      {"..", path, "126: cannot execute ..: Permission denied"},
  };
  for (const auto& c : cases) EXPECT_EQ(find(c.name, c.env), c.result) << c.name;
}

TEST(FindProgram, TakesANameWithASlashAsItIs) {
  const std::vector<std::string> path{"PATH=/one:/two"};
  const struct {
    const char* name;
    const char* result;
  } cases[] = {
      {"/two/first", "found /two/first"},
      {"./here", "found ./here"},
      {"../one/first", "found ../one/first"},
      {"./first", "127: cannot execute ./first: No such file or directory"},
      {"/one/none", "127: cannot execute /one/none: No such file or directory"},
      {"/one/dangling", "127: cannot execute /one/dangling: No such file or directory"},
      {"/one/plain/x", "127: cannot execute /one/plain/x: Not a directory"},
      {"/one/plain", "126: cannot execute /one/plain: Permission denied"},
      {"/one/folder", "126: cannot execute /one/folder: Permission denied"},
      {"/", "126: cannot execute /: Permission denied"},
  };
  for (const auto& c : cases) EXPECT_EQ(find(c.name, path), c.result);
}

TEST(FindProgram, SaysWhyADirectoryOfThePathIsOfNoUse) {
  ScriptedDispatcher k;
  declare_programs(k);
  k.fail_call("faccessat2 /one/second", EACCES);
  EXPECT_EQ(find_program(k, "second", {"PATH=/one:/two"}), "/two/second");
  k.fail_call("faccessat2 /one/none", EACCES);
  try {
    find_program(k, "none", {"PATH=/one:/two"});
    ADD_FAILURE() << "it was found";
  } catch (const SetupFailure& e) {
    EXPECT_EQ(e.failure, (Failure{.phase = Phase::kExecute,
                                  .op = "none",
                                  .error = EACCES,
                                  .hint = hint_for("faccessat2", EACCES),
                                  .exit_code = kExitNotExecutable}));
  }
}

// What the kernel reads of a first line.
const std::string kLongMessage = "cannot execute /x: its interpreter /" + std::string(252, 'i') +
                                 "x does not exist in the container";
const char* const kLongInterpreter = kLongMessage.c_str();

TEST(ExplainExecFailure, IsInTheUsersWords) {
  const struct {
    std::function<void(ScriptedDispatcher&)> declare;
    const char* call;
    int error;
    const char* message;
    const char* hint;
    int exit_code;
  } cases[] = {
      {[](auto& k) { k.host("/x").executable("#!/no/such/sh -e\necho\n"); }, "execve /x", ENOENT,
       "cannot execute /x: its interpreter /no/such/sh does not exist in the container", "", 126},
      {[](auto& k) { k.host("/x").executable("#! \t/no/sh\n"); }, "execve /x", ENOENT,
       "cannot execute /x: its interpreter /no/sh does not exist in the container", "", 126},
      {[](auto& k) { k.host("/x").executable("#!/no/newline"); }, "execve /x", ENOENT,
       "cannot execute /x: its interpreter /no/newline does not exist in the container", "", 126},
      {[](auto& k) { k.host("/x").executable("#!/" + std::string(252, 'i') + "xx"); }, "execve /x",
       ENOENT, kLongInterpreter, "", 126},
      {[](auto& k) { k.host("/x").executable("\177ELF..."); }, "execve /x", ENOENT,
       "cannot execute /x: the loader that it needs does not exist in the container", "", 126},
      {[](auto& k) {
         k.host("/x").executable("#!/no/such/sh\n");
         k.fail_call("openat2 /x", EACCES);
       },
       "execve /x", ENOENT,
       "cannot execute /x: the loader that it needs does not exist in the container", "", 126},
      {[](auto& k) { k.host("/x").executable("#!\n"); }, "execve /x", ENOEXEC,
       "cannot execute /x: Exec format error", "", 126},
      {[](auto& k) { k.host("/x").executable(); }, "execve /x", EACCES,
       "cannot execute /x: Permission denied", "", 126},
      {[](auto& k) { k.host("/x").executable(); }, "execve /x", E2BIG,
       "cannot execute /x: Argument list too long",
       "arguments and environment together are longer than the kernel takes", 126},
      {[](auto& k) { k.host("/x").executable(); }, "seccomp /x", EINVAL,
       "cannot execute /x: seccomp /x: Invalid argument", "", 125},
      {[](auto& k) { k.host("/x").executable(); }, "fcntl F_DUPFD /x", EMFILE,
       "cannot execute /x: fcntl F_DUPFD /x: Too many open files",
       "too many open files: see `ulimit -n` and `ulimit -Hn`", 125},
  };
  for (const auto& c : cases) {
    ScriptedDispatcher k;
    c.declare(k);
    const Failure failure = explain_exec_failure(k, "/x", c.call, c.error);
    EXPECT_EQ(failure.message(), c.message);
    EXPECT_EQ(failure.hint, c.hint) << c.message;
    EXPECT_EQ(failure.exit_code, c.exit_code) << c.message;
    EXPECT_EQ(failure.phase, Phase::kExecute);
  }
}

TEST(EnterWorkingDirectory, TakesTheFirstThatExists) {
  ScriptedDispatcher k;
  k.host("/none").missing();
  EXPECT_EQ(enter_working_directory(k, {"/none", "/usr", "/"}), "/usr");
  EXPECT_THAT(k.steps(), ElementsAre("openat2 /none O_PATH|O_DIRECTORY NO_MAGICLINKS = ENOENT",
                                     "openat2 /usr O_PATH|O_DIRECTORY NO_MAGICLINKS", "fchdir /usr",
                                     "getcwd"));
}

TEST(EnterWorkingDirectory, FailsWithTheLast) {
  ScriptedDispatcher k;
  k.host("/none").missing();
  k.host("/file").regular();
  try {
    enter_working_directory(k, {"/none", "/file"});
    ADD_FAILURE() << "it was entered";
  } catch (const SetupFailure& e) {
    EXPECT_STREQ(e.what(), "cannot start the program: openat2 /file: Not a directory");
    EXPECT_EQ(e.failure.hint,
              "that is where the program is to start: show the directory to it, or choose another");
  }
}

TEST(EnterWorkingDirectory, NeverThroughADescriptor) {
  ScriptedDispatcher k;
  k.host("/proc/self/fd/7").magic_link_to("/");
  try {
    enter_working_directory(k, {"/proc/self/fd/7"});
    ADD_FAILURE() << "it was entered";
  } catch (const SetupFailure& e) {
    EXPECT_EQ(e.failure.hint, hint_for("openat2", ELOOP));
  }
  EXPECT_EQ(k.steps().back(), "openat2 /proc/self/fd/7 O_PATH|O_DIRECTORY NO_MAGICLINKS = ELOOP");
}

// The kernel says so where the directory was moved out of the root (getcwd(2)).
TEST(EnterWorkingDirectory, RefusesOneOutsideTheRoot) {
  ::testing::NiceMock<testing::MockDispatcher> k;
  EXPECT_CALL(k, openat2).WillOnce([&] { return k.make(7, "/usr"); });
  EXPECT_CALL(k, getcwd).WillOnce(::testing::Return("(unreachable)/usr"));
  EXPECT_THAT([&] { enter_working_directory(k, {"/usr"}); },
              ::testing::ThrowsMessage<Refusal>("the working directory is outside the root"));
}

TEST(PlanProgram, IsTheProgramAndNothingOfInit) {
  Params params;
  params.command = {"x", "-a"};
  params.env = {"A=1"};
  params.filters = {{{6, 0, 0, 0}}};
  params.extra_files = {9, 4};
  const SpawnPlan plan = plan_program(params, "/bin/x", {.first_extra_file = 7}, true);
  EXPECT_EQ(plan.path, "/bin/x");
  EXPECT_EQ(plan.argv, params.command);
  EXPECT_EQ(plan.env, params.env);
  EXPECT_THAT(plan.fds, ElementsAre(FdPlacement{0, 0}, FdPlacement{1, 1}, FdPlacement{2, 2},
                                    FdPlacement{7, 9}, FdPlacement{8, 4}));
  EXPECT_EQ(plan.namespaces, Namespace::kNone);
  EXPECT_FALSE(plan.ambient_capabilities != 0 || plan.read_only_image);
  EXPECT_TRUE(plan.ignore_hangup);
  EXPECT_EQ(plan.filters.size(), 1U);
}

// The launcher gets the listener over the lifeline.
TEST(PlanProgram, AnAskingFilterTakesThePlaceOfTheFirst) {
  Params params{.command = {"x"}};
  params.filters = {{{6, 0, 0, 0}}, {{6, 0, 0, 1}}};
  SpawnPlan plan = plan_program(params, "/bin/x", {.lifeline = 5}, false);
  EXPECT_EQ(plan.listener_socket, -1);
  params.asking_filter = {{6, 0, 0, 7}};
  plan = plan_program(params, "/bin/x", {.lifeline = 5}, false);
  EXPECT_EQ(plan.listener_socket, 5);
  ASSERT_EQ(plan.filters.size(), 2U);
  EXPECT_EQ(plan.filters[0][0].k, 7U);
  EXPECT_EQ(plan.filters[1][0].k, 1U);
}

TEST(PlanProgram, HasNoTerminalUnlessItIsAskedFor) {
  const SpawnPlan plan = plan_program(Params{.command = {"x"}}, "/bin/x", {}, false);
  EXPECT_TRUE(plan.ends_exit_on_signal);
  EXPECT_TRUE(plan.new_session);
  EXPECT_FALSE(plan.new_process_group);
  EXPECT_EQ(plan.controlling_terminal, -1);
  EXPECT_EQ(plan.foreground_terminal, -1);
}

TEST(PlanProgram, KeepsTheSessionOfATerminalThatIsKept) {
  const Params params{.command = {"x"}, .terminal = Terminal::kKept};
  const SpawnPlan plan = plan_program(params, "/bin/x", {.terminal = 9}, false);
  EXPECT_FALSE(plan.new_session);
  EXPECT_TRUE(plan.new_process_group);
  EXPECT_EQ(plan.controlling_terminal, -1);
  EXPECT_EQ(plan.foreground_terminal, 9);
  EXPECT_THAT(plan.fds, ElementsAre(FdPlacement{0, 0}, FdPlacement{1, 1}, FdPlacement{2, 2}));
}

TEST(PlanProgram, HasNothingOfTheCallersAtATerminalOfItsOwn) {
  const Params params{.command = {"x"}, .terminal = Terminal::kOwn};
  const SpawnPlan plan = plan_program(params, "/bin/x", {.terminal = 9}, false);
  EXPECT_TRUE(plan.new_session);
  EXPECT_FALSE(plan.new_process_group);
  EXPECT_EQ(plan.controlling_terminal, 9);
  EXPECT_EQ(plan.foreground_terminal, -1);
  EXPECT_THAT(plan.fds, ElementsAre(FdPlacement{9, 0}, FdPlacement{9, 1}, FdPlacement{9, 2}));
}

}  // namespace
}  // namespace kekkai
