// Rules in words.
#include <kekkai/seccomp-presets/describe.h>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/ioctl.h>

namespace kekkai::seccomp {
namespace {

TEST(Describe, AnswersByTheirNames) {
  EXPECT_EQ(describe(kAllow), "allow");
  EXPECT_EQ(describe(refuse_with(EPERM)), "EPERM");
  EXPECT_EQ(describe(refuse_with(4000)), "errno 4000");
  EXPECT_EQ(describe(Answer{Action::kLog}), "log");
  EXPECT_EQ(describe(Answer{Action::kTrap}), "trap");
  EXPECT_EQ(describe(Answer{Action::kKillThread}), "kill thread");
  EXPECT_EQ(describe(Answer{Action::kKillProcess}), "kill process");
  EXPECT_EQ(describe(Answer{Action::kNotify}), "notify");
}

TEST(Describe, ConditionsWithTheNamesOfTheirCall) {
  EXPECT_EQ(describe(masked(1, kLow32, TIOCSTI), "ioctl"), "argument 1 & 0xffffffff == TIOCSTI");
  EXPECT_EQ(describe(masked(1, kLow32, TIOCSTI), "fcntl"), "argument 1 & 0xffffffff == 0x5412");
  EXPECT_EQ(describe(masked(0, kLow32, 1), "socket"), "argument 0 & 0xffffffff == AF_UNIX");
  EXPECT_EQ(describe(masked(0, kLow32, 99), "socket"), "argument 0 & 0xffffffff == 99");
  EXPECT_EQ(describe(masked(0, kLow32, 2), "socketcall"), "argument 0 & 0xffffffff == 2 (bind)");
  EXPECT_EQ(describe({0, Comparison::kEqual, 22}, "ipc"), "argument 0 == 22 (shmdt)");
  EXPECT_EQ(describe({0, Comparison::kNotEqual, 8}, "personality"), "argument 0 != PER_LINUX32");
}

TEST(Describe, FlagsOneByOne) {
  const uint64_t two = CLONE_NEWNS | CLONE_NEWUSER;
  EXPECT_EQ(describe(masked(0, CLONE_NEWUSER, CLONE_NEWUSER), "clone"),
            "argument 0 has CLONE_NEWUSER");
  EXPECT_EQ(describe(masked(0, two, two), "clone"),
            "argument 0 has all of CLONE_NEWNS|CLONE_NEWUSER");
  EXPECT_EQ(describe(masked(0, two, 0), "clone"), "argument 0 & (CLONE_NEWNS|CLONE_NEWUSER) == 0");
  EXPECT_EQ(describe(masked(0, 1, 1), "clone"), "argument 0 has 0x1");
  EXPECT_EQ(describe(masked(2, 0x30, 0x10), "openat"), "argument 2 & 0x30 == 0x10");
}

TEST(Describe, EveryComparison) {
  const auto text = [](Comparison comparison) { return describe({3, comparison, 7}, "read"); };
  EXPECT_EQ(text(Comparison::kEqual), "argument 3 == 7");
  EXPECT_EQ(text(Comparison::kNotEqual), "argument 3 != 7");
  EXPECT_EQ(text(Comparison::kLess), "argument 3 < 7");
  EXPECT_EQ(text(Comparison::kLessOrEqual), "argument 3 <= 7");
  EXPECT_EQ(text(Comparison::kGreater), "argument 3 > 7");
  EXPECT_EQ(text(Comparison::kGreaterOrEqual), "argument 3 >= 7");
}

TEST(Describe, SeveralConditionsTogether) {
  const std::vector<ArgCondition> both{{0, Comparison::kEqual, 1}, {1, Comparison::kLess, 4096}};
  EXPECT_EQ(describe(both, "read"), "argument 0 == 1 and argument 1 < 0x1000");
  EXPECT_EQ(describe(std::span<const ArgCondition>{}, "read"), "");
}

}  // namespace
}  // namespace kekkai::seccomp
