// The program's descriptors are 0 to 2 and the extra files, at their places.
#include "box.h"

#include <fcntl.h>
#include <sys/stat.h>

namespace kekkai::kernel_tests {
namespace {

class Descriptors : public KernelTest {};

/// A descriptor of ours at a number of our choice.
OwnedFd at_number(const OwnedFd& fd, int number) {
  EXPECT_EQ(::fcntl(number, F_GETFD), -1) << number << " is in use";
  return OwnedFd(::dup2(fd.get(), number));
}

TEST_F(Descriptors, AreThreeWhateverTheCallerHasOpen) {
  const OwnedFd file = make_memory_file("secret");
  std::vector<OwnedFd> inheritable;
  for (const int number : {30, 31, 100, 900}) inheritable.push_back(at_number(file, number));
  EXPECT_EQ(probe(bare_box(), {"descriptors"})["fds"], "0 1 2");
}

TEST_F(Descriptors, AreTheOnesOfTheDescription) {
  const OwnedFd in = make_memory_file("in"), err = make_memory_file();
  Box box = bare_box();
  box.steps({"read-descriptor", "0", "--", "descriptors"});
  const OwnedFd out = make_memory_file();
  box.settings.stdio = {in.get(), out.get(), err.get()};
  Container container(kernel(), std::move(box.settings));
  container.start();
  EXPECT_EQ(container.wait().code(), 0);
  const Seen seen(text_of(out));
  EXPECT_THAT(seen.all("fd.0"), testing::Contains("in"));
  EXPECT_EQ(text_of(err), "");
}

// Their numbers here are the others' numbers there.
TEST_F(Descriptors, StdioMayBeExchanged) {
  in_child([] {
    const OwnedFd zero = make_memory_file("zero"), one = make_memory_file("one");
    const OwnedFd out = make_memory_file();
    ::dup2(zero.get(), 0);
    ::dup2(out.get(), 2);
    const OwnedFd real_stdout(::fcntl(1, F_DUPFD_CLOEXEC, 10));
    ::fflush(stdout);
    ::dup2(one.get(), 1);
    Box box = bare_box();
    box.steps({"read-descriptor", "0", "--", "read-descriptor", "2"});
    box.settings.stdio = {1, 2, 0};
    Container container(kernel(), std::move(box.settings));
    container.start();
    const ExitStatus status = container.wait();
    ::dup2(real_stdout.get(), 1);
    EXPECT_EQ(status.code(), 0);
    const Seen seen(text_of(out));
    EXPECT_EQ(seen["fd.0"], "one");
    EXPECT_EQ(seen["fd.2"], "zero");
  });
}

TEST_F(Descriptors, ClosedOnesBecomeDevNull) {
  Box box = bare_box();
  const OwnedFd out = make_memory_file();
  box.steps({"descriptors"}).settings.stdio = {-1, out.get(), 987};
  Container container(kernel(), std::move(box.settings));
  container.start();
  EXPECT_EQ(container.wait().code(), 0);
  const Seen seen(text_of(out));
  EXPECT_EQ(seen["fds"], "0 1 2");
  EXPECT_EQ(seen["fd.0"], "/dev/null");
  EXPECT_EQ(seen["fd.2"], "/dev/null");
}

// As many embedders and cron jobs are: without any.
TEST_F(Descriptors, CallerMayHaveNoneOfTheThree) {
  in_child([] {
    const OwnedFd keep(::fcntl(1, F_DUPFD_CLOEXEC, 50));
    const OwnedFd made = make_memory_file();
    const OwnedFd out(::fcntl(made.get(), F_DUPFD_CLOEXEC, 60));
    ::fflush(stdout);
    for (const int fd : {0, 1, 2}) ::close(fd);
    Box box = bare_box();
    box.steps({"write", "/proc/self/fd/9", "x", "--", "descriptors"});
    box.settings.stdio = {0, out.get(), 2};
    box.settings.extra_files = {{out.get(), 9}};
    std::string failure;
    std::string output;
    try {
      Container container(kernel(), std::move(box.settings));
      container.start();
      container.wait();
      output = text_of(out);
    } catch (const std::exception& e) {
      failure = e.what();
    }
    const bool still_closed =
        ::fcntl(0, F_GETFD) < 0 && ::fcntl(1, F_GETFD) < 0 && ::fcntl(2, F_GETFD) < 0;
    for (const int fd : {0, 1, 2}) ::dup2(keep.get(), fd);
    EXPECT_EQ(failure, "");
    EXPECT_TRUE(still_closed);
    EXPECT_EQ(Seen(output)["fds"], "0 1 2 9");
    EXPECT_EQ(Seen(output)["fd.0"], "/dev/null");
  });
}

TEST_F(Descriptors, ExtraFilesAreAtTheirTargets) {
  const OwnedFd a = make_memory_file("a"), b = make_memory_file("b"), c = make_memory_file("c");
  Box box = bare_box();
  box.settings.extra_files = {{a.get(), 500}, {b.get(), 3}, {c.get(), 7}};
  const Seen seen = probe(std::move(box), {"descriptors", "--", "read-descriptor", "500", "--",
                                           "read-descriptor", "3", "--", "read-descriptor", "7"});
  EXPECT_EQ(seen["fds"], "0 1 2 3 500 7");
  EXPECT_EQ(seen["fd.500"], "a");
  EXPECT_EQ(seen["fd.3"], "b");
  EXPECT_EQ(seen["fd.7"], "c");
}

TEST_F(Descriptors, OneSourceMayHaveSeveralTargets) {
  const OwnedFd a = make_memory_file("a");
  Box box = bare_box();
  box.settings.extra_files = {{a.get(), 3}, {a.get(), 4}};
  const Seen seen = probe(std::move(box), {"read-descriptor", "3", "--", "read-descriptor", "4"});
  EXPECT_EQ(seen["fd.3"], "a");
  EXPECT_EQ(seen["fd.4"], "a");
}

// In the launcher: each source's number is another one's target.
TEST_F(Descriptors, SourcesMayCollideWithTargets) {
  const OwnedFd a = make_memory_file("a"), b = make_memory_file("b"), c = make_memory_file("c");
  const OwnedFd at_a = at_number(a, 40), at_b = at_number(b, 41), at_c = at_number(c, 42);
  Box box = bare_box();
  box.settings.extra_files = {{40, 41}, {41, 42}, {42, 40}};
  const Seen seen = probe(std::move(box), {"descriptors", "--", "read-descriptor", "40", "--",
                                           "read-descriptor", "41", "--", "read-descriptor", "42"});
  EXPECT_EQ(seen["fds"], "0 1 2 40 41 42");
  EXPECT_EQ(seen["fd.41"], "a");
  EXPECT_EQ(seen["fd.42"], "b");
  EXPECT_EQ(seen["fd.40"], "c");
}

// In init: targets are where its streams and the other extra files are.
TEST_F(Descriptors, TargetsMayBeWhereInitHasItsOwn) {
  constexpr int kMany = 24;
  std::vector<OwnedFd> files;
  Box box = bare_box();
  std::vector<std::string> steps{"descriptors"};
  for (int i = 0; i < kMany; ++i) {
    files.push_back(make_memory_file("file " + std::to_string(i)));
    const int target = 3 + (i + 5) % kMany;  // never its place in init, 7 + i
    box.settings.extra_files.push_back({files.back().get(), target});
    steps.insert(steps.end(), {"--", "read-descriptor", std::to_string(target)});
  }
  const Seen seen = probe(std::move(box), steps);
  for (int i = 0; i < kMany; ++i) {
    const int target = 3 + (i + 5) % kMany;
    EXPECT_THAT(seen.all("fd." + std::to_string(target)),
                testing::Contains("file " + std::to_string(i)));
  }
}

TEST_F(Descriptors, ClosedExtraFileIsAnError) {
  Box box = bare_box();
  box.settings.extra_files = {{987, 5}};
  const Failure failure = start_failure(std::move(box));
  EXPECT_EQ(failure.error, EBADF);
  EXPECT_EQ(failure.exit_code, kExitSetupFailed);
}

TEST_F(Descriptors, ThoseOfTheCallerAreUntouched) {
  const OwnedFd file = make_memory_file("a");
  ASSERT_EQ(::fcntl(file.get(), F_SETFD, 0), 0);
  const auto before = open_descriptors();
  Box box = bare_box();
  box.settings.extra_files = {{file.get(), 5}};
  probe(std::move(box), {});
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(::fcntl(file.get(), F_GETFD), 0);
  EXPECT_EQ(::fcntl(0, F_GETFL) & O_NONBLOCK, 0);
}

}  // namespace
}  // namespace kekkai::kernel_tests
