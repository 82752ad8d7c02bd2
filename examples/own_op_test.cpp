// An op of one's own, tested without a kernel: it runs on a double that writes a transcript.
#include "single_user.h"

#include <kekkai/testing/op_stage.h>

#include <gmock/gmock.h>

namespace example {
namespace {

TEST(SingleUser, MountsAPasswdOfOneLine) {
  kekkai::testing::OpStage stage;
  stage.run(SingleUser{.name = "alice", .id = 1000, .home = "/home/alice"});
  EXPECT_EQ(stage.k.written("intermediate root/content-0"),
            "alice:x:1000:1000::/home/alice:/bin/sh\n");
  EXPECT_THAT(stage.k.transcript(), testing::Contains("move_mount content -> /etc/passwd"));
}

TEST(SingleUser, FailsWhereItCannotBeMounted) {
  kekkai::testing::OpStage stage;
  stage.k.fail_call("move_mount content -> /etc/passwd", EPERM);
  EXPECT_THROW(stage.run(SingleUser{.name = "alice"}), kekkai::SyscallError);
}

}  // namespace
}  // namespace example
