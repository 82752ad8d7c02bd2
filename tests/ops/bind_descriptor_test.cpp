// bind of a descriptor that the launcher's caller handed in.
#include <kekkai/ops/ops.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai::ops {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::OpStage;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

class BindDescriptor : public ::testing::Test {
 protected:
  BindDescriptor() {
    UniqueFd file = k.openat2(Fd::cwd(), "/srv/data", Open::kPath, Resolve::kAnywhere, 0);
    file.set_label("descriptor 7");
    link_ = "/proc/self/fd/" + std::to_string(file.number());
    k.host(link_).link_to("/srv/data");
    stage.state.handed_in.emplace(7, std::move(file));
    k.clear_transcript();
  }
  OpStage stage;
  testing::ScriptedDispatcher& k = stage.k;
  const Bind bind_{.descriptor = 7, .target = "/data"};
  std::string link_;
};

TEST_F(BindDescriptor, ClonesTheFileFoundAgain) {
  stage.run(bind_);
  EXPECT_THAT(
      k.transcript(),
      ElementsAre("early:", "readlinkat " + link_,
                  "openat2 /srv/data O_PATH|O_NOFOLLOW NO_MAGICLINKS|NO_SYMLINKS",
                  "statx descriptor 7", "statx /srv/data", "open_tree /srv/data recursive",
                  "mount_setattr /srv/data ro|nosuid|nodev private recursive",
                  "apply:", "statx /srv/data",
                  "openat2 /data O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
                  "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /",
                  "mkdirat /data 0755", "openat2 /data O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH",
                  "move_mount /srv/data -> /data", "late:"));
}

// Somebody has moved it, and put something else in its place.
TEST_F(BindDescriptor, RefusesAnythingElseAtItsPath) {
  k.host("/srv/data").regular();
  k.host(link_).link_to("/srv/other");
  EXPECT_THAT([&] { stage.run(bind_); },
              ThrowsMessage<Refusal>(
                  "descriptor 7 leads to /srv/other, which cannot be found again by that name: "
                  "only a file or directory that has one can be bound"));
  EXPECT_THAT(k.steps(), Not(Contains(StartsWith("open_tree"))));
}

TEST_F(BindDescriptor, RefusesALinkAtItsPath) {
  k.host("/srv/link").link_to("data");
  k.host(link_).link_to("/srv/link");
  EXPECT_THAT([&] { stage.run(bind_); },
              ThrowsMessage<Refusal>(HasSubstr("cannot be found again")));
}

TEST_F(BindDescriptor, RefusesWhatHasNoPath) {
  k.host(link_).link_to("pipe:[4711]");
  EXPECT_THAT([&] { stage.run(bind_); },
              ThrowsMessage<Refusal>(StartsWith("descriptor 7 leads to pipe:[4711], which")));
}

TEST_F(BindDescriptor, HasNoUseForFlagsAboutAMissingSource) {
  const auto message = "a bind of a descriptor is neither optional nor does it ensure anything";
  EXPECT_THAT([] { Ops().bind({.descriptor = 7, .optional = true}); },
              ThrowsMessage<Refusal>(message));
  EXPECT_THAT([] { Ops().bind({.descriptor = 7, .ensure = true}); },
              ThrowsMessage<Refusal>(message));
  EXPECT_THAT([] { Ops().bind({.descriptor = -1}); },
              ThrowsMessage<Refusal>("a descriptor is 0 or more, and not -1"));
  EXPECT_NO_THROW(Ops().bind({.descriptor = 0, .target = "/data"}));
}

TEST_F(BindDescriptor, LeavesNoDescriptorBehind) {
  stage.run(bind_);
  stage.state = SetupState();
  EXPECT_THAT(k.open_descriptors(), IsEmpty());
  EXPECT_THAT(k.misuses(), IsEmpty());
}

}  // namespace
}  // namespace kekkai::ops
