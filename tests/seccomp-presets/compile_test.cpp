// Rules of one's own: what they mean, and which are not accepted.
#include "filter_under_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

namespace kekkai::seccomp {
namespace {

using ::testing::HasSubstr;
using testing::kAllowed;
using testing::refused;
using ::testing::ThrowsMessage;

testing::BpfInterpreter filter_of(const Policy& policy) {
  return testing::BpfInterpreter(compile(policy));
}

testing::BpfInterpreter filter_of(const std::vector<Rule>& rules) {
  return filter_of(Policy{.rules = rules});
}

Rule refuse(const std::string& call, int error, std::vector<ArgCondition> conditions = {}) {
  return {call, refuse_with(error), std::move(conditions)};
}

TEST(Compile, WithoutRulesEverythingNativeIsAllowed) {
  const auto filter = filter_of(Policy{});
  EXPECT_EQ(filter.run(native_call(SYS_ptrace)), kAllowed);
  EXPECT_EQ(filter.run(native_call(470)), kAllowed);
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 4, {})), refused(ENOSYS));
}

TEST(Compile, OwnRulesStandAlone) {
  const auto filter = filter_of({refuse("unlink", EACCES), refuse("openat", 4095)});
  EXPECT_EQ(filter.run(native_call(SYS_unlink)), refused(EACCES));
  EXPECT_EQ(filter.run(native_call(SYS_openat)), refused(4095));
  EXPECT_EQ(filter.run(native_call(SYS_ptrace)), kAllowed);
}

TEST(Compile, ACallMayBeGivenByItsNumber) {
  const auto filter = filter_of(Policy{.rules = {refuse("101", EACCES), refuse("1000", EIO)},
                                       .unclassified = refuse_with(ENOSYS)});
  EXPECT_EQ(filter.run(native_call(SYS_ptrace)), refused(EACCES));
  EXPECT_EQ(filter.run(native_call(1000)), refused(EIO));
  EXPECT_EQ(filter.run(native_call(1001)), refused(ENOSYS));
}

// On the second architecture that number is another call.
TEST(Compile, ANumberIsOfTheFirstArchitectureOnly) {
  const auto filter = filter_of(Policy{.rules = {refuse("101", EACCES)}, .multiarch = true});
  EXPECT_EQ(filter.run(native_call(101)), refused(EACCES));
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 101, {})), kAllowed);
}

TEST(Compile, UnclassifiedCallsAreRefusedOnRequest) {
  const auto filter =
      filter_of(Policy{.rules = {refuse("unlink", EACCES)}, .unclassified = refuse_with(ENOSYS)});
  EXPECT_EQ(filter.run(native_call(469)), kAllowed);
  EXPECT_EQ(filter.run(native_call(470)), refused(ENOSYS));
  EXPECT_EQ(filter.run(native_call(SYS_unlink)), refused(EACCES));
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 10, {})), refused(ENOSYS));
}

TEST(Compile, WhatIsNotAllowedMayBeRefused) {
  const auto filter =
      filter_of(Policy{.rules = {{"read", kAllow}, {"write", kAllow, {masked(0, kLow32, 1)}}},
                       .otherwise = refuse_with(EPERM)});
  EXPECT_EQ(filter.run(native_call(SYS_read)), kAllowed);
  EXPECT_EQ(filter.run(native_call(SYS_write, 0, 1)), kAllowed);
  EXPECT_EQ(filter.run(native_call(SYS_write, 0, 2)), refused(EPERM));
  EXPECT_EQ(filter.run(native_call(470)), refused(EPERM));
}

TEST(Compile, EveryActionIsTheKernels) {
  using testing::FilterAction;
  const std::pair<Action, FilterAction> actions[] = {
      {Action::kAllow, FilterAction::kAllow},
      {Action::kLog, FilterAction::kLog},
      {Action::kTrap, FilterAction::kTrap},
      {Action::kKillThread, FilterAction::kKillThread},
      {Action::kKillProcess, FilterAction::kKillProcess},
      {Action::kNotify, FilterAction::kNotify},
  };
  for (const auto& [action, expected] : actions) {
    const auto filter = filter_of({{"write", {action}}});
    EXPECT_EQ(filter.run(native_call(SYS_write)).action, expected);
  }
}

TEST(Compile, TheFirstRuleThatHoldsDecides) {
  const auto filter = filter_of({refuse("write", EIO, {masked(0, kLow32, 1)}),
                                 refuse("write", EPERM, {{0, Comparison::kLess, 3}}),
                                 {"write", kAllow, {{0, Comparison::kEqual, 7}}},
                                 refuse("write", EACCES),
                                 refuse("write", ENOSYS)});
  EXPECT_EQ(filter.run(native_call(SYS_write, 0, 1)), refused(EIO));
  EXPECT_EQ(filter.run(native_call(SYS_write, 0, 2)), refused(EPERM));
  EXPECT_EQ(filter.run(native_call(SYS_write, 0, 7)), kAllowed);
  EXPECT_EQ(filter.run(native_call(SYS_write, 0, 8)), refused(EACCES));
}

TEST(Compile, AllConditionsOfARuleMustHold) {
  const auto filter = filter_of({refuse(
      "write", EIO, {masked(0, kLow32, 1), {2, Comparison::kGreater, 9}, masked(1, 0xf0, 0x50)})});
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_X86_64, SYS_write, {1, 0x5f, 10})), refused(EIO));
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_X86_64, SYS_write, {2, 0x5f, 10})), kAllowed);
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_X86_64, SYS_write, {1, 0x4f, 10})), kAllowed);
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_X86_64, SYS_write, {1, 0x5f, 9})), kAllowed);
}

TEST(Compile, ComparisonsAreOf64UnsignedBits) {
  constexpr uint64_t kValue = 0x0000'0005'8000'0000;
  constexpr uint64_t kMask = 0x0000'000f'8000'0000;
  struct Case {
    Comparison comparison;
    bool (*holds)(uint64_t);
  };
  const Case cases[] = {
      {Comparison::kEqual, [](uint64_t a) { return a == kValue; }},
      {Comparison::kNotEqual, [](uint64_t a) { return a != kValue; }},
      {Comparison::kLess, [](uint64_t a) { return a < kValue; }},
      {Comparison::kLessOrEqual, [](uint64_t a) { return a <= kValue; }},
      {Comparison::kGreater, [](uint64_t a) { return a > kValue; }},
      {Comparison::kGreaterOrEqual, [](uint64_t a) { return a >= kValue; }},
      {Comparison::kMaskedEqual, [](uint64_t a) { return (a & kMask) == kValue; }},
  };
  const uint64_t arguments[] = {0,
                                1,
                                kValue,
                                kValue - 1,
                                kValue + 1,
                                kValue + 0x7fff'ffff,
                                0x8000'0000,
                                0x5'0000'0000,
                                0x4'ffff'ffff,
                                0x6'0000'0000,
                                kValue | 0x10'0000'0000,
                                0xffff'ffff,
                                uint64_t{1} << 63,
                                ~uint64_t{0}};
  for (const Case& c : cases) {
    for (unsigned index = 0; index < 6; ++index) {
      const auto filter = filter_of({refuse("write", EIO, {{index, c.comparison, kValue, kMask}})});
      for (const uint64_t argument : arguments) {
        EXPECT_EQ(filter.run(native_call(SYS_write, index, argument)),
                  c.holds(argument) ? refused(EIO) : kAllowed)
            << "comparison " << static_cast<int>(c.comparison) << ", argument " << index << " = 0x"
            << std::hex << argument;
      }
    }
  }
}

TEST(Compile, ACallOfOtherArchitecturesIsPassedOver) {
  const Program empty = compile({});
  for (const char* call : {"umount", "vm86", "chown32", "switch_endian"})
    EXPECT_EQ(compile({.rules = {refuse(call, EPERM)}}).size(), empty.size()) << call;
}

// socketcall(2) and ipc(2): the function is the first argument, so a rule without a condition
// works, also against one that allows the multiplexer.
TEST(Compile, AWholeFunctionOfAnI386MultiplexerCanBeRefused) {
  const auto filter = filter_of(
      Policy{.rules = {{"socketcall", kAllow}, refuse("socket", EACCES), refuse("shmat", EIO)},
             .multiarch = true});
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 102, {1})), refused(EACCES)) << "SYS_SOCKET";
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 102, {2})), kAllowed) << "SYS_BIND";
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 359, {})), refused(EACCES)) << "socket(2)";
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 117, {21})), refused(EIO)) << "SHMAT";
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 117, {21 | 1 << 16})), refused(EIO)) << "IPCCALL";
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 117, {22})), kAllowed) << "SHMDT";
}

// A condition of the call itself cannot be seen there, and what is allowed need not be so through
// a multiplexer that is refused.
TEST(Compile, OnlyWholeFunctionsAreRefusedThroughAMultiplexer) {
  const auto conditional = filter_of(
      Policy{.rules = {refuse("socket", EACCES, {masked(0, kLow32, 40)})}, .multiarch = true});
  EXPECT_EQ(conditional.run(call_of(AUDIT_ARCH_I386, 102, {1})), kAllowed);
  const auto closed = filter_of(
      Policy{.rules = {{"socket", kAllow}}, .otherwise = refuse_with(EPERM), .multiarch = true});
  EXPECT_EQ(closed.run(call_of(AUDIT_ARCH_I386, 359, {})), kAllowed);
  EXPECT_EQ(closed.run(call_of(AUDIT_ARCH_I386, 102, {1})), refused(EPERM));
  const auto version = filter_of(Policy{.rules = {refuse("socket", EACCES)}, .multiarch = true});
  EXPECT_EQ(version.run(call_of(AUDIT_ARCH_I386, 102, {1 | 1 << 16})), kAllowed)
      << "socketcall(2) has no version, so that this is no function";
}

TEST(Compile, TwoArgumentsMayHaveTwoValues) {
  const auto filter =
      filter_of({refuse("write", EIO, {{0, Comparison::kEqual, 1}, {2, Comparison::kEqual, 2}})});
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_X86_64, SYS_write, {1, 0, 2})), refused(EIO));
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_X86_64, SYS_write, {1, 0, 1})), kAllowed);
}

// Jumps that a byte cannot hold.
TEST(Compile, ALongProgramReachesItsEnds) {
  std::vector<Rule> rules;
  for (uint64_t value = 0; value < 600; ++value) {
    rules.push_back(refuse(value % 2 == 0 ? "write" : "socket", static_cast<int>(value) + 1,
                           {masked(1, 0xffff'ffff'ffff, value * 0x1'0000'0001)}));
  }
  const auto filter = filter_of(rules);
  for (uint64_t value = 0; value < 600; ++value) {
    ASSERT_EQ(filter.run(native_call(value % 2 == 0 ? SYS_write : SYS_socket, 1,
                                     value * 0x1'0000'0001 | 0xff00'0000'0000'0000)),
              refused(static_cast<int>(value) + 1));
  }
  EXPECT_EQ(filter.run(native_call(SYS_write, 1, 600)), kAllowed);
  EXPECT_EQ(filter.run(native_call(SYS_read)), kAllowed);
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 4, {})), refused(ENOSYS));
}

TEST(Compile, EveryCallMayHaveAnAnswerOfItsOwn) {
  std::vector<Rule> rules;
  for (int number = 0; number < 1000; ++number) {
    rules.push_back(refuse(std::to_string(number), number + 1));
  }
  const auto filter = filter_of(rules);
  for (int number = 0; number < 1000; ++number) {
    ASSERT_EQ(filter.run(native_call(static_cast<uint32_t>(number))), refused(number + 1));
  }
}

struct Refused {
  const char* name;
  std::vector<Rule> rules;
  const char* message;
};
std::ostream& operator<<(std::ostream& out, const Refused& r) { return out << r.name; }

constexpr uint64_t kMost = ~uint64_t{0};

const Refused kRefused[] = {
    {"typo", {refuse("opem", EPERM)}, "there is no system call \"opem\""},
    {"typo_after_good_ones",
     {refuse("open", EPERM), refuse("Open", EPERM)},
     "no system call \"Open\""},
    {"no_name", {refuse("", EPERM)}, "there is no system call \"\""},
    {"not_quite_a_number", {refuse("101x", EPERM)}, "there is no system call \"101x\""},
    {"number_of_x32", {refuse("1073741824", EPERM)}, "has a number that no call has"},
    {"errno_zero", {refuse("open", 0)}, "the rule for \"open\" gives errno 0"},
    {"errno_negative", {refuse("open", -EPERM)}, "gives errno -1"},
    {"errno_too_large", {refuse("open", 4096)}, "gives errno 4096"},
    {"index_6",
     {refuse("open", EPERM, {{6, Comparison::kEqual, 1}})},
     "looks at argument 6, but the last one is 5"},
    {"value_beyond_mask", {refuse("open", EPERM, {masked(0, 1, 3)})}, "it would never apply"},
    {"empty_mask", {refuse("open", EPERM, {masked(0, 0, 0)})}, "its condition always holds"},
    {"less_than_0", {refuse("open", EPERM, {{0, Comparison::kLess, 0}})}, "would never apply"},
    {"greater_than_all",
     {refuse("open", EPERM, {{0, Comparison::kGreater, kMost}})},
     "would never apply"},
    {"at_least_0",
     {refuse("open", EPERM, {{0, Comparison::kGreaterOrEqual, 0}})},
     "its condition always holds"},
    {"at_most_all",
     {refuse("open", EPERM, {{0, Comparison::kLessOrEqual, kMost}})},
     "its condition always holds"},
    {"two_values",
     {refuse("open", EPERM, {{0, Comparison::kEqual, 1}, {0, Comparison::kEqual, 2}})},
     "would never apply"},
    {"no_such_comparison",
     {refuse("open", EPERM, {{0, static_cast<Comparison>(99), 1}})},
     "its comparison does not exist"},
    {"with_its_origin",
     {{"opem", refuse_with(EPERM), {}, "rules.json:3"}},
     "rules.json:3: there is no system call"},
};

class RefusedRules : public ::testing::TestWithParam<Refused> {};
TEST_P(RefusedRules, AreNamedInASentence) {
  EXPECT_THAT([] { compile({.rules = GetParam().rules}); },
              ThrowsMessage<FilterError>(HasSubstr(GetParam().message)));
}
INSTANTIATE_TEST_SUITE_P(Compile, RefusedRules, ::testing::ValuesIn(kRefused),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Compile, DefaultActionsAreLookedAtToo) {
  for (const Policy& policy :
       {Policy{.otherwise = refuse_with(0)}, Policy{.unclassified = refuse_with(5000)},
        Policy{.foreign = refuse_with(-1)}}) {
    EXPECT_THAT([&] { compile(policy); },
                ThrowsMessage<FilterError>(HasSubstr("a default action gives errno")));
  }
}

TEST(Compile, AProgramThatTheKernelWouldNotTakeIsRefused) {
  std::vector<Rule> rules;
  for (uint64_t value = 0; value < 4096; ++value)
    rules.push_back(refuse("write", EPERM, {{0, Comparison::kEqual, value}}));
  EXPECT_THAT([&] { compile({.rules = rules}); },
              ThrowsMessage<FilterError>(HasSubstr("instructions, the kernel accepts 4096")));
}

}  // namespace
}  // namespace kekkai::seccomp
