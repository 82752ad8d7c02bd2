// Policies at random, with a fixed seed: the compiled program says what decide() says.
#include "filter_under_test.h"

#include <gtest/gtest.h>

#include <random>

namespace kekkai::seccomp {
namespace {

using Random = std::mt19937;

template <typename T>
const T& one_of(Random& random, const std::vector<T>& values) {
  return values[random() % values.size()];
}

uint64_t random_value(Random& random) {
  static const std::vector<uint64_t> kValues{0,
                                             1,
                                             2,
                                             7,
                                             0x7fff'ffff,
                                             0x8000'0000,
                                             0xffff'ffff,
                                             0x1'0000'0000,
                                             0x1'0000'0001,
                                             0x5'8000'0000,
                                             0x8000'0000'0000'0000,
                                             0xffff'ffff'8000'0000,
                                             ~uint64_t{0} - 1,
                                             ~uint64_t{0}};
  return random() % 4 == 0 ? uint64_t{random()} << 32 | random() : one_of(random, kValues);
}

uint64_t random_mask(Random& random) {
  static const std::vector<uint64_t> kMasks{kLow32,
                                            ~kLow32,
                                            ~uint64_t{0},
                                            1,
                                            0x8000'0000,
                                            0x1'0000'0000,
                                            0x8000'0000'0000'0000,
                                            0x1'0000'0001,
                                            0x8000'0000'8000'0000,
                                            0xff00,
                                            0xf0f0,
                                            0xf0f,
                                            0xffff'ffff'0000'0001,
                                            0x1'ffff'ffff};
  return one_of(random, kMasks);
}

ArgCondition random_condition(Random& random) {
  // Few arguments, so that conditions on the same one meet.
  ArgCondition condition{static_cast<unsigned>(random() % 3 == 0 ? random() % 6 : random() % 2),
                         static_cast<Comparison>(random() % 7), random_value(random)};
  if (condition.comparison == Comparison::kMaskedEqual) {
    condition.mask = random_mask(random);
    condition.value &= condition.mask;
  }
  return condition;
}

Answer random_answer(Random& random) {
  const auto action = static_cast<Action>(random() % 7);
  const int error = random() % 8 == 0 ? 4095 : static_cast<int>(1 + random() % 40);
  return {action, action == Action::kErrno ? error : 0};
}

// Those that are looked at first, neighbours in the tables, and some that share a multiplexer.
const std::vector<std::string> kCalls{
    "ioctl", "read",  "write", "openat",     "mmap", "prctl",  "clone", "mprotect",  "socket",
    "bind",  "shmat", "semop", "socketcall", "ipc",  "umount", "dup",   "dup2",      "file_setattr",
    "rseq",  "0",     "1",     "2",          "337",  "470",    "1000",  "1073741823"};

Policy random_policy(Random& random, Arch arch) {
  Policy policy;
  for (size_t rules = random() % 12; rules != 0; --rules) {
    Rule rule{one_of(random, kCalls), random_answer(random)};
    for (size_t conditions = random() % 4; conditions != 0; --conditions) {
      rule.conditions.push_back(random_condition(random));
    }
    policy.rules.push_back(std::move(rule));
  }
  policy.otherwise = random_answer(random);
  if (random() % 2 == 0) policy.unclassified = random_answer(random);
  policy.foreign = random_answer(random);
  policy.multiarch = sibling_of(arch) && random() % 2 == 0;
  return policy;
}

// A value that a condition of the policy is about, or near.
uint64_t interesting_argument(Random& random, const Policy& policy) {
  if (policy.rules.empty() || random() % 4 == 0) return random_value(random);
  const Rule& rule = one_of(random, policy.rules);
  if (rule.conditions.empty()) return random_value(random);
  const uint64_t value = one_of(random, rule.conditions).value;
  switch (random() % 5) {
    case 0:
      return value + 1;
    case 1:
      return value - 1;
    case 2:
      return value ^ uint64_t { 1 } << (random() % 64);
    default:
      return value;
  }
}

seccomp_data random_call(Random& random, const Policy& policy, Arch primary) {
  static const std::vector<uint32_t> kNumbers{
      0,   1,   2,    101,         117,         102,         337,         469,         470,
      471, 999, 1001, 0x3fff'fffe, 0x3fff'ffff, 0x4000'0000, 0x4000'0001, 0xffff'fffe, 0xffff'ffff};
  const Arch arch = random() % 3 == 0 ? kArchs[random() % 3] : primary;
  const auto number_of = [&](const std::string& name) {
    const Call* const call = find_call(name);
    return call != nullptr ? static_cast<uint32_t>(call->number(arch))
                           : static_cast<uint32_t>(std::stoul(name));
  };
  const uint32_t number =
      random() % 3 == 0 ? one_of(random, kNumbers) : number_of(one_of(random, kCalls));
  Arguments arguments;
  for (uint64_t& argument : arguments) argument = interesting_argument(random, policy);
  return call_of(random() % 50 == 0 ? static_cast<uint32_t>(random()) : audit_arch(arch), number,
                 arguments);
}

std::string text_of(const seccomp_data& call) {
  std::ostringstream text;
  text << std::hex << "arch 0x" << call.arch << ", call 0x" << call.nr;
  for (const uint64_t argument : call.args) text << ", 0x" << argument;
  return text.str();
}

bool is_refused_as_pointless(const FilterError& error) {
  const std::string text = error.what();
  return text.find("would never apply") != text.npos || text.find("always holds") != text.npos;
}

TEST(RandomPolicy, SaysAsAProgramWhatDecideSays) {
  Random random(618);
  int compiled = 0;
  for (int policies = 0; policies < 900; ++policies) {
    const Arch arch = kArchs[random() % 3];
    const Policy policy = random_policy(random, arch);
    try {
      const testing::BpfInterpreter filter(compile(policy, arch));
      ++compiled;
      for (int calls = 0; calls < 40; ++calls) {
        const seccomp_data call = random_call(random, policy, arch);
        ASSERT_EQ(filter.run(call), decision_of(decide(policy, call, arch).answer))
            << "policy " << policies << " on " << arch_name(arch) << ": " << text_of(call);
      }
    } catch (const FilterError& error) {
      ASSERT_TRUE(is_refused_as_pointless(error)) << error.what();
      EXPECT_THROW(decide(policy, call_of(audit_arch(arch), 0, {}), arch), FilterError);
    }
  }
  EXPECT_GT(compiled, 450) << "most of them mean something";
}

// What decide() says is also what the rules say, read one after the other.
TEST(RandomPolicy, IsDecidedByTheFirstRuleThatHolds) {
  Random random(2024);
  for (int policies = 0; policies < 300; ++policies) {
    Policy policy;
    policy.otherwise = {Action::kTrap, 0};
    for (int rules = 0; rules < 5; ++rules) {
      policy.rules.push_back({"write",
                              refuse_with(rules + 1),
                              {masked(0, uint64_t{1} << (random() % 64), 0),
                               {1, Comparison::kGreater, random_value(random) >> 1}}});
    }
    for (int calls = 0; calls < 20; ++calls) {
      const uint64_t first = random_value(random);
      const uint64_t second = interesting_argument(random, policy);
      Answer expected = policy.otherwise;
      for (auto rule = policy.rules.rbegin(); rule != policy.rules.rend(); ++rule) {
        const bool holds =
            (first & rule->conditions[0].mask) == 0 && second > rule->conditions[1].value;
        if (holds) expected = rule->answer;
      }
      const auto number = static_cast<uint32_t>(find_call("write")->number(kNativeArch));
      const seccomp_data call =
          call_of(audit_arch(kNativeArch), number, {first, second, 0, 0, 0, 0});
      ASSERT_EQ(decide(policy, call).answer, expected) << text_of(call);
    }
  }
}

}  // namespace
}  // namespace kekkai::seccomp
