// Every call under every selection for every architecture: the compiled program, decide() and the
// expectation that is written independently agree.
#include "expected_answers.h"
#include "filter_under_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/personality.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <set>

namespace kekkai::seccomp {
namespace {

using testing::kAllowed;
using testing::refused;
using ::testing::ThrowsMessage;

Options options_of(unsigned set) {
  return {(set & 1) != 0, (set & 2) != 0, (set & 4) != 0, (set & 8) != 0};
}

// What a caller might put into an argument to slip by a comparison with `value`.
void add_near(std::set<uint64_t>& values, uint64_t value) {
  constexpr uint64_t kHigh[] = {0, uint64_t{1} << 32, uint64_t{1} << 63, ~kLow32};
  for (const uint64_t near : {value - 1, value, value + 1, value | 0x8000'0000}) {
    for (const uint64_t high : kHigh) values.insert(near | high);
  }
  values.insert(value << 32);
  values.insert(~value);
}

const std::vector<uint64_t>& argument_values() {
  static const std::vector<uint64_t> kValues = [] {
    std::set<uint64_t> values{0xffff'ffff'8000'0000, 0xffff'ffff'7fff'ffff};
    for (const uint64_t value :
         {uint64_t{0}, uint64_t{kLow32}, uint64_t{CLONE_NEWUSER}, uint64_t{TIOCSTI},
          uint64_t{TIOCLINUX}, uint64_t{PER_LINUX32}, uint64_t{ADDR_NO_RANDOMIZE},
          uint64_t{AF_LOCAL}, uint64_t{AF_INET}, uint64_t{AF_INET6}, uint64_t{AF_NETLINK},
          uint64_t{AF_CAN}, uint64_t{AF_BLUETOOTH}, uint64_t{AF_VSOCK}}) {
      add_near(values, value);
    }
    return std::vector(values.begin(), values.end());
  }();
  return kValues;
}

// Every number in the tables, those around, and those that mean something else somewhere.
const std::vector<uint32_t>& numbers() {
  static const std::vector<uint32_t> kNumbers = [] {
    std::vector<uint32_t> numbers;
    for (uint32_t number = 0; number <= 600; ++number) numbers.push_back(number);
    for (const uint32_t number :
         {1000u, 0xffffu, 0x3fff'ffffu, 0x4000'0000u, 0x4000'0010u, 0x4000'0038u, 0x4000'0065u,
          0x4000'01b3u, 0x4000'0200u, 0x4000'0223u, 0x7fff'ffffu, 0x8000'0000u, 0x8000'0010u,
          0xc000'0000u, 0xffff'fffeu, 0xffff'ffffu}) {
      numbers.push_back(number);
    }
    return numbers;
  }();
  return kNumbers;
}

// One selection, compiled, beside what is expected of it.
class Trial {
 public:
  Trial(const Selection& selection, Arch primary, Arch arch)
      : selection_(selection),
        primary_(primary),
        arch_(arch),
        policy_(preset_policy(selection)),
        filter_(compile(policy_, primary)),
        expected_(selection, arch) {}

  testing::FilterDecision expected(uint32_t number, const Arguments& arguments) const {
    return expected_.to(number, arguments);
  }

  // Whether the program agrees; says where it does not.
  bool agrees(uint32_t number, const Arguments& arguments) const {
    const auto found = filter_.run(call_of(audit_arch(arch_), number, arguments));
    const auto wanted = expected(number, arguments);
    if (found == wanted) return true;
    ADD_FAILURE() << where(number, arguments) << found << " instead of " << wanted;
    return false;
  }

  bool decide_agrees(uint32_t number, const Arguments& arguments) const {
    const Decision decision =
        decide(policy_, call_of(audit_arch(arch_), number, arguments), primary_);
    const auto wanted = expected(number, arguments);
    if (decision_of(decision.answer) == wanted) return true;
    ADD_FAILURE() << where(number, arguments) << "decide() says " << decision_of(decision.answer)
                  << " instead of " << wanted;
    return false;
  }

 private:
  std::string where(uint32_t number, const Arguments& arguments) const {
    std::ostringstream text;
    text << arch_name(arch_) << " call " << number << std::hex << " (0x" << arguments[0] << ", 0x"
         << arguments[1] << ") under " << to_string(selection_) << ": ";
    return text.str();
  }

  Selection selection_;
  Arch primary_, arch_;
  Policy policy_;
  testing::BpfInterpreter filter_;
  ExpectedAnswers expected_;
};

Arguments all_equal(uint64_t value) { return {value, value, value, value, value, value}; }

// Of the values of an argument, another one at each call; over all selections every number meets
// every value. decide() takes its time, so that it gets a share of the numbers of each selection.
void try_all_numbers(const Trial& trial, unsigned turn) {
  const std::vector<uint64_t>& values = argument_values();
  constexpr unsigned kShare = 97;
  unsigned at = turn;
  for (const uint32_t number : numbers()) {
    ++at;
    const Arguments arguments = all_equal(values[at % values.size()]);
    if (!trial.agrees(number, arguments)) return;
    if (at % kShare == 0 && !trial.decide_agrees(number, arguments)) return;
  }
}

void try_conditional_calls(const Trial& trial, Arch arch) {
  for (const std::string_view call : kConditionalCalls) {
    const uint32_t number = *expected_number(arch, call);
    const unsigned index = call == "ioctl" ? 1 : 0;
    for (const uint64_t value : argument_values()) {
      Arguments arguments = all_equal(~value);
      arguments[index] = value;
      if (!trial.agrees(number, arguments)) return;
    }
  }
}

class DecisionTable : public ::testing::TestWithParam<Arch> {};

TEST_P(DecisionTable, HoldsForEveryNumberUnderEverySelection) {
  unsigned turn = 0;
  for (const Preset presets : all_presets()) {
    for (unsigned set = 0; set < 16; ++set) {
      const Selection selection{presets, options_of(set)};
      if (selection.options.multiarch && !sibling_of(GetParam())) continue;
      const Trial trial(selection, GetParam(), GetParam());
      try_all_numbers(trial, ++turn);
      try_conditional_calls(trial, GetParam());
      ASSERT_FALSE(HasFailure());
    }
  }
}

TEST_P(DecisionTable, IsTheSameForDecide) {
  for (const Selection& selection : {Selection{}, Selection{Preset{31}, options_of(14)}}) {
    const Trial trial(selection, GetParam(), GetParam());
    for (const uint32_t number : numbers()) {
      ASSERT_TRUE(trial.decide_agrees(number, all_equal(CLONE_NEWUSER)));
    }
    for (const std::string_view call : kConditionalCalls) {
      for (const uint64_t value : argument_values()) {
        ASSERT_TRUE(trial.decide_agrees(*expected_number(GetParam(), call), all_equal(value)));
      }
    }
  }
}

TEST_P(DecisionTable, RefusesEveryOtherArchitecture) {
  const Policy policy = preset_policy({});
  const testing::BpfInterpreter filter(compile(policy, GetParam()));
  for (const uint32_t arch :
       {uint32_t{AUDIT_ARCH_X86_64}, uint32_t{AUDIT_ARCH_I386}, uint32_t{AUDIT_ARCH_AARCH64},
        uint32_t{AUDIT_ARCH_ARM}, uint32_t{AUDIT_ARCH_RISCV64}, 0u, ~0u}) {
    if (arch == audit_arch(GetParam())) continue;
    for (const uint32_t number : numbers()) {
      ASSERT_EQ(filter.run(call_of(arch, number, {})), refused(ENOSYS)) << std::hex << arch;
    }
    EXPECT_EQ(decide(policy, call_of(arch, 0, {}), GetParam()).decider, Decider::kForeign);
  }
}

INSTANTIATE_TEST_SUITE_P(Archs, DecisionTable, ::testing::ValuesIn(kArchs),
                         [](const auto& test) { return std::string(arch_name(test.param)); });

TEST(DecisionTable, HoldsForI386UnderMultiarch) {
  unsigned turn = 0;
  for (const Preset presets : all_presets()) {
    for (const unsigned set : {1u, 15u}) {
      const Trial trial({presets, options_of(set)}, Arch::kX86_64, Arch::kI386);
      try_all_numbers(trial, ++turn);
      try_conditional_calls(trial, Arch::kI386);
      ASSERT_FALSE(HasFailure());
    }
  }
}

TEST(DecisionTable, NoCallIsLeftOut) {
  std::set<std::string_view> decided(allowed_calls().begin(), allowed_calls().end());
  const auto add = [&](std::string_view call) {
    EXPECT_TRUE(decided.insert(call).second) << call << " stands in two tables";
  };
  for (const RefusedCall& row : refused_calls()) add(row.call);
  for (const std::string_view call : kConditionalCalls) add(call);
  std::set<std::string_view> known;
  for (const Call& call : all_calls()) known.insert(call.name());
  EXPECT_EQ(known, decided);
}

TEST(DecisionTable, MultiarchTakesASecondArchitecture) {
  const Policy policy = preset_policy({Preset::kStrict, {.multiarch = true}});
  const char* const message = "multiarch: no second architecture is known for this one";
  for (const Arch arch : {Arch::kI386, Arch::kArm64}) {
    EXPECT_THAT([&] { compile(policy, arch); }, ThrowsMessage<FilterError>(message));
    EXPECT_THAT([&] { decide(policy, call_of(audit_arch(arch), 0, {}), arch); },
                ThrowsMessage<FilterError>(message));
  }
}

}  // namespace
}  // namespace kekkai::seccomp
