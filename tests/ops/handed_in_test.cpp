// Ops that use up a descriptor of the launcher's process: hold, wait, and file.
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
using ::testing::IsEmpty;
using testing::OpStage;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

class HandedIn : public ::testing::Test {
 protected:
  void hand_in(int number, const std::string& content) {
    const std::string label = "descriptor " + std::to_string(number);
    k.inherit(number, label, content);
    stage.state.handed_in.emplace(number, UniqueFd(number, label, k));
  }
  OpStage stage;
  testing::ScriptedDispatcher& k = stage.k;
};

TEST_F(HandedIn, AreListedForTheLauncher) {
  Ops ops;
  ops.wait({.descriptor = 9}).hold({.descriptor = 7}).file({.path = "/f", .descriptor = 8});
  EXPECT_THAT(ops.descriptors(), ElementsAre(7, 8, 9));
  EXPECT_EQ(ops[0].describe(), "wait for descriptor 9");
  EXPECT_EQ(ops[1].describe(), "hold descriptor 7");
  EXPECT_EQ(ops[2].describe(), "file /f from descriptor 8");
}

TEST_F(HandedIn, CannotBeNegative) {
  const auto refused = ThrowsMessage<Refusal>("a descriptor is 0 or more, and not -1");
  EXPECT_THAT([] { Ops().wait({}); }, refused);
  EXPECT_THAT([] { Ops().hold({}); }, refused);
  EXPECT_THAT([] { Ops().file({.path = "/f", .descriptor = -1}); }, refused);
}

TEST_F(HandedIn, AreForOneOpAlone) {
  for (const int number : {7, 8}) hand_in(number, "");
  Hold hold{.descriptor = 7};
  stage.early(hold);
  const auto refused =
      ThrowsMessage<Refusal>("descriptor 7 was used up by an earlier op: pass one for each");
  Wait wait{.descriptor = 7};
  EXPECT_THAT([&] { stage.early(wait); }, refused);
  Bind bind{.descriptor = 7, .target = "/b"};
  EXPECT_THAT([&] { stage.early(bind); }, refused);
  wait.descriptor = 8;
  EXPECT_NO_THROW(stage.early(wait));
}

TEST_F(HandedIn, IsHeld) {
  hand_in(7, "");
  stage.run(Hold{.descriptor = 7});
  EXPECT_THAT(k.steps(), IsEmpty());
  ASSERT_THAT(stage.state.held, SizeIs(1));
  EXPECT_EQ(stage.state.held[0].number(), 7);
}

TEST_F(HandedIn, IsWaitedForInLate) {
  hand_in(9, "go");
  stage.run(Wait{.descriptor = 9});
  EXPECT_THAT(k.transcript(), ElementsAre("early:", "apply:", "late:", "read descriptor 9"));
  EXPECT_FALSE(k.is_open(9));
}

TEST_F(HandedIn, IsWaitedForUntilItEnds) {
  k.inherit(9, "descriptor 9");
  stage.state.handed_in.emplace(9, UniqueFd(9, "descriptor 9", k));
  k.when_idle([&] { k.hang_up("descriptor 9"); });
  EXPECT_NO_THROW(stage.run(Wait{.descriptor = 9}));
}

// Once more where a signal has ended the wait, or somebody else was faster.
TEST_F(HandedIn, IsWaitedForWhereItDoesNotBlock) {
  hand_in(9, "");
  k.fail_call("read descriptor 9", EAGAIN, 2);
  stage.run(Wait{.descriptor = 9});
  EXPECT_THAT(k.transcript(), ElementsAre("early:", "apply:", "late:", "read descriptor 9 = EAGAIN",
                                          "poll descriptor 9", "read descriptor 9 = EAGAIN",
                                          "poll descriptor 9", "read descriptor 9"));
}

TEST_F(HandedIn, IsCopiedIntoAFile) {
  const std::string text(100'000, 'x');
  hand_in(8, text);
  stage.run(File{.path = "/f", .mode = 0600, .writable = true, .descriptor = 8});
  EXPECT_EQ(k.written("intermediate root/content-0"), text);
  EXPECT_THAT(k.transcript(), Contains("read descriptor 8").Times(3)) << "piece by piece";
  EXPECT_THAT(k.transcript(), Contains("fchmod intermediate root/content-0 0600"));
  EXPECT_FALSE(k.is_open(8));
}

TEST_F(HandedIn, ContentIsNotGivenTwice) {
  EXPECT_THAT([] { Ops().file({.path = "/f", .content = "x", .descriptor = 8}); },
              ThrowsMessage<Refusal>(
                  "a file has its content from a descriptor, or is given it, but not both"));
}

TEST_F(HandedIn, FailsWhereItCannotBeRead) {
  hand_in(8, "text");
  k.fail_call("read descriptor 8", EIO);
  EXPECT_THAT([&] { stage.run(File{.path = "/f", .descriptor = 8}); },
              ThrowsMessage<SyscallError>("read descriptor 8: Input/output error"));
}

}  // namespace
}  // namespace kekkai::ops
