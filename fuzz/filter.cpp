// A byte is a choice among what matters to the compiler: calls that share a multiplexer, values at
// the borders of 32 and 64 bits. So nearly every input is a policy.
#include "promises.h"
#include "reference_bpf.h"
#include "targets.h"

#include <kekkai/seccomp-presets/rules.h>
#include <kekkai/testing/bpf_interpreter.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>

namespace kekkai {
namespace {

using namespace seccomp;  // NOLINT: most of what is here is from there

/// The bytes, one after the other; zeros behind their end.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}

  bool is_at_end() const { return bytes_.empty(); }
  size_t below(size_t bound) { return byte() % bound; }
  uint64_t number(size_t size) {
    uint64_t number = 0;
    while (size-- != 0) number = number << 8 | byte();
    return number;
  }
  const auto& one_of(const auto& values) { return values[below(std::size(values))]; }

 private:
  uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }

  std::string_view bytes_;
};

constexpr std::array<std::string_view, 24> kCalls{
    "ioctl",  "read", "write", "openat", "mmap",         "prctl", "clone",   "mprotect",
    "socket", "bind", "shmat", "semop",  "socketcall",   "ipc",   "umount2", "dup2",
    "umount", "fork", "0",     "1",      "file_setattr", "470",   "1000",    "1073741823"};

constexpr std::array<uint64_t, 12> kValues{0,
                                           1,
                                           2,
                                           7,
                                           0x7fff'ffff,
                                           0x8000'0000,
                                           0xffff'ffff,
                                           0x1'0000'0000,
                                           ~uint64_t{0},
                                           0x8000'0000'0000'0000,
                                           0xffff'ffff'0000'0000,
                                           0x1'0000'0001};

uint64_t choose_value(Choices& choices) {
  const size_t at = choices.below(kValues.size() + 2);
  return at < kValues.size() ? kValues[at] : choices.number(8);
}

Answer choose_answer(Choices& choices) {
  const auto action = static_cast<Action>(choices.below(7));
  return {action, action == Action::kErrno ? static_cast<int>(choices.number(2) % 4095) + 1 : 0};
}

ArgCondition choose_condition(Choices& choices) {
  ArgCondition condition{static_cast<unsigned>(choices.below(6)),
                         static_cast<Comparison>(choices.below(7)), choose_value(choices)};
  if (condition.comparison == Comparison::kMaskedEqual) condition.mask = choose_value(choices);
  return condition;
}

Policy choose_policy(Choices& choices, Arch arch) {
  Policy policy{.otherwise = choose_answer(choices), .foreign = choose_answer(choices)};
  if (choices.below(2) != 0) policy.unclassified = choose_answer(choices);
  policy.multiarch = sibling_of(arch) && choices.below(2) != 0;
  for (size_t rules = choices.below(12); rules != 0; --rules) {
    Rule rule{std::string(choices.one_of(kCalls)), choose_answer(choices)};
    for (size_t count = choices.below(4); count != 0; --count) {
      rule.conditions.push_back(choose_condition(choices));
    }
    policy.rules.push_back(std::move(rule));
  }
  return policy;
}

uint32_t choose_number(Choices& choices, Arch arch) {
  const size_t at = choices.below(kCalls.size() + 2);
  if (at >= kCalls.size()) return static_cast<uint32_t>(choices.number(4));
  const Call* const call = find_call(kCalls[at]);
  return static_cast<uint32_t>(call == nullptr ? std::stol(std::string(kCalls[at]))
                                               : call->number(arch));
}

// Near a value of a condition, since that is where decisions change.
uint64_t choose_argument(Choices& choices, const Policy& policy) {
  const size_t at = choices.below(policy.rules.size() + 1);
  if (at == policy.rules.size() || policy.rules[at].conditions.empty()) {
    return choose_value(choices);
  }
  const uint64_t value = choices.one_of(policy.rules[at].conditions).value;
  const size_t change = choices.below(67);
  if (change < 64) return value ^ uint64_t { 1 } << change;
  return value + change - 65;
}

seccomp_data choose_call(Choices& choices, const Policy& policy, Arch primary) {
  const size_t which = choices.below(std::size(kArchs) + 3);
  const Arch arch = which < std::size(kArchs) ? kArchs[which] : primary;
  seccomp_data call{.nr = static_cast<int>(choose_number(choices, arch)),
                    .arch = which == std::size(kArchs) ? static_cast<uint32_t>(choices.number(4))
                                                       : audit_arch(arch),
                    .instruction_pointer = 0,
                    .args = {}};
  for (auto& argument : call.args) argument = choose_argument(choices, policy);
  return call;
}

testing::FilterDecision decision_of(const Answer& answer) {
  using testing::FilterAction;
  constexpr FilterAction kActions[] = {FilterAction::kAllow,      FilterAction::kLog,
                                       FilterAction::kErrno,      FilterAction::kTrap,
                                       FilterAction::kKillThread, FilterAction::kKillProcess,
                                       FilterAction::kNotify};
  return {kActions[static_cast<size_t>(answer.action)], static_cast<uint16_t>(answer.error)};
}

bool is_refused(const Policy& policy, Arch arch) {
  try {
    decide(policy, {0, audit_arch(arch), 0, {}}, arch);
    return false;
  } catch (const FilterError& e) {
    require_harmless(e.what());
    return true;
  }
}

// What --seccomp-learn would write, put in front: one rule, or one more where a call is made
// through another one that is refused as well.
void check_allowance(Policy policy, const seccomp_data& call, Arch arch) {
  for (int rules = 0; rules < 2; ++rules) {
    const std::optional<Rule> rule = narrowest_allowance(policy, call, arch);
    if (!rule) {
      require(find_arch(call.arch) != arch || static_cast<uint32_t>(call.nr) >= kX32Bit);
      return;
    }
    policy.rules.insert(policy.rules.begin(), *rule);
    if (decide(policy, call, arch).answer == kAllow) return;
    require(find_arch(call.arch) == Arch::kI386);
  }
  require(false);
}

}  // namespace

void fuzz_filter(std::string_view bytes) {
  Choices choices(bytes);
  const Arch arch = choices.one_of(kArchs);
  const Policy policy = choose_policy(choices, arch);
  Program program;
  try {
    program = compile(policy, arch);
  } catch (const FilterError&) {
    require(is_refused(policy, arch));
    return;
  }
  require(is_checked_program(program) && writes_before_it_reads(program));
  const testing::BpfInterpreter filter(program);
  do {
    const seccomp_data call = choose_call(choices, policy, arch);
    require(filter.run(call) == decision_of(decide(policy, call, arch).answer));
    check_allowance(policy, call, arch);
  } while (!choices.is_at_end());
}

}  // namespace kekkai
