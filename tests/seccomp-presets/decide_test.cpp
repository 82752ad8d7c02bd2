// Who decides, as decide() tells it; and the filter that stands alone for a terminal.
#include "filter_under_test.h"

#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

namespace kekkai::seccomp {
namespace {

using testing::kAllowed;
using testing::refused;

const Policy kPolicy{.rules = {{"write", refuse_with(EIO), {masked(0, kLow32, 1)}, "first", "a"},
                               {"write", kAllow, {masked(0, kLow32, 2)}, "second", "b"},
                               {"1000", refuse_with(EACCES), {}, "third", "c"}},
                     .otherwise = {Action::kLog, 0},
                     .unclassified = refuse_with(ENOSYS)};

TEST(Decide, TellsTheRule) {
  const Decision first = decide(kPolicy, native_call(SYS_write, 0, 1));
  EXPECT_EQ(first.decider, Decider::kRule);
  EXPECT_EQ(first.rule, &kPolicy.rules[0]);
  EXPECT_EQ(first.answer, refuse_with(EIO));
  const Decision second = decide(kPolicy, native_call(SYS_write, 0, 2));
  EXPECT_EQ(second.decider, Decider::kRule) << "also of what is allowed";
  EXPECT_EQ(second.rule, &kPolicy.rules[1]);
  EXPECT_EQ(decide(kPolicy, native_call(1000)).rule, &kPolicy.rules[2]);
}

TEST(Decide, TellsWhoDecidesWhereNoRuleDoes) {
  const Decision otherwise = decide(kPolicy, native_call(SYS_write, 0, 3));
  EXPECT_EQ(otherwise.decider, Decider::kOtherwise);
  EXPECT_EQ(otherwise.rule, nullptr);
  EXPECT_EQ(otherwise.answer, (Answer{Action::kLog, 0}));
  const Decision unclassified = decide(kPolicy, native_call(1001));
  EXPECT_EQ(unclassified.decider, Decider::kUnclassified);
  EXPECT_EQ(unclassified.rule, nullptr);
  EXPECT_EQ(decide({}, native_call(1001)).decider, Decider::kOtherwise);
  EXPECT_EQ(decide(kPolicy, native_call(kX32Bit)).decider, Decider::kForeign);
  EXPECT_EQ(decide(kPolicy, call_of(AUDIT_ARCH_I386, 4, {})).decider, Decider::kForeign);
  EXPECT_EQ(decide(kPolicy, native_call(~0u)).answer, kAllow) << "a tracer took it out";
}

TEST(Decide, TellsTheRuleOfAMultiplexedCall) {
  const Policy policy{.rules = {{"ptrace"}, {"shmat", refuse_with(EIO)}}, .multiarch = true};
  const Decision decision = decide(policy, call_of(AUDIT_ARCH_I386, 117, {21}));
  EXPECT_EQ(decision.rule, &policy.rules[1]);
  EXPECT_EQ(decision.answer, refuse_with(EIO));
}

TEST(Decide, ThrowsForEveryCallWhereCompileThrows) {
  const Policy policy{.rules = {{"opem"}}};
  EXPECT_THROW(decide(policy, native_call(SYS_write)), FilterError);
  EXPECT_THROW(decide(policy, call_of(AUDIT_ARCH_ARM, 4, {})), FilterError);
}

TEST(NarrowestAllowance, IsOneThatCanBeCompiled) {
  const Policy policy{.rules = {}, .otherwise = refuse_with(EPERM)};
  for (const Arch arch : kArchs) {
    const auto allowance_of = [&](uint32_t number) {
      return narrowest_allowance(policy, call_of(audit_arch(arch), number, {}), arch);
    };
    const std::optional<Rule> largest = allowance_of(kX32Bit - 1);
    ASSERT_TRUE(largest);
    EXPECT_NO_THROW(compile({.rules = {*largest}}, arch));
    for (const uint32_t number : {kX32Bit, kX32Bit + 1, 0x8000'0000U, ~uint32_t{0}}) {
      EXPECT_FALSE(allowance_of(number)) << arch_name(arch) << ' ' << number;
    }
  }
}

TEST(TerminalFilter, RefusesTypingAndNothingElse) {
  const testing::BpfInterpreter filter(terminal_filter());
  for (const uint64_t request : {uint64_t{TIOCSTI}, TIOCLINUX | uint64_t{1} << 40}) {
    EXPECT_EQ(filter.run(native_call(SYS_ioctl, 1, request)), refused(EPERM));
    EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 54, {0, request})), refused(EPERM));
  }
  for (uint32_t number = 0; number < 600; ++number) {
    EXPECT_EQ(filter.run(native_call(number)), kAllowed);
    EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, number, {})), kAllowed);
  }
  EXPECT_EQ(filter.run(native_call(kX32Bit | 514, 1, TIOCSTI)), refused(ENOSYS));
}

}  // namespace
}  // namespace kekkai::seccomp
