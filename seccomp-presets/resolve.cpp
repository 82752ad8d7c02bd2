#include "resolve.h"

#include <algorithm>
#include <charconv>

namespace kekkai::seccomp {
namespace {

constexpr int kMaxErrno = 4095;  // MAX_ERRNO of the kernel

[[noreturn]] void fail(const Rule& rule, const std::string& what) {
  throw FilterError((rule.origin.empty() ? "" : rule.origin + ": ") + "the rule for \"" +
                    rule.call + "\" " + what);
}

void check(const Answer& answer, const auto& refuse) {
  if (answer.action != Action::kErrno) return;
  if (answer.error >= 1 && answer.error <= kMaxErrno) return;
  refuse("gives errno " + std::to_string(answer.error) + ", which is not within 1 to 4095");
}

// Why a condition can be left out, or its rule; empty where neither is so.
std::string pointlessness(const ArgCondition& condition) {
  constexpr uint64_t kMax = ~uint64_t{0};
  const uint64_t value = condition.value;
  const char* const kNever = "it would never apply";
  const char* const kAlways = "its condition always holds";
  switch (condition.comparison) {
    case Comparison::kEqual:
    case Comparison::kNotEqual:
      return "";
    case Comparison::kLess:
      return value == 0 ? kNever : "";
    case Comparison::kGreater:
      return value == kMax ? kNever : "";
    case Comparison::kGreaterOrEqual:
      return value == 0 ? kAlways : "";
    case Comparison::kLessOrEqual:
      return value == kMax ? kAlways : "";
    case Comparison::kMaskedEqual:
      if ((value & ~condition.mask) != 0) return kNever;
      return condition.mask == 0 ? kAlways : "";
  }
  return "its comparison does not exist";
}

void check(const Rule& rule) {
  check(rule.answer, [&](const std::string& what) { fail(rule, what); });
  for (const ArgCondition& condition : rule.conditions) {
    if (condition.index > 5) {
      fail(rule,
           "looks at argument " + std::to_string(condition.index) + ", but the last one is 5");
    }
    const std::string pointless = pointlessness(condition);
    if (!pointless.empty()) fail(rule, "compares so that " + pointless);
    for (const ArgCondition& other : rule.conditions) {
      const bool both_equal = condition.comparison == Comparison::kEqual &&
                              other.comparison == Comparison::kEqual &&
                              condition.index == other.index;
      if (both_equal && condition.value != other.value) {
        fail(rule, "compares so that it would never apply");
      }
    }
  }
}

bool has_ended(const Chain& chain) { return !chain.empty() && chain.back().conditions.empty(); }

void append(Chain& chain, Step step) {
  if (!has_ended(chain)) chain.push_back(std::move(step));
}

// What is refused whatever its arguments are is refused through a multiplexer too. It comes before
// the multiplexer's own rules: to allow that one is not to allow all that goes through it.
void refuse_through_multiplexers(Chains& chains, const std::map<std::string_view, Chain>& by_name,
                                 Arch arch) {
  for (const Multiplexed& way : multiplexed_calls()) {
    const auto found = by_name.find(way.call);
    const int through = find_call(way.through)->number(arch);
    if (found == by_name.end() || through == Call::kNone) continue;
    const Step& first = found->second.front();
    if (!first.conditions.empty() || first.rule->answer == kAllow) continue;
    Chain& chain = chains[static_cast<uint32_t>(through)];
    // ipc(2) has a version in the high half.
    const uint64_t mask = way.through == "ipc" ? 0xffff : kLow32;
    chain.insert(chain.begin(), {first.rule, {masked(0, mask, way.function)}});
  }
}

}  // namespace

Arch require_sibling(Arch primary) {
  const std::optional<Arch> sibling = sibling_of(primary);
  if (!sibling) throw FilterError("multiarch: no second architecture is known for this one");
  return *sibling;
}

Chains resolve(const Policy& policy, Arch arch, Arch primary) {
  for (const Answer& answer :
       {policy.otherwise, policy.foreign, policy.unclassified.value_or(kAllow)}) {
    check(answer, [](const std::string& what) { throw FilterError("a default action " + what); });
  }
  std::map<std::string_view, Chain> by_name;
  Chains chains;
  for (const Rule& rule : policy.rules) {
    check(rule);
    if (const std::optional<uint32_t> number = number_of_call(rule)) {
      if (arch != primary) continue;  // it is another call there
      if (*number >= kX32Bit) fail(rule, "has a number that no call has");
      append(chains[*number], {&rule, rule.conditions});
      continue;
    }
    const Call* const call = find_call(rule.call);
    if (call == nullptr) {
      throw FilterError((rule.origin.empty() ? "" : rule.origin + ": ") +
                        "there is no system call \"" + rule.call + "\"");
    }
    append(by_name[call->name()], {&rule, rule.conditions});
    if (call->number(arch) == Call::kNone) continue;
    append(chains[static_cast<uint32_t>(call->number(arch))], {&rule, rule.conditions});
  }
  refuse_through_multiplexers(chains, by_name, arch);
  return chains;
}

Decision without_rule(const Policy& policy, Arch arch, uint32_t number) {
  if (number == kSkippedCall) return {kAllow};
  if (is_x32(arch, number)) return {policy.foreign, Decider::kForeign};
  if (policy.unclassified && find_call(arch, number) == nullptr) {
    return {*policy.unclassified, Decider::kUnclassified};
  }
  return {policy.otherwise};
}

std::optional<uint32_t> number_of_call(const Rule& rule) {
  uint32_t number = 0;
  const char* const end = rule.call.data() + rule.call.size();
  const auto [stop, error] = std::from_chars(rule.call.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

bool is_x32(Arch arch, uint32_t number) {
  return arch == Arch::kX86_64 && number >= kX32Bit && number != kSkippedCall;
}

}  // namespace kekkai::seccomp
