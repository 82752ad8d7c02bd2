#include "denial_log.h"

#include "json_line.h"
#include "message.h"

#include <kekkai/seccomp-presets/policy_file.h>
#include <kekkai/syscall/flags.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>

#include <algorithm>

namespace kekkai::cli {
namespace {

std::string decider_of(const seccomp::Decision& decision) {
  switch (decision.decider) {
    case seccomp::Decider::kRule:
      return decision.rule->origin.empty() ? "a rule" : decision.rule->origin;
    case seccomp::Decider::kUnclassified:
      return "strict";
    case seccomp::Decider::kForeign:
      return "architecture";
    case seccomp::Decider::kOtherwise:
      break;
  }
  return "default";
}

std::string reason_of(const seccomp::Decision& decision) {
  switch (decision.decider) {
    case seccomp::Decider::kRule:
      return decision.rule->reason;
    case seccomp::Decider::kUnclassified:
      return "a call that is newer than kekkai's tables";
    case seccomp::Decider::kForeign:
      return "a call of another architecture";
    case seccomp::Decider::kOtherwise:
      break;
  }
  return "no rule allows it";
}

std::string with_word(const SeccompOptions& options, bool seccomp::Options::*word) {
  if (!options.selection) return "";
  seccomp::Selection selection = *options.selection;
  selection.options.*word = true;
  return "--seccomp " + to_string(selection);
}

// Programs try it first and fall back to clone, in a sandbox without namespaces of its own without
// any loss. To allow it would be to allow new user namespaces: no filter sees its flags.
bool falls_back(const DeniedCall& call) { return call.call == "clone3"; }

// For whoever reviews what was learned; ASCII, as a program may pass what it likes.
std::string cause_of(const Denial& denial) {
  constexpr size_t kLongest = 200;
  std::string text =
      escape_control(fmt::format("{}: {}({})", denial.program, denial.call, denial.arguments));
  std::ranges::replace_if(
      text, [](unsigned char c) { return c >= 0x80; }, '?');
  return text.substr(0, kLongest);
}

std::string option_for(const DeniedCall& call, const SeccompOptions& options) {
  if (falls_back(call)) return "";
  if (!call.allowance) {
    const bool is_sibling = call.decision.decider == seccomp::Decider::kForeign && call.arch &&
                            call.arch == seccomp::sibling_of(seccomp::kNativeArch);
    return is_sibling ? with_word(options, &seccomp::Options::multiarch) : "";
  }
  if (call.call == "socket" && !options.rules && !call.allowance->conditions.empty()) {
    const uint64_t family = call.allowance->conditions.front().value;
    if (family == AF_CAN) return with_word(options, &seccomp::Options::can);
    if (family == AF_BLUETOOTH) return with_word(options, &seccomp::Options::bluetooth);
  }
  return "--seccomp-allow " + call.allowance->call;
}

std::vector<seccomp::Selection> all_selections() {
  std::vector<seccomp::Selection> all;
  for (unsigned presets = 0; presets < 32; ++presets) {
    for (unsigned set = 0; set < 16; ++set) {
      all.push_back({seccomp::Preset{presets},
                     {(set & 1) != 0, (set & 2) != 0, (set & 4) != 0, (set & 8) != 0}});
    }
  }
  return all;
}

// Of a file with presets, leaves the rules before them, and gives the presets.
std::optional<seccomp::Selection> take_presets_off(seccomp::Policy& policy) {
  for (const seccomp::Selection& selection : all_selections()) {
    seccomp::Policy presets = preset_policy(selection);
    if (policy.rules.size() < presets.rules.size()) continue;
    const auto own = policy.rules.end() - static_cast<ptrdiff_t>(presets.rules.size());
    seccomp::Policy end = policy;
    end.rules.assign(own, policy.rules.end());
    if (end != presets) continue;
    policy.rules.erase(own, policy.rules.end());
    return selection;
  }
  return std::nullopt;
}

}  // namespace

Denial describe_denial(const DeniedCall& call, const SeccompOptions& options) {
  return {.program = fmt::format("{}[{}]", call.program.empty() ? "?" : call.program, call.thread),
          .call = call.call,
          .arguments = fmt::format("{}", fmt::join(call.arguments, ", ")),
          .answer = errno_name(call.decision.answer.error),
          .decider = decider_of(call.decision),
          .reason = reason_of(call.decision),
          .option = option_for(call, options)};
}

std::string denial_text(const Denial& denial) {
  std::string text = fmt::format("{}: {}({}): {} by {}", denial.program, denial.call,
                                 denial.arguments, denial.answer, denial.decider);
  if (!denial.option.empty()) text += fmt::format("; {} allows it", denial.option);
  return text;
}

std::string denial_line(const DeniedCall& call, const Denial& denial) {
  Json json{{"event", "refused"},   {"pid", call.thread},          {"program", call.program},
            {"call", denial.call},  {"arguments", call.arguments}, {"errno", denial.answer},
            {"by", denial.decider}, {"why", denial.reason}};
  if (!denial.option.empty()) json["option"] = denial.option;
  return to_line(json);
}

void DenialSummary::add(const DeniedCall& call, const Denial& denial) {
  ++total_;
  const std::string key = denial.call + " " + denial.answer + " " + denial.option;
  auto kind = kinds_.find(key);
  if (kind == kinds_.end()) {
    if (kinds_.size() == kMostKinds) {
      ++others_;
      return;
    }
    kind = kinds_.emplace(key, Kind{denial}).first;
  }
  ++kind->second.count;
  if (!call.allowance || falls_back(call) || allowances_.size() == kMostRules) return;
  const bool is_known = std::ranges::any_of(allowances_, [&](const seccomp::Rule& rule) {
    return rule.call == call.allowance->call && rule.conditions == call.allowance->conditions;
  });
  if (is_known) return;
  allowances_.push_back(*call.allowance);
  allowances_.back().reason = cause_of(denial);
}

std::vector<DenialSummary::Kind> DenialSummary::by_count() const {
  std::vector<Kind> sorted;
  for (const auto& [key, kind] : kinds_) sorted.push_back(kind);
  std::ranges::stable_sort(sorted, std::greater(), &Kind::count);
  return sorted;
}

std::vector<std::string> DenialSummary::texts() const {
  if (total_ == 0) return {"no system call was refused"};
  std::vector<std::string> lines{
      fmt::format("{} system call{} refused:", total_, total_ == 1 ? " was" : "s were")};
  size_t call_width = 0;
  size_t decider_width = 0;
  for (const auto& [key, kind] : kinds_) {
    call_width = std::max(call_width, kind.denial.call.size());
    decider_width = std::max(decider_width, kind.denial.decider.size());
  }
  for (const Kind& kind : by_count()) {
    std::string line =
        fmt::format("{:>8} x {:<{}}  {:<12}  {:<{}}  {}", kind.count, kind.denial.call, call_width,
                    kind.denial.answer, kind.denial.decider, decider_width, kind.denial.option);
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  if (others_ > 0) lines.push_back(fmt::format("{:>8} x others", others_));
  return lines;
}

std::string DenialSummary::line() const {
  Json calls = Json::array();
  for (const Kind& kind : by_count()) {
    Json json{{"call", kind.denial.call},
              {"errno", kind.denial.answer},
              {"by", kind.denial.decider},
              {"why", kind.denial.reason},
              {"count", kind.count}};
    if (!kind.denial.option.empty()) json["option"] = kind.denial.option;
    calls.push_back(std::move(json));
  }
  return to_line({{"event", "refusals"}, {"total", total_}, {"calls", std::move(calls)}});
}

std::string DenialSummary::learned(const SeccompOptions& options) const {
  seccomp::Policy policy = options.rules.value_or(seccomp::Policy{});
  const std::optional<seccomp::Selection> presets =
      options.rules ? take_presets_off(policy) : options.selection;
  std::vector<seccomp::Rule> first = allowances_;
  for (const std::string& call : options.allowed) first.push_back({call, seccomp::kAllow});
  policy.rules.insert(policy.rules.begin(), first.begin(), first.end());
  return presets ? to_json(policy, to_string(*presets)) : to_json(policy);
}

}  // namespace kekkai::cli
