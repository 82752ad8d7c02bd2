// What the program inherits, and what it does not: environment, directory, signals, limits.
#include "box.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace kekkai::kernel_tests {
namespace {

using testing::ElementsAre;

class Program : public KernelTest {};

/// Something of this process that is put back at the end of a test.
class Disposition {
 public:
  Disposition(int signo, void (*handler)(int)) : signo_(signo) {
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigaction(signo, &action, &before_);
  }
  Disposition(const Disposition&) = delete;
  Disposition& operator=(const Disposition&) = delete;
  ~Disposition() { ::sigaction(signo_, &before_, nullptr); }

 private:
  int signo_;
  struct sigaction before_ {};
};

std::string mask_of(std::initializer_list<int> signals) {
  uint64_t mask = 0;
  for (const int signo : signals) mask |= uint64_t{1} << (signo - 1);
  char text[17];
  ::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(mask));
  return text;
}

TEST_F(Program, EnvironmentIsExactlyTheOneDescribed) {
  ::setenv("KEKKAI_TEST_SECRET", "of the caller", 1);
  Box box = bare_box();
  box.params().env = {"A=1",        "EMPTY=",         "A=2", "no equals sign", "=",
                      "LINES=a\nb", "UMLAUT=\xc3\xa4"};
  EXPECT_THAT(
      probe(std::move(box), {"environment"}).all("env"),
      ElementsAre("A=1", "EMPTY=", "A=2", "no equals sign", "=", "LINES=a\\nb", "UMLAUT=\xc3\xa4"));
  ::unsetenv("KEKKAI_TEST_SECRET");
}

TEST_F(Program, EnvironmentMayBeEmpty) {
  EXPECT_THAT(probe(bare_box(), {"environment"}).all("env"), ElementsAre());
}

TEST_F(Program, ArgumentsArriveAsTheyAre) {
  Box box = bare_box();
  box.params().command = {"/probe", "process", "", "--option", "a b", "\n", "*"};
  EXPECT_EQ(run(std::move(box)).seen["cmdline"],
            std::string("/probe\\0process\\0\\0--option\\0a b\\0\\n\\0*\\0"));
}

TEST_F(Program, IsFoundInItsOwnPath) {
  Box box = bare_box();
  box.params().env = {"PATH=/nowhere:/probe:/tmp:/"};
  box.params().command = {"probe", "process"};
  const Seen seen = run(std::move(box)).seen;
  EXPECT_EQ(seen["comm"], "probe\\n");
  EXPECT_THAT(seen["cmdline"], testing::StartsWith("probe\\0process"));
}

TEST_F(Program, ProcessesAreInitAndTheProgram) {
  const Seen seen = probe(bare_box(), {"process"});
  EXPECT_EQ(seen["ppid"], "1");
  EXPECT_EQ(seen["pids"], "1 " + seen["pid"]);
  EXPECT_LT(std::stoi(seen["pid"]), 10) << "the pid namespace is new";
  EXPECT_EQ(seen["init.comm"], "kekkai-init\\n");
}

TEST_F(Program, LeadsASessionOfItsOwn) {
  const Seen seen = probe(bare_box(), {"process"});
  EXPECT_EQ(seen["sid"], seen["pid"]);
  EXPECT_EQ(seen["pgid"], seen["pid"]);
}

TEST_F(Program, StartsInTheRoot) { EXPECT_EQ(probe(bare_box(), {"process"})["cwd"], "/"); }

TEST_F(Program, StartsInTheFirstDirectoryThatExists) {
  Box box = bare_box();
  box.ops().mkdir({.path = "/second/third"});
  box.params().working_directories = {"/first", "/probe", "/second/third", "/tmp"};
  EXPECT_EQ(probe(std::move(box), {"process"})["cwd"], "/second/third");
}

TEST_F(Program, StartsInADirectoryBehindALink) {
  Box box = bare_box();
  box.ops().mkdir({.path = "/real"}).symlink({.path = "/link", .target = "real"});
  box.params().working_directories = {"/link"};
  EXPECT_EQ(probe(std::move(box), {"process"})["cwd"], "/real");
}

// CVE-2024-21626: a descriptor of init's as the way out.
TEST_F(Program, StartsInNoDescriptorOfInits) {
  for (int fd = 0; fd < 24; ++fd) {
    Box box = bare_box();
    box.params().working_directories = {"/proc/self/fd/" + std::to_string(fd), "/dev/fd/7",
                                        "/proc/self/cwd", "/proc/1/root", "/tmp"};
    EXPECT_EQ(probe(std::move(box), {"process"})["cwd"], "/tmp") << fd;
  }
}

TEST_F(Program, StartsInNoDescriptorEvenIfItIsAnExtraFile) {
  const Scratch scratch;
  const OwnedFd directory(::open(scratch.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  Box box = bare_box();
  box.settings.extra_files = {{directory.get(), 7}};
  box.params().working_directories = {"/proc/self/fd/7"};
  const Failure failure = start_failure(std::move(box));
  EXPECT_EQ(failure.phase, Phase::kExecute);
  EXPECT_EQ(failure.message(),
            "cannot start the program: openat2 /proc/self/fd/7: Too many levels of symbolic links");
}

class Umask : public KernelTest, public testing::WithParamInterface<mode_t> {};

TEST_P(Umask, IsTheCallersAgain) {
  const mode_t before = ::umask(GetParam());
  const Seen seen = probe(bare_box(), {"process"});
  EXPECT_EQ(::umask(before), GetParam()) << "the caller's own has changed";
  char expected[8];
  ::snprintf(expected, sizeof expected, "%03o", GetParam());
  EXPECT_EQ(seen["umask"], expected);
}

INSTANTIATE_TEST_SUITE_P(Masks, Umask, testing::Values(0, 022, 077, 0777));

TEST_F(Program, SignalMaskIsEmpty) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const Seen seen = probe(bare_box(), {"status"});
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, &before, &after);
  EXPECT_EQ(seen["status.SigBlk"], mask_of({}));
  EXPECT_TRUE(::sigismember(&after, SIGUSR1)) << "the caller's own has changed";
}

TEST_F(Program, IgnoredSignalsAreNotInherited) {
  const Disposition interrupt(SIGINT, SIG_IGN), child(SIGCHLD, SIG_IGN), pipe(SIGPIPE, SIG_IGN);
  const Disposition quit(SIGQUIT, SIG_IGN), realtime(SIGRTMAX, SIG_IGN);
  const Seen seen = probe(bare_box(), {"status"});
  EXPECT_EQ(seen["status.SigIgn"], mask_of({}));
  EXPECT_EQ(seen["status.SigCgt"], mask_of({}));
}

TEST_F(Program, IgnoredHangupStaysIgnored) {
  const Disposition hangup(SIGHUP, SIG_IGN);
  EXPECT_EQ(probe(bare_box(), {"status"})["status.SigIgn"], mask_of({SIGHUP}));
}

TEST_F(Program, HangupIsNotIgnoredOtherwise) {
  const Disposition hangup(SIGHUP, SIG_DFL);
  EXPECT_EQ(probe(bare_box(), {"status"})["status.SigIgn"], mask_of({}));
}

TEST_F(Program, HandlersAreNotInherited) {
  const auto nothing = [](int) {};
  const Disposition user(SIGUSR1, nothing), hangup(SIGHUP, nothing), child(SIGCHLD, nothing);
  const Seen seen = probe(bare_box(), {"status"});
  EXPECT_EQ(seen["status.SigCgt"], mask_of({}));
  EXPECT_EQ(seen["status.SigIgn"], mask_of({}));
}

TEST_F(Program, LimitsAreTheCallers) {
  in_child([] {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = 321;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const rlimit stack{4 << 20, 8 << 20};
    ::setrlimit(RLIMIT_STACK, &stack);
    const rlimit size{1 << 30, 1 << 30};
    ::setrlimit(RLIMIT_FSIZE, &size);
    const Seen seen = probe(bare_box(), {"limits"});
    for (int resource = 0; resource < static_cast<int>(RLIMIT_NLIMITS); ++resource) {
      rlimit limit{};
      ::getrlimit(static_cast<__rlimit_resource>(resource), &limit);
      EXPECT_EQ(seen["limit." + std::to_string(resource)],
                std::to_string(limit.rlim_cur) + " " + std::to_string(limit.rlim_max))
          << "resource " << resource;
    }
  });
}

}  // namespace
}  // namespace kekkai::kernel_tests
