// From a policy to a program that costs a call as little as possible.
//
// The kernel asks a filter beforehand, for each number, whether it allows that call whatever its
// arguments are; such a call then does not run the filter at all (seccomp_cache_prepare, 5.11). So
// what counts are the calls whose arguments are looked at: those that programs make often come
// first, by equality. All other numbers are looked up in a tree of ranges, which keeps the kernel's
// questions at load time short.
#include "assembler.h"
#include "resolve.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace kekkai::seccomp {
namespace {

// The ways into a test: with its word loaded already, or not.
struct Entry {
  Label label;
  uint32_t word = kNoWord;  // what it loads first: an offset in seccomp_data
  Label loaded = 0;         // behind that load

  static constexpr uint32_t kNoWord = ~uint32_t{0};
  Label with(uint32_t in_accumulator) const { return word == in_accumulator ? loaded : label; }
};

struct Halves {
  uint32_t low, high;
  explicit Halves(uint64_t value)
      : low(static_cast<uint32_t>(value)), high(static_cast<uint32_t>(value >> 32)) {}
};

class Compiler {
 public:
  Compiler(const Policy& policy, Arch arch) : policy_(policy), primary_(arch) {}

  Program compile() {
    Label next = code_.answer(policy_.foreign);
    if (policy_.multiarch) {
      const Arch sibling = require_sibling(primary_);
      next = code_.jump(BPF_JEQ, audit_arch(sibling), section(sibling), next);
    }
    code_.jump(BPF_JEQ, audit_arch(primary_), section(primary_), next);
    code_.load(offsetof(seccomp_data, arch));
    return code_.finish();
  }

 private:
  // What to do with a number: an answer, or first a look at the arguments.
  struct Target {
    std::optional<Label> look;
    Answer answer{};
    bool operator==(const Target&) const = default;
  };
  using Targets = std::map<uint32_t, Target>;
  struct Range {
    uint32_t first;
    Target target;
  };

  // Everything about one architecture.
  Label section(Arch arch) {
    chains_ = resolve(policy_, arch, primary_);
    const std::vector<uint32_t> frequent = frequent_numbers(arch);
    Targets targets;
    for (const auto& [number, chain] : chains_) {
      targets.emplace(number, target_for(chain, arch, number));
    }
    Label label = tree(ranges(arch, targets, frequent));
    // NOLINTNEXTLINE(modernize-loop-convert): clang 14 cannot compile std::views
    for (auto number = frequent.rbegin(); number != frequent.rend(); ++number) {
      label = code_.jump(BPF_JEQ, *number, *targets.at(*number).look, label);
    }
    return code_.load(offsetof(seccomp_data, nr));
  }

  // Calls that are made often and whose arguments are looked at, the most frequent first.
  std::vector<uint32_t> frequent_numbers(Arch arch) const {
    static constexpr std::array kFrequent{"ioctl", "read",  "write", "openat",   "mmap",
                                          "prctl", "fcntl", "clone", "mprotect", "socket"};
    std::vector<uint32_t> numbers;
    for (const char* name : kFrequent) {
      const auto number = static_cast<uint32_t>(find_call(name)->number(arch));
      const auto chain = chains_.find(number);
      if (chain == chains_.end() || chain->second.front().conditions.empty()) continue;
      numbers.push_back(number);
    }
    return numbers;
  }

  // What to do with each number, in ascending ranges. The frequent ones were dealt with before, so
  // that a range may run across them.
  std::vector<Range> ranges(Arch arch, const Targets& targets,
                            const std::vector<uint32_t>& frequent) const {
    std::vector<uint32_t> limits{0, kX32Bit, kSkippedCall};
    const auto add = [&](uint32_t number) {
      limits.push_back(number);
      limits.push_back(number + 1);
    };
    for (const auto& [number, target] : targets) add(number);
    uint32_t next = 0;  // in a run of numbers that all are calls, there is no limit
    for (const uint16_t index : calls_by_number(arch)) {
      const auto number = static_cast<uint32_t>(all_calls()[index].number(arch));
      if (number != next) limits.insert(limits.end(), {next, number});
      next = number + 1;
    }
    limits.push_back(next);
    std::ranges::sort(limits);
    std::vector<Range> ranges;
    for (const uint32_t first : limits) {
      if (std::ranges::find(frequent, first) != frequent.end()) continue;
      const auto found = targets.find(first);
      const Target target = found != targets.end()
                                ? found->second
                                : Target{{}, without_rule(policy_, arch, first).answer};
      if (ranges.empty()) {
        ranges.push_back({0, target});
      } else if (ranges.back().target != target) {
        ranges.push_back({first, target});
      }
    }
    return ranges;
  }

  Label tree(std::span<const Range> ranges) {
    if (ranges.size() == 1) {
      const Target& target = ranges.front().target;
      return target.look ? *target.look : code_.answer(target.answer);
    }
    const size_t middle = ranges.size() / 2;
    const Label upper = tree(ranges.subspan(middle));
    const Label lower = tree(ranges.first(middle));
    return code_.jump(BPF_JGE, ranges[middle].first, upper, lower);
  }

  Target target_for(const Chain& chain, Arch arch, uint32_t number) {
    const Step& first = chain.front();
    if (first.conditions.empty()) return {{}, first.rule->answer};
    Entry next{code_.answer(without_rule(policy_, arch, number).answer)};
    // NOLINTNEXTLINE(modernize-loop-convert): clang 14 cannot compile std::views
    for (auto step = chain.rbegin(); step != chain.rend(); ++step) {
      Entry yes{code_.answer(step->rule->answer)};
      for (auto condition = step->conditions.rbegin(); condition != step->conditions.rend();
           ++condition) {
        yes = test(*condition, yes, next);
      }
      next = yes;
    }
    return {next.label, {}};
  }

  Entry test(const ArgCondition& condition, const Entry& yes, const Entry& no) {
    constexpr uint32_t kAll = ~uint32_t{0};
    const Halves value(condition.value);
    const Halves mask(condition.mask);
    const auto low =
        static_cast<uint32_t>(offsetof(seccomp_data, args) + condition.index * sizeof(uint64_t));
    const uint32_t high = low + sizeof(uint32_t);  // little-endian, like all of ours
    const auto larger = [&](uint16_t comparison, const Entry& if_so, const Entry& if_not) {
      const Entry equal =
          test_word(BPF_JEQ, high, kAll, value.high,
                    test_word(comparison, low, kAll, value.low, if_so, if_not), if_not);
      return test_word(BPF_JGT, high, kAll, value.high, if_so, equal);
    };
    switch (condition.comparison) {
      case Comparison::kEqual:
        return test_word(BPF_JEQ, high, kAll, value.high,
                         test_word(BPF_JEQ, low, kAll, value.low, yes, no), no);
      case Comparison::kNotEqual:
        return test_word(BPF_JEQ, high, kAll, value.high,
                         test_word(BPF_JEQ, low, kAll, value.low, no, yes), yes);
      case Comparison::kGreater:
        return larger(BPF_JGT, yes, no);
      case Comparison::kGreaterOrEqual:
        return larger(BPF_JGE, yes, no);
      case Comparison::kLess:
        return larger(BPF_JGE, no, yes);
      case Comparison::kLessOrEqual:
        return larger(BPF_JGT, no, yes);
      case Comparison::kMaskedEqual:
        break;
    }
    Entry next = yes;
    if (mask.low != 0) next = test_word(BPF_JEQ, low, mask.low, value.low, next, no);
    if (mask.high != 0) next = test_word(BPF_JEQ, high, mask.high, value.high, next, no);
    return next;
  }

  Entry test_word(uint16_t comparison, uint32_t word, uint32_t mask, uint32_t value,
                  const Entry& yes, const Entry& no) {
    constexpr uint32_t kAll = ~uint32_t{0};
    const bool is_plain = mask == kAll;
    const bool is_one_bit = !is_plain && std::has_single_bit(mask);
    // A mask of several bits changes what is loaded; a single bit is tested in place.
    const bool stays = is_plain || is_one_bit;
    Label yes_label = stays ? yes.with(word) : yes.label;
    Label no_label = stays ? no.with(word) : no.label;
    if (is_one_bit) {
      if (value == 0) std::swap(yes_label, no_label);
      comparison = BPF_JSET;
      value = mask;
    }
    Label behind_load = code_.jump(comparison, value, yes_label, no_label);
    if (!stays) behind_load = code_.mask(mask);
    const Label label = code_.load(word);
    return {label, word, behind_load};
  }

  const Policy& policy_;
  Arch primary_;
  Assembler code_;
  Chains chains_;
};

}  // namespace

Program compile(const Policy& policy, Arch arch) { return Compiler(policy, arch).compile(); }

}  // namespace kekkai::seccomp
