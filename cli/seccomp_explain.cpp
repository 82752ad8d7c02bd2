#include "seccomp_answers.h"
#include "seccomp_json.h"
#include "seccomp_views.h"
#include "suggest.h"
#include "usage_error.h"
#include "wrap.h"

#include <kekkai/seccomp-presets/describe.h>
#include <kekkai/seccomp-presets/presets.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace kekkai::cli {
namespace {

using seccomp::Arch;
using seccomp::Call;

/// The call that is asked about, and where to look at it.
struct Question {
  const Call* call = nullptr;  ///< None for a number that no table has.
  uint32_t number = 0;
  Arch arch = seccomp::kNativeArch;
  bool exists = true;  ///< Not where only architectures have it that no filter is made for.

  std::string name() const {
    return call == nullptr ? std::to_string(number) : std::string(call->name());
  }
};

UsageError unknown_call(const std::string& name) {
  const std::string_view meant = nearest_call(name);
  return UsageError(
      "there is no system call \"" + name + "\"",
      meant.empty() ? "`man 2 syscalls` lists them" : "did you mean " + std::string(meant) + "?");
}

Question find_number(const std::string& text, Arch arch) {
  uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number >= seccomp::kX32Bit) {
    throw UsageError("\"" + text + "\" is not the number of a system call",
                     "x86_64, i386 and arm64 number them from 0");
  }
  return {seccomp::find_call(arch, number), number, arch};
}

// Where the architecture that was asked for has no such call, another one is looked at.
Question find_name(const std::string& name, Arch arch) {
  const Call* const call = seccomp::find_call(name);
  if (call == nullptr) throw unknown_call(name);
  for (const Arch each : {arch, Arch::kX86_64, Arch::kI386, Arch::kArm64}) {
    if (call->number(each) != Call::kNone) {
      return {call, static_cast<uint32_t>(call->number(each)), each};
    }
  }
  return {call, 0, arch, false};
}

Question understand(const std::string& call, Arch arch) {
  const bool is_number = !call.empty() && call.find_first_not_of("0123456789") == call.npos;
  return is_number ? find_number(call, arch) : find_name(call, arch);
}

/// Presets that say the same of a call.
struct Group {
  std::vector<std::string_view> presets;
  seccomp::Policy policy;  ///< Of the first of them; its rules are those of `answer`.
  CallAnswer answer;
};

CallAnswer answer_to(const Question& question, const seccomp::Policy& policy) {
  CallAnswer answer = answer_of(policy, question.arch, question.number);
  answer.call = question.name();
  return answer;
}

std::vector<Group> gather_refusals(const Question& question) {
  std::vector<Group> groups;
  for (const seccomp::SelectionWord& word : seccomp::selection_words()) {
    if (word.option != nullptr || !question.exists) continue;
    Group group{{word.name}, seccomp::preset_policy({.presets = word.preset}), {}};
    group.answer = answer_to(question, group.policy);
    if (!refuses(group.answer)) continue;
    const auto same = std::ranges::find_if(
        groups, [&](const Group& other) { return is_alike(other.answer, group.answer); });
    if (same != groups.end()) {
      same->presets.push_back(word.name);
    } else {
      groups.push_back(std::move(group));  // its rules stay where they are
    }
  }
  return groups;
}

enum class Extent : uint8_t { kNot, kInPart, kWholly };

Extent extent_of(const CallAnswer& answer) {
  if (!refuses(answer)) return Extent::kNot;
  const bool wholly =
      std::ranges::all_of(answer.cases, [](const Case& one) { return refuses(one.answer); });
  return wholly ? Extent::kWholly : Extent::kInPart;
}

// What the default does.
Extent extent_of(const std::vector<Group>& groups) {
  for (const Group& group : groups) {
    if (std::ranges::count(group.presets, "strict") > 0) return extent_of(group.answer);
  }
  return Extent::kNot;
}

// The options of a selection that change what strict says.
std::vector<const seccomp::SelectionWord*> find_options(const Question& question,
                                                        const std::vector<Group>& groups) {
  std::vector<const seccomp::SelectionWord*> found;
  if (extent_of(groups) == Extent::kNot) return found;
  const seccomp::Policy strict = seccomp::preset_policy({});
  for (const seccomp::SelectionWord& word : seccomp::selection_words()) {
    if (word.option == nullptr) continue;
    seccomp::Selection selection;
    selection.options.*(word.option) = true;
    const seccomp::Policy other = seccomp::preset_policy(selection);
    if (!is_alike(answer_to(question, strict), answer_to(question, other))) found.push_back(&word);
  }
  return found;
}

std::string list_numbers(const Question& question) {
  if (question.call == nullptr) {
    return fmt::format("no call of Linux 6.18 on {}, but maybe one of a newer kernel",
                       seccomp::arch_name(question.arch));
  }
  std::string text;
  for (const Arch arch : seccomp::kArchs) {
    const int number = question.call->number(arch);
    if (number == Call::kNone) continue;
    text += fmt::format("{}{} on {}", text.empty() ? "" : ", ", number, seccomp::arch_name(arch));
  }
  for (const seccomp::Multiplexed& way : seccomp::multiplexed_calls()) {
    if (way.call == question.call->name()) {
      text += fmt::format("; on i386 also through {}", way.through);
    }
  }
  return text;
}

std::string reason_of(const Case& one, const Question& question) {
  if (one.rule != nullptr) return one.rule->reason;
  return question.call == nullptr ? "newer than the tables" : "";
}

bool has_same_reason(const Case& a, const Case& b) {
  return a.rule != nullptr && b.rule != nullptr && a.answer == b.answer &&
         a.rule->reason == b.rule->reason;
}

// Of several cases with one reason only the last tells it.
void append_case(std::string& text, const Group& group, size_t at, const Question& question) {
  constexpr size_t kIndent = 16;
  const std::vector<Case>& cases = group.answer.cases;
  const bool goes_on = at + 1 < cases.size() && has_same_reason(cases[at], cases[at + 1]);
  const std::string condition = describe_condition(group.answer, cases[at]);
  std::string head = seccomp::describe(cases[at].answer);
  for (const std::string& part : {condition, goes_on ? "" : reason_of(cases[at], question)}) {
    if (part.empty()) continue;
    for (const std::string& line : wrap(part, kWidth - kIndent)) {
      text += fmt::format("  {:12}  {}\n", head, line);
      head.clear();
    }
  }
}

std::string name_presets(const Group& group) {
  const bool is_everywhere = std::ranges::count(group.presets, "common") > 0;  // all contain it
  return is_everywhere ? "every preset" : fmt::format("{}", fmt::join(group.presets, ", "));
}

std::string explain_as_text(const Question& question, const std::vector<Group>& groups) {
  if (!question.exists) {
    return question.name() + ": only other architectures have it, for which no filter is made\n";
  }
  std::string text = fmt::format("{}: {}\n", question.name(), list_numbers(question));
  if (groups.empty()) return text + "No preset refuses it.\n";
  const char* const verdicts[] = {"lets it through", "refuses it in part", "refuses it"};
  text +=
      fmt::format("The default, strict, {}.\n", verdicts[static_cast<size_t>(extent_of(groups))]);
  for (const Group& group : groups) {
    text += fmt::format("\n{}\n", name_presets(group));
    for (size_t at = 0; at < group.answer.cases.size(); ++at) {
      append_case(text, group, at, question);
    }
  }
  text += fmt::format("\nTo allow it:\n  kekkai run --seccomp-allow {}\n", question.name());
  for (const seccomp::SelectionWord* word : find_options(question, groups)) {
    text += fmt::format("  kekkai run --seccomp {:16}  {}\n", fmt::format("strict,{}", word->name),
                        word->meaning);
  }
  return text;
}

Json group_to_json(const Group& group, const Question& question) {
  Json cases = Json::array();
  for (const Case& one : group.answer.cases) {
    cases.push_back(to_json(group.answer, one));
    cases.back()["why"] = reason_of(one, question);
  }
  return {{"presets", group.presets}, {"cases", std::move(cases)}};
}

std::string explain_as_json(const Question& question, const std::vector<Group>& groups) {
  Json numbers = Json::object();
  for (const Arch arch : seccomp::kArchs) {
    const int number = question.call == nullptr ? Call::kNone : question.call->number(arch);
    numbers[std::string(seccomp::arch_name(arch))] = number == Call::kNone ? Json() : Json(number);
  }
  if (question.call == nullptr) {
    numbers[std::string(seccomp::arch_name(question.arch))] = question.number;
  }
  const char* const verdicts[] = {"no", "partly", "wholly"};
  Json json{{"call", question.name()},
            {"known", question.call != nullptr},
            {"numbers", std::move(numbers)},
            {"refused_by_default", verdicts[static_cast<size_t>(extent_of(groups))]},
            {"refusals", Json::array()},
            {"allow", Json::array()}};
  for (const Group& group : groups) json["refusals"].push_back(group_to_json(group, question));
  if (!groups.empty()) json["allow"].push_back("--seccomp-allow " + question.name());
  for (const seccomp::SelectionWord* word : find_options(question, groups)) {
    json["allow"].push_back("--seccomp strict," + std::string(word->name));
  }
  return to_line(json);
}

}  // namespace

std::string explain_call(const std::string& call, Arch arch, Form form) {
  const Question question = understand(call, arch);
  const std::vector<Group> groups = gather_refusals(question);
  return form == Form::kJson ? explain_as_json(question, groups)
                             : explain_as_text(question, groups);
}

}  // namespace kekkai::cli
