// The shape of programs: how long they are, what they look at first, and jumps near their limits.
#include "filter_under_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstddef>

namespace kekkai::seccomp {
namespace {

using testing::kAllowed;
using testing::refused;

Rule refuse(const std::string& call, int error, std::vector<ArgCondition> conditions = {}) {
  return {call, refuse_with(error), std::move(conditions)};
}

// Without the loads that every way in goes past.
Program reachable_part(const Program& program) {
  std::vector<bool> is_reached(program.size());
  is_reached[0] = true;
  Program part;
  for (size_t at = 0; at < program.size(); ++at) {
    if (!is_reached[at]) continue;
    const sock_filter& i = program[at];
    part.push_back(i);
    if (BPF_CLASS(i.code) == BPF_RET) continue;
    const bool is_jump = BPF_CLASS(i.code) == BPF_JMP;
    const bool is_always = i.code == (BPF_JMP | BPF_JA);
    is_reached[at + 1 + (is_always ? i.k : is_jump ? i.jt : 0)] = true;
    if (is_jump && !is_always) is_reached[at + 1 + i.jf] = true;
  }
  return part;
}

// How many instructions the most expensive call takes.
size_t longest_way(const Program& program) {
  std::vector<size_t> ways(program.size());
  for (size_t at = program.size(); at-- != 0;) {
    const sock_filter& i = program[at];
    if (BPF_CLASS(i.code) == BPF_RET) {
      ways[at] = 1;
    } else if (i.code == (BPF_JMP | BPF_JA)) {
      ways[at] = 1 + ways[at + 1 + i.k];
    } else {
      const bool is_jump = BPF_CLASS(i.code) == BPF_JMP;
      ways[at] =
          1 + std::max(ways[at + 1 + (is_jump ? i.jt : 0)], ways[at + 1 + (is_jump ? i.jf : 0)]);
    }
  }
  return ways[0];
}

auto count_of(const Program& program, int operation) {
  return std::ranges::count_if(program, [&](const sock_filter& i) { return i.code == operation; });
}

auto loads_of(const Program& program, size_t offset) {
  return std::ranges::count_if(program, [&](const sock_filter& i) {
    return i.code == (BPF_LD | BPF_W | BPF_ABS) && i.k == offset;
  });
}

// The numbers that are asked for by equality before anything else.
std::vector<uint32_t> asked_first(const Program& program) {
  std::vector<uint32_t> numbers;
  const auto number = std::ranges::find_if(program, [](const sock_filter& i) {
    return i.code == (BPF_LD | BPF_W | BPF_ABS) && i.k == offsetof(seccomp_data, nr);
  });
  for (auto i = number + 1; i->code != (BPF_JMP | BPF_JGE | BPF_K); ++i) {
    if (i->code == (BPF_JMP | BPF_JEQ | BPF_K)) numbers.push_back(i->k);
  }
  return numbers;
}

TEST(ProgramShape, FrequentCallsWhoseArgumentsMatterComeFirst) {
  EXPECT_EQ(asked_first(preset_program({})),
            (std::vector<uint32_t>{SYS_ioctl, SYS_clone, SYS_socket}));
  EXPECT_EQ(asked_first(compile({.rules = {refuse("ioctl", EPERM), refuse("read", EIO)}})),
            (std::vector<uint32_t>{}))
      << "the kernel answers these without the filter";
}

TEST(ProgramShape, AnswersAreShared) {
  const Program program = preset_program({Preset{31}, {}});
  EXPECT_EQ(count_of(program, BPF_RET | BPF_K), 4) << "as many as there are different ones";
}

TEST(ProgramShape, EveryCallIsFoundInFewSteps) {
  EXPECT_LE(longest_way(preset_program({})), 20U);
  std::vector<Rule> rules;
  for (int i = 0; i < 1000; ++i) rules.push_back(refuse(std::to_string(i), i + 1));
  EXPECT_LE(longest_way(compile({.rules = rules})), 32U) << "two to the tenth, and long jumps";
}

TEST(ProgramShape, AWordIsLoadedOnceForAllThatIsAskedAboutIt) {
  const Program families =
      reachable_part(compile({.rules = {{"socket", kAllow, {masked(0, kLow32, 1)}},
                                        refuse("socket", EIO, {masked(0, kLow32, 2)}),
                                        refuse("socket", EPERM, {masked(0, 1 << 5, 1 << 5)})}}));
  EXPECT_EQ(loads_of(families, offsetof(seccomp_data, args)), 1);
  EXPECT_EQ(count_of(families, BPF_ALU | BPF_AND | BPF_K), 0) << "a bit is tested in place";
}

TEST(ProgramShape, RulesBehindOneThatAlwaysHoldsAreLeftOut) {
  std::vector<Rule> rules{refuse("write", EIO, {masked(0, 2, 2)}), refuse("write", EPERM)};
  const size_t size = compile({.rules = rules}).size();
  rules.push_back(refuse("write", EPROTO, {masked(0, 4, 4)}));
  rules.push_back(refuse("write", EACCES));
  EXPECT_EQ(compile({.rules = rules}).size(), size);
}

// A mask changes what is loaded: what is asked next about the same word needs it again.
TEST(ProgramShape, AMaskedWordIsNotTakenForTheWholeOne) {
  const testing::BpfInterpreter filter(
      compile({.rules = {refuse("write", EIO, {masked(0, 0xff00, 0x1200), masked(0, 0xf0f, 0x203)}),
                         refuse("write", EPERM, {masked(0, 0xf0f0, 0x3050)}),
                         refuse("write", EACCES, {{0, Comparison::kEqual, 0x4321}}),
                         refuse("write", EPROTO, {masked(0, kLow32, 0x1299)})}}));
  for (uint32_t value = 0; value < 0x6000; ++value) {
    const int error = (value & 0xff00) == 0x1200 && (value & 0xf0f) == 0x203 ? EIO
                      : (value & 0xf0f0) == 0x3050                           ? EPERM
                      : value == 0x4321                                      ? EACCES
                      : value == 0x1299                                      ? EPROTO
                                                                             : 0;
    ASSERT_EQ(filter.run(native_call(SYS_write, 0, value)), error == 0 ? kAllowed : refused(error))
        << std::hex << value;
  }
}

// Programs of every length around what a conditional jump reaches.
TEST(ProgramShape, JumpsOfEveryLengthArrive) {
  for (uint64_t count = 70; count < 150; ++count) {
    std::vector<Rule> rules;
    for (uint64_t value = 1; value <= count; ++value) {
      rules.push_back(refuse("write", value % 5 == 0 ? EPERM : static_cast<int>(value),
                             {{1, Comparison::kEqual, value}, {0, Comparison::kGreater, 7}}));
    }
    const testing::BpfInterpreter filter(compile({.rules = rules, .otherwise = refuse_with(4000)}));
    for (uint64_t value = 1; value <= count + 1; ++value) {
      const int error = value > count ? 4000 : value % 5 == 0 ? EPERM : static_cast<int>(value);
      ASSERT_EQ(filter.run(call_of(AUDIT_ARCH_X86_64, SYS_write, {8, value})), refused(error))
          << value << " of " << count;
      ASSERT_EQ(filter.run(call_of(AUDIT_ARCH_X86_64, SYS_write, {7, value})), refused(4000));
    }
    ASSERT_EQ(filter.run(native_call(SYS_read)), refused(4000));
    ASSERT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 4, {})), refused(ENOSYS));
  }
}

// Two calls side by side, so that one jump leads to the arguments of either, with more and more in
// between.
void expect_far_targets(std::vector<Rule> rules) {
  for (uint64_t count = 0; count < 150; ++count) {
    rules.push_back(refuse("901", EPROTO, {masked(0, kLow32, 1000 + count)}));
    const testing::BpfInterpreter filter(compile({.rules = rules}));
    ASSERT_EQ(filter.run(native_call(898, 0, 2)), refused(EIO)) << count;
    ASSERT_EQ(filter.run(native_call(899, 0, 2)), refused(EPERM)) << count;
    ASSERT_EQ(filter.run(native_call(900, 0, 2)), refused(EACCES)) << count;
    for (const uint32_t number : {897u, 898u, 899u, 900u, 901u, 902u}) {
      ASSERT_EQ(filter.run(native_call(number, 0, 1)), kAllowed) << number << " with " << count;
    }
    ASSERT_EQ(filter.run(native_call(901, 0, 1000 + count)), refused(EPROTO));
  }
}

TEST(ProgramShape, AJumpMayHaveTwoFarTargets) {
  std::vector<Rule> rules{refuse("898", EIO, {{0, Comparison::kGreater, 1}}),
                          refuse("899", EPERM, {{0, Comparison::kGreater, 1}}),
                          refuse("900", EACCES, {{0, Comparison::kGreater, 1}})};
  // Rules of three instructions before those of two, so that every distance comes up.
  for (uint64_t shift = 0; shift < 4; ++shift) {
    expect_far_targets(rules);
    rules.push_back(refuse("901", EPROTO, {masked(0, 0xff00, 0xfc00 + (shift << 8))}));
  }
}

// The longest program that the kernel takes, and the shortest that it does not: a program grows by
// several instructions at a time, and starts from several lengths.
TEST(ProgramShape, EndsAt4096InstructionsExactly) {
  bool has_longest = false;
  bool has_shortest = false;
  for (int padding = 0; padding < 8 && !(has_longest && has_shortest); ++padding) {
    std::vector<Rule> rules;
    for (int i = 0; i < padding; ++i) rules.push_back(refuse(std::to_string(900 + 2 * i), i + 1));
    const auto grow = [&] {
      rules.push_back(refuse("write", EPERM, {{0, Comparison::kEqual, rules.size()}}));
    };
    while (compile({.rules = rules}).size() < BPF_MAXINSNS * 9 / 10) {
      for (int step = 0; step < 50; ++step) grow();
    }
    try {
      for (;; grow()) {
        const size_t size = compile({.rules = rules}).size();
        ASSERT_LE(size, size_t{BPF_MAXINSNS});
        has_longest |= size == BPF_MAXINSNS;
      }
    } catch (const FilterError& error) {
      const std::string_view text = error.what();
      has_shortest |= text.find("would have 4097 instructions") != text.npos;
    }
  }
  EXPECT_TRUE(has_longest);
  EXPECT_TRUE(has_shortest);
}

}  // namespace
}  // namespace kekkai::seccomp
