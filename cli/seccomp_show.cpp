#include "message.h"
#include "seccomp_answers.h"
#include "seccomp_json.h"
#include "seccomp_views.h"
#include "wrap.h"

#include <kekkai/seccomp-presets/describe.h>
#include <kekkai/seccomp-presets/presets.h>

#include <fmt/format.h>

#include <algorithm>

namespace kekkai::cli {
namespace {

using seccomp::Arch;

seccomp::Policy policy_of(const seccomp::SelectionWord& word) {
  return seccomp::preset_policy({.presets = word.preset});
}

auto count_refused(const seccomp::SelectionWord& word, Arch arch) {
  return std::ranges::count_if(answers_of(policy_of(word), arch),
                               [](const CallAnswer& answer) { return refuses(answer); });
}

std::string list_as_json(Arch arch) {
  Json presets = Json::array();
  Json options = Json::array();
  for (const seccomp::SelectionWord& word : seccomp::selection_words()) {
    Json json{{"name", word.name}, {"meaning", word.meaning}};
    if (word.option == nullptr) json["refused_calls"] = count_refused(word, arch);
    (word.option == nullptr ? presets : options).push_back(std::move(json));
  }
  return to_line({{"arch", seccomp::arch_name(arch)},
                  {"presets", std::move(presets)},
                  {"options", std::move(options)}});
}

std::string list_as_text(Arch arch) {
  constexpr size_t kIndent = 19;
  std::string presets = "Presets, and how many calls each refuses, some of them in part:\n";
  std::string options = "\nOptions, which go with a preset, as in strict,can:\n";
  for (const seccomp::SelectionWord& word : seccomp::selection_words()) {
    const bool is_preset = word.option == nullptr;
    std::string head = is_preset ? fmt::format("{:10}  {:3}", word.name, count_refused(word, arch))
                                 : std::string(word.name);
    for (const std::string& line : wrap(word.meaning, kWidth - kIndent)) {
      (is_preset ? presets : options) += fmt::format("  {:15}  {}\n", head, line);
      head.clear();
    }
  }
  return presets + options;
}

std::string show_as_json(const NamedPolicy& named, const std::vector<Entry>& entries, Arch arch) {
  Json rules = Json::array();
  for (const Entry& entry : entries) {
    Json rule{{"call", entry.answer->call}, {"number", entry.answer->number}};
    rule.update(to_json(*entry.answer, *entry.one));
    rule["by"] = entry.one->rule->origin;
    rule["why"] = entry.one->rule->reason;
    rules.push_back(std::move(rule));
  }
  Json json{
      {"policy", named.name}, {"arch", seccomp::arch_name(arch)}, {"rules", std::move(rules)}};
  json.update(defaults_to_json(named.policy));
  return to_line(json);
}

/// Writes groups of entries below the headings of their origin and reason.
class Writer {
 public:
  void write(std::span<const Entry> group) {
    const seccomp::Rule& rule = *group.front().one->rule;
    const bool is_new_origin = !last_ || last_->origin != rule.origin;
    if (is_new_origin) {
      text += fmt::format("{}{}\n", text.empty() ? "" : "\n", escape_control(rule.origin));
    }
    if (is_new_origin || last_->reason != rule.reason) write_reason(rule.reason);
    last_ = &rule;
    std::string calls;
    for (const Entry& entry : group) {
      const std::string condition = describe_condition(*entry.answer, *entry.one);
      if (condition.empty()) {
        calls += (calls.empty() ? "" : " ") + entry.answer->call;
      } else {
        write_line(rule.answer, entry.answer->call + " " + condition);
      }
    }
    if (!calls.empty()) write_line(rule.answer, calls);
  }

  std::string text;

 private:
  void write_reason(const std::string& reason) {
    if (reason.empty()) return;
    for (const std::string& line : wrap(escape_control(reason), kWidth - 2)) {
      text += fmt::format("  {}\n", line);
    }
  }

  void write_line(const seccomp::Answer& answer, const std::string& what) {
    constexpr size_t kIndent = 18;
    std::string head = seccomp::describe(answer);
    for (const std::string& line : wrap(what, kWidth - kIndent)) {
      text += fmt::format("    {:12}  {}\n", head, line);
      head.clear();
    }
  }

  const seccomp::Rule* last_ = nullptr;
};

std::string show_as_text(const seccomp::Policy& policy, const std::vector<Entry>& entries,
                         Arch arch) {
  Writer writer;
  for (auto begin = entries.begin(); begin != entries.end();) {
    const auto end = std::find_if_not(
        begin, entries.end(), [&](const Entry& entry) { return belong_together(*begin, entry); });
    writer.write({begin, end});
    begin = end;
  }
  std::string text = writer.text + (entries.empty() ? "" : "\n") + "everything else\n";
  for (const Default& each : defaults_of(policy, arch)) {
    text += fmt::format("    {:12}  {}\n", each.answer, each.calls);
  }
  return text;
}

}  // namespace

std::string list_presets(Arch arch, Form form) {
  return form == Form::kJson ? list_as_json(arch) : list_as_text(arch);
}

std::string show_policy(const NamedPolicy& named, Arch arch, Form form) {
  const std::vector<CallAnswer> answers = answers_of(named.policy, arch);
  const std::vector<Entry> entries = gather_entries(answers, named.policy);
  return form == Form::kJson ? show_as_json(named, entries, arch)
                             : show_as_text(named.policy, entries, arch);
}

}  // namespace kekkai::cli
