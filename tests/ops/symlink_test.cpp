#include <kekkai/ops/refusal.h>
#include <kekkai/ops/symlink.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai::ops {
namespace {

using ::testing::ElementsAre;
using testing::OpStage;
using ::testing::ThrowsMessage;

TEST(Symlink, StoresItsTargetAsItIs) {
  for (const std::string target : {"usr/bin", "/usr/bin", "../..//x/", " "}) {
    OpStage stage;
    stage.run(Symlink{.path = "/bin", .target = target});
    EXPECT_THAT(
        stage.k.transcript(),
        ElementsAre("early:", "apply:", "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT",
                    "statx /", "symlinkat /bin -> " + target, "late:"));
  }
}

TEST(Symlink, MakesTheParentsThatAreMissing) {
  OpStage stage;
  stage.run(Symlink{.path = "/a/b", .target = "c"});
  EXPECT_THAT(stage.k.transcript(),
              ElementsAre("early:", "apply:",
                          "openat2 /a O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
                          "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /",
                          "mkdirat /a 0755", "openat2 /a O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH",
                          "statx /a", "symlinkat /a/b -> c", "late:"));
}

TEST(Symlink, IsContentWithTheSameLink) {
  OpStage stage;
  stage.enter_container();
  stage.k.container("/bin").link_to("usr/bin");
  EXPECT_NO_THROW(stage.run(Symlink{.path = "/bin", .target = "usr/bin"}));
}

TEST(Symlink, FailsWhereSomethingElseIs) {
  OpStage stage;
  stage.enter_container();
  stage.k.container("/bin").link_to("usr/bin");
  stage.k.container("/etc").directory();
  EXPECT_THAT([&] { stage.run(Symlink{.path = "/bin", .target = "/usr/bin"}); },
              ThrowsMessage<Refusal>("/bin exists already, and is not this link"));
  EXPECT_THAT([&] { stage.run(Symlink{.path = "/etc", .target = "usr/etc"}); },
              ThrowsMessage<Refusal>("/etc exists already, and is not this link"));
}

TEST(Symlink, DereferencesALinkOfTheHostEarly) {
  OpStage stage;
  stage.k.host("/etc/localtime").link_to("/usr/share/zoneinfo/Asia/Tokyo");
  stage.run(Symlink{.path = "/tz", .target = "/etc/localtime", .dereference = true});
  EXPECT_THAT(stage.k.transcript(),
              ElementsAre("early:", "readlinkat /etc/localtime",
                          "apply:", "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /",
                          "symlinkat /tz -> /usr/share/zoneinfo/Asia/Tokyo", "late:"));
}

TEST(Symlink, DereferencesNothingElse) {
  OpStage stage;
  stage.k.host("/etc/none").missing();
  const auto run = [&](const char* target) {
    stage.run(Symlink{.path = "/tz", .target = target, .dereference = true});
  };
  EXPECT_THAT([&] { run("/etc/none"); },
              ThrowsMessage<SyscallError>("readlinkat /etc/none: No such file or directory"));
  EXPECT_THAT([&] { run("/etc/hosts"); },
              ThrowsMessage<SyscallError>("readlinkat /etc/hosts: Invalid argument"));
  EXPECT_THAT([&] { run("etc/hosts"); },
              ThrowsMessage<PathError>("\"etc/hosts\" is not an absolute path"));
}

}  // namespace
}  // namespace kekkai::ops
