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

testing::BpfInterpreter filter_of(const std::vector<Rule>& rules, CompileOptions options = {}) {
  return testing::BpfInterpreter(compile(rules, options));
}

TEST(Compile, WithoutRulesEverythingNativeIsAllowed) {
  const auto filter = filter_of({});
  EXPECT_EQ(filter.run(native_call(SYS_ptrace)), kAllowed);
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 4, {})), refused(ENOSYS));
}

TEST(Compile, OwnRulesStandAlone) {
  const auto filter = filter_of({{"unlink", EACCES}, {"openat", 4094}});
  EXPECT_EQ(filter.run(native_call(SYS_unlink)), refused(EACCES));
  EXPECT_EQ(filter.run(native_call(SYS_openat)), refused(4094));
  EXPECT_EQ(filter.run(native_call(SYS_ptrace)), kAllowed);
}

TEST(Compile, UnclassifiedCallsAreRefusedOnRequest) {
  const auto filter = filter_of({{"unlink", EACCES}}, {.refuse_unclassified = true});
  EXPECT_EQ(filter.run(native_call(kLastClassifiedCall)), kAllowed);
  EXPECT_EQ(filter.run(native_call(kLastClassifiedCall + 1)), refused(ENOSYS));
  EXPECT_EQ(filter.run(native_call(SYS_unlink)), refused(EACCES));
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 10, {})), refused(ENOSYS));
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
      const auto filter =
          filter_of({{"write", EIO, ArgCondition{index, c.comparison, kValue, kMask}}});
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
  const Program empty = compile({}, {});
  for (const char* call : {"umount", "vm86", "chown32", "switch_endian"})
    EXPECT_EQ(compile({{call, EPERM}}, {}).size(), empty.size()) << call;
}

// socketcall(2) and ipc(2): the function is the first argument, so a rule without a condition
// works.
TEST(Compile, AWholeFunctionOfAnI386MultiplexerCanBeRefused) {
  const auto filter = filter_of({{"socket", EACCES}}, {.multiarch = true});
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 102, {1})), refused(EACCES)) << "SYS_SOCKET";
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 102, {2})), kAllowed) << "SYS_BIND";
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 359, {})), refused(EACCES)) << "socket(2)";
}

TEST(Compile, AnUnconditionalRuleCoversAConditionalOne) {
  const ArgCondition one{0, Comparison::kEqual, 1};
  for (const auto& filter : {filter_of({{"write", EIO}, {"write", EIO, one}}),
                             filter_of({{"write", EIO, one}, {"write", EIO}})}) {
    EXPECT_EQ(filter.run(native_call(SYS_write, 0, 1)), refused(EIO));
    EXPECT_EQ(filter.run(native_call(SYS_write, 0, 2)), refused(EIO));
  }
}

struct Refused {
  const char* name;
  std::vector<Rule> rules;
  const char* message;
};
std::ostream& operator<<(std::ostream& out, const Refused& r) { return out << r.name; }

const ArgCondition kFirstIsOne{0, Comparison::kEqual, 1};

const Refused kRefused[] = {
    {"typo", {{"opem", EPERM}}, "there is no system call \"opem\""},
    {"typo_after_good_ones", {{"open", EPERM}, {"Open", EPERM}}, "no system call \"Open\""},
    {"no_name", {{"", EPERM}}, "there is no system call \"\""},
    {"number", {{"101", EPERM}}, "there is no system call \"101\""},
    {"errno_zero", {{"open", 0}}, "the rule for \"open\" gives errno 0"},
    {"errno_negative", {{"open", -EPERM}}, "gives errno -1"},
    {"errno_too_large", {{"open", 4095}}, "gives errno 4095"},
    {"index_6",
     {{"open", EPERM, ArgCondition{6, Comparison::kEqual, 1}}},
     "looks at argument 6, but the last one is 5"},
    {"value_beyond_mask",
     {{"open", EPERM, ArgCondition{0, Comparison::kMaskedEqual, 3, 1}}},
     "a value that its mask does not cover"},
    {"contradiction",
     {{"open", EPERM, kFirstIsOne}, {"open", ENOSYS, kFirstIsOne}},
     "the rule for \"open\" contradicts another one"},
    {"no_such_comparison",
     {{"open", EPERM, ArgCondition{0, static_cast<Comparison>(99), 1}}},
     "a comparison that does not exist"},
};

class RefusedRules : public ::testing::TestWithParam<Refused> {};
TEST_P(RefusedRules, AreNamedInASentence) {
  EXPECT_THAT([] { compile(GetParam().rules, {}); },
              ThrowsMessage<FilterError>(HasSubstr(GetParam().message)));
}
INSTANTIATE_TEST_SUITE_P(Compile, RefusedRules, ::testing::ValuesIn(kRefused),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Compile, AProgramThatTheKernelWouldNotTakeIsRefused) {
  std::vector<Rule> rules;
  for (uint64_t value = 0; value < 4096; ++value)
    rules.push_back({"write", EPERM, ArgCondition{0, Comparison::kEqual, value}});
  EXPECT_THAT([&] { compile(rules, {}); },
              ThrowsMessage<FilterError>(HasSubstr("instructions, the kernel accepts 4096")));
}

}  // namespace
}  // namespace kekkai::seccomp
