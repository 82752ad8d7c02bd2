#include "message.h"
#include "seccomp_answers.h"
#include "seccomp_json.h"
#include "seccomp_views.h"
#include "wrap.h"

#include <kekkai/seccomp-presets/describe.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace kekkai::cli {
namespace {

using seccomp::Arch;

/// What both say about a call.
struct Pair {
  CallAnswer a, b;
};

// A rule of one of them may be about a number that no table has.
std::vector<Pair> find_differences(const NamedPolicy& a, const NamedPolicy& b, Arch arch) {
  std::map<std::pair<std::string, uint32_t>, Pair> calls;
  for (CallAnswer& answer : answers_of(a.policy, arch)) {
    calls[{answer.call, answer.number}].a = std::move(answer);
  }
  for (CallAnswer& answer : answers_of(b.policy, arch)) {
    calls[{answer.call, answer.number}].b = std::move(answer);
  }
  std::vector<Pair> differences;
  for (auto& [call, pair] : calls) {
    if (pair.a.cases.empty()) pair.a = answer_of(a.policy, arch, call.second);
    if (pair.b.cases.empty()) pair.b = answer_of(b.policy, arch, call.second);
    if (!is_alike(pair.a, pair.b)) differences.push_back(std::move(pair));
  }
  return differences;
}

std::vector<std::string> describe_cases(const CallAnswer& answer) {
  std::vector<std::string> lines;
  for (const Case& one : answer.cases) {
    const std::string condition = describe_condition(answer, one);
    lines.push_back(seccomp::describe(one.answer) + (condition.empty() ? "" : " " + condition));
  }
  return lines;
}

Json cases_to_json(const CallAnswer& answer) {
  Json cases = Json::array();
  for (const Case& one : answer.cases) cases.push_back(to_json(answer, one));
  return cases;
}

/// Calls, or what is said of many of them, and what the two answer: a line for each case.
struct Block {
  std::string calls;
  std::vector<std::string> a, b;
};

std::vector<Block> gather_blocks(const std::vector<Pair>& differences) {
  std::vector<Block> blocks;
  for (const Pair& pair : differences) {
    Block block{pair.a.call, describe_cases(pair.a), describe_cases(pair.b)};
    const auto same = std::ranges::find_if(
        blocks, [&](const Block& other) { return other.a == block.a && other.b == block.b; });
    if (same == blocks.end()) {
      blocks.push_back(std::move(block));
    } else {
      same->calls += " " + block.calls;
    }
  }
  return blocks;
}

void append_different_defaults(std::vector<Block>& blocks, const seccomp::Policy& a,
                               const seccomp::Policy& b, Arch arch) {
  const std::vector<Default> defaults = defaults_of(a, arch);
  const std::vector<Default> others = defaults_of(b, arch);
  for (size_t i = 1; i < defaults.size(); ++i) {  // the first shows in every call
    if (defaults[i].answer == others[i].answer) continue;
    blocks.push_back({defaults[i].calls, {defaults[i].answer}, {others[i].answer}});
  }
}

std::string to_text(const Block& block, const std::string& a, const std::string& b) {
  std::string text;
  for (const std::string& line : wrap(block.calls, kWidth)) text += line + "\n";
  const size_t width = std::max(a.size(), b.size());
  const auto append = [&](std::string name, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
      text += fmt::format("  {:{}}  {}\n", name, width, line);
      name.clear();
    }
  };
  append(a, block.a);
  append(b, block.b);
  return text;
}

std::string compare_as_json(const NamedPolicy& a, const NamedPolicy& b,
                            const std::vector<Pair>& differences, Arch arch) {
  Json calls = Json::array();
  for (const Pair& pair : differences) {
    calls.push_back({{"call", pair.a.call},
                     {"number", pair.a.number},
                     {"a", cases_to_json(pair.a)},
                     {"b", cases_to_json(pair.b)}});
  }
  Json json{{"a", {{"policy", a.name}}}, {"b", {{"policy", b.name}}}};
  json["a"].update(defaults_to_json(a.policy));
  json["b"].update(defaults_to_json(b.policy));
  json["arch"] = seccomp::arch_name(arch);
  json["calls"] = std::move(calls);
  return to_line(json);
}

}  // namespace

std::string compare_policies(const NamedPolicy& a, const NamedPolicy& b, Arch arch, Form form) {
  const std::vector<Pair> differences = find_differences(a, b, arch);
  if (form == Form::kJson) return compare_as_json(a, b, differences, arch);
  std::vector<Block> blocks = gather_blocks(differences);
  append_different_defaults(blocks, a.policy, b.policy, arch);
  const std::string name_of_a = escape_control(a.name);
  const std::string name_of_b = escape_control(b.name);
  if (blocks.empty()) return fmt::format("{} and {} answer alike\n", name_of_a, name_of_b);
  std::string text;
  for (const Block& block : blocks) {
    text += (text.empty() ? "" : "\n") + to_text(block, name_of_a, name_of_b);
  }
  return text;
}

}  // namespace kekkai::cli
