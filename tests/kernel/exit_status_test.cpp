// How the program's end is told, and how it is told that there was nothing to execute.
#include "box.h"

#include <signal.h>
#include <sys/stat.h>

#include <array>

namespace kekkai::kernel_tests {
namespace {

class ExitStatusOf : public KernelTest {};

// A root with the probe and nothing else, for many starts.
Box smallest_box() {
  Box box;
  box.settings.init.self = true;
  box.probe = "/probe";
  box.ops().bind({.source = probe_path(), .target = "/probe"});
  return box;
}

ExitStatus end_of(std::vector<std::string> steps) {
  return run(smallest_box().steps(std::move(steps))).status;
}

TEST_F(ExitStatusOf, ExitIsItsCode) {
  for (int code = 0; code < 256; ++code) {
    const ExitStatus end = end_of({"exit", std::to_string(code)});
    EXPECT_EQ(end, (ExitStatus{false, code}));
    EXPECT_EQ(end.code(), code);
  }
}

TEST_F(ExitStatusOf, SignalIsItsNumberAnd128) {
  for (const int signo : {SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGABRT, SIGFPE, SIGKILL, SIGSEGV,
                          SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGSYS, 34, 64}) {
    const ExitStatus end = end_of({"die", std::to_string(signo)});
    EXPECT_EQ(end, (ExitStatus{true, signo}));
    EXPECT_EQ(end.code(), 128 + signo);
  }
}

// What the commands of a script are run for.
TEST_F(ExitStatusOf, ShellOnTheHostsTree) {
  Box box = full_box();
  box.params().command = {"/bin/sh", "-c", "echo \"$0 $1\"; exit 7", "hello", "world"};
  const Outcome outcome = run(std::move(box));
  EXPECT_EQ(outcome.output, "hello world\n");
  EXPECT_EQ(outcome.status.code(), 7);
}

struct Unexecutable {
  const char* name;
  std::vector<std::string> command;
  int exit_code;
  const char* message;
};

class Executing : public KernelTest, public testing::WithParamInterface<Unexecutable> {};

TEST_P(Executing, FailsInTheUsersWords) {
  Box box = bare_box();
  box.ops()
      .mkdir({.path = "/directory"})
      .file({.path = "/text", .content = "just text\n", .mode = 0644})
      .file({.path = "/empty", .content = "", .mode = 0755})
      .file({.path = "/garbage", .content = std::string("\0\1\2\3 garbage", 12), .mode = 0755})
      .file({.path = "/script", .content = "#!/no/such/interpreter -x\n", .mode = 0755})
      .file({.path = "/nested", .content = "#! /directory\n", .mode = 0755})
      .file({.path = "/bin/tool", .content = "not executable", .mode = 0644})
      .symlink({.path = "/dangling", .target = "/nowhere"})
      .symlink({.path = "/loop", .target = "loop"});
  box.params().env = {"PATH=/bin:/usr/bin"};
  box.params().command = GetParam().command;
  const Failure failure = start_failure(std::move(box));
  EXPECT_EQ(failure.message(), GetParam().message);
  EXPECT_EQ(failure.exit_code, GetParam().exit_code);
  EXPECT_EQ(failure.phase, Phase::kExecute);
}

const std::array kUnexecutable{
    Unexecutable{"Missing",
                 {"/no/such/program"},
                 127,
                 "cannot execute /no/such/program: No such file or directory"},
    Unexecutable{"MissingInPath",
                 {"no-such-program"},
                 127,
                 "cannot execute no-such-program: there is no such program in PATH=/bin:/usr/bin"},
    Unexecutable{
        "BelowAFile", {"/text/program"}, 127, "cannot execute /text/program: Not a directory"},
    Unexecutable{
        "Dangling", {"/dangling"}, 127, "cannot execute /dangling: No such file or directory"},
    Unexecutable{"Empty", {""}, 127, "cannot execute \"\": the name of the program is empty"},
    Unexecutable{"NotExecutable", {"/text"}, 126, "cannot execute /text: Permission denied"},
    Unexecutable{"NotExecutableInPath", {"tool"}, 126, "cannot execute tool: Permission denied"},
    Unexecutable{"Directory", {"/directory"}, 126, "cannot execute /directory: Permission denied"},
    Unexecutable{"Loop", {"/loop"}, 126, "cannot execute /loop: Too many levels of symbolic links"},
    Unexecutable{"NoProgram", {"/garbage"}, 126, "cannot execute /garbage: Exec format error"},
    Unexecutable{"EmptyFile", {"/empty"}, 126, "cannot execute /empty: Exec format error"},
    Unexecutable{"Interpreter",
                 {"/script"},
                 126,
                 "cannot execute /script: its interpreter /no/such/interpreter does not exist in "
                 "the container"},
    Unexecutable{
        "InterpreterIsADirectory", {"/nested"}, 126, "cannot execute /nested: Permission denied"},
};

INSTANTIATE_TEST_SUITE_P(Programs, Executing, testing::ValuesIn(kUnexecutable),
                         [](const auto& i) { return std::string(i.param.name); });

TEST_F(ExitStatusOf, TooLongAnArgumentIs126) {
  Box box = bare_box();
  box.steps({"exit", std::string(200'000, 'x')});
  const Failure failure = start_failure(std::move(box));
  EXPECT_EQ(failure.exit_code, kExitNotExecutable);
  EXPECT_EQ(failure.message(), "cannot execute /probe: Argument list too long");
  EXPECT_NE(failure.hint, "");
}

TEST_F(ExitStatusOf, TooManyVariablesAre126) {
  Box box = bare_box();
  box.params().env.assign(100, std::string(100'000, 'x'));
  const Failure failure = start_failure(std::move(box));
  EXPECT_EQ(failure.exit_code, kExitNotExecutable);
  EXPECT_EQ(failure.message(), "cannot execute /probe: Argument list too long");
}

// A dynamic program in a root without a loader.
TEST_F(ExitStatusOf, MissingLoaderIs126) {
  Box box = bare_box();
  box.ops().bind({.source = "/bin/true", .target = "/true"});
  box.params().command = {"/true"};
  const Failure failure = start_failure(std::move(box));
  EXPECT_EQ(failure.exit_code, kExitNotExecutable);
  EXPECT_EQ(failure.message(),
            "cannot execute /true: the loader that it needs does not exist in the container");
}

TEST_F(ExitStatusOf, NoCommandIsAnError) {
  Box box = bare_box();
  box.params().command = {};
  EXPECT_EQ(start_failure(std::move(box)).exit_code, kExitSetupFailed);
}

}  // namespace
}  // namespace kekkai::kernel_tests
