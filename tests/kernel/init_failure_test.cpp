// The program that is to be init is missing, is no init, or is one of another version.
#include "box.h"

#include <kekkai/init/frame.h>
#include <kekkai/init/init.h>
#include <kekkai/init/status.h>

#include <sys/stat.h>
#include <sys/wait.h>

namespace kekkai::kernel_tests {
namespace {

using testing::HasSubstr;

class InitFailure : public KernelTest {
 protected:
  static Failure failure_with(const std::string& init) {
    Box box = bare_box();
    box.settings.init = {.path = init};
    const Failure failure = start_failure(std::move(box));
    EXPECT_EQ(failure.exit_code, kExitSetupFailed);
    EXPECT_EQ(failure.phase, Phase::kLaunch);
    return failure;
  }

  /// An init that says these bytes and ends.
  static Failure failure_of_init_that_says(const std::string& bytes) {
    const OwnedFd words = make_memory_file(bytes);
    Box box = bare_box();
    box.settings.init = {.path = probe_path()};
    box.settings.stdio = {words.get(), 1, 2};
    return start_failure(std::move(box));
  }

  const std::string not_understood_ =
      "cannot start init: what " + probe_path() + " says is not understood: ";
};

std::string frame_of_version(const std::string& version) {
  std::string frame = make_frame(encode(StatusMessage(Started{})));
  frame.replace(8, 24, version + std::string(24 - version.size(), '\0'));
  return frame;
}

TEST_F(InitFailure, IsMissing) {
  const Failure failure = failure_with("/no/such/kekkai-init");
  EXPECT_EQ(failure.message(),
            "cannot start init: open_tree /no/such/kekkai-init: No such file or directory");
}

TEST_F(InitFailure, IsNotExecutable) {
  const Scratch scratch;
  const std::string path = scratch.make_file("init", "text");
  EXPECT_EQ(failure_with(path).message(),
            "cannot start init: execveat " + path + ": Permission denied");
  ::chmod(path.c_str(), 0755);
  EXPECT_EQ(failure_with(path).message(),
            "cannot start init: execveat " + path + ": Exec format error");
}

TEST_F(InitFailure, IsADirectory) {
  EXPECT_EQ(failure_with("/usr").message(), "cannot start init: execveat /usr: Permission denied");
}

TEST_F(InitFailure, SaysNothing) {
  const Failure failure = failure_with("/bin/true");
  EXPECT_EQ(failure.message(), "cannot start init: /bin/true ended without a word");
  EXPECT_THAT(failure.hint, HasSubstr("Kekkai " KEKKAI_VERSION));
  EXPECT_EQ(failure_of_init_that_says("").message(),
            "cannot start init: " + probe_path() + " ended without a word");
}

TEST_F(InitFailure, IsOfAnotherVersion) {
  EXPECT_EQ(failure_of_init_that_says(frame_of_version("9.8.7")).message(),
            not_understood_ + "the other side is Kekkai 9.8.7, this is Kekkai " KEKKAI_VERSION);
  EXPECT_EQ(failure_of_init_that_says(frame_of_version("9.8.7").substr(0, 40)).message(),
            not_understood_ + "the other side is Kekkai 9.8.7, this is Kekkai " KEKKAI_VERSION);
}

TEST_F(InitFailure, SaysSomethingElse) {
  EXPECT_EQ(failure_of_init_that_says(std::string(1000, 'x')).message(),
            not_understood_ + "it is not a message of Kekkai");
  std::string huge = make_frame("");
  huge.replace(32, 8, std::string(8, '\xff'));
  EXPECT_EQ(failure_of_init_that_says(huge).message(),
            not_understood_ + "it announces too long a message");
  EXPECT_THAT(failure_of_init_that_says(make_frame("\x09")).message(),
              testing::StartsWith(not_understood_));
}

TEST_F(InitFailure, EndsInTheMiddleOfAMessage) {
  const std::string frame = make_frame(encode(StatusMessage(Started{})));
  for (const size_t length : {size_t{1}, size_t{39}, frame.size() - 1}) {
    EXPECT_EQ(failure_of_init_that_says(frame.substr(0, length)).message(),
              "cannot start init: " + probe_path() + " ended without a word")
        << length;
  }
}

// Somebody starts it by hand, or what started it was not Kekkai.
TEST_F(InitFailure, StartedByHandItSaysWhy) {
  const Pipe said = make_pipe();
  Helper child([&] {
    ::dup2(said.write.get(), 2);
    char name[] = "kekkai-init";
    char* argv[] = {name, nullptr};
    become_init_if_asked(argv);
    ADD_FAILURE() << "it returned";
  });
  const int status = child.wait();
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), kExitSetupFailed);
  EXPECT_EQ(read_line(said.read.get()),
            "kekkai-init: it must be started by Kekkai as pid 1 of a container");
}

}  // namespace
}  // namespace kekkai::kernel_tests
