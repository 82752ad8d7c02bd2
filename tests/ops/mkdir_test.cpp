#include <kekkai/ops/mkdir.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/op_stage.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai::ops {
namespace {

using ::testing::ElementsAre;
using testing::OpStage;
using ::testing::ThrowsMessage;

TEST(Mkdir, MakesTheDirectoryWithItsModeAndParentsWithTheirs) {
  OpStage stage;
  stage.state.parent_mode = 0711;
  stage.run(Mkdir{.path = "/run/user", .mode = 0700});
  EXPECT_THAT(
      stage.k.transcript(),
      ElementsAre(
          "early:", "apply:", "openat2 /run/user O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
          "openat2 /run O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
          "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /", "mkdirat /run 0711",
          "openat2 /run O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH", "statx /run",
          "mkdirat /run/user 0700", "openat2 /run/user O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH",
          "late:"));
}

TEST(Mkdir, LeavesAnExistingDirectoryAsItIs) {
  OpStage stage;
  stage.enter_container();
  stage.k.container("/tmp").directory(0700);
  stage.run(Mkdir{.path = "/tmp", .mode = 01777});
  EXPECT_THAT(stage.k.transcript(),
              ElementsAre("early:", "apply:",
                          "openat2 /tmp O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "late:"));
}

TEST(Mkdir, RefusesAModeThatTheKernelWouldChange) {
  EXPECT_NO_THROW((Mkdir{.path = "/d", .mode = 01777}.check()));
  for (const uint32_t mode : {02755U, 04755U, 012000U}) {
    EXPECT_THAT([&] { (Mkdir{.path = "/d", .mode = mode}.check()); },
                ThrowsMessage<Refusal>(::testing::StartsWith(
                    "the mode of a new directory is at most 1777 in octal, and not ")));
  }
}

TEST(Mkdir, AcceptsTheRoot) {
  OpStage stage;
  EXPECT_NO_THROW(stage.run(Mkdir{.path = "/"}));
}

TEST(Mkdir, FailsWhereAFileIs) {
  OpStage stage;
  stage.enter_container();
  stage.k.container("/tmp").regular();
  EXPECT_THAT([&] { stage.run(Mkdir{.path = "/tmp"}); },
              ThrowsMessage<SyscallError>("openat2 /tmp: Not a directory"));
  EXPECT_THAT([&] { stage.run(Mkdir{.path = "/tmp/below"}); },
              ThrowsMessage<SyscallError>("openat2 /tmp/below: Not a directory"));
}

}  // namespace
}  // namespace kekkai::ops
