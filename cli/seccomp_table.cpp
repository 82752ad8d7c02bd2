#include "message.h"
#include "seccomp_answers.h"
#include "seccomp_views.h"

#include <kekkai/seccomp-presets/describe.h>

namespace kekkai::cli {
namespace {

struct Row {
  std::string origin, calls, answer, condition, reason;
};

std::string escape_cell(const std::string& text) {
  std::string escaped;
  for (const char c : escape_control(text)) {
    if (c == '|') escaped += '\\';  // also within `code`
    escaped += c;
  }
  return escaped;
}

// " text " between the bars of a row.
std::string make_cell(const std::string& text) {
  return text.empty() ? " |" : " " + escape_cell(text) + " |";
}

std::string quote(const std::string& text) { return "`" + text + "`"; }

std::string condition_in(const Entry& entry) {
  const std::vector<seccomp::ArgCondition>& conditions = entry.one->conditions;
  if (conditions.empty()) return describe_condition(*entry.answer, *entry.one);
  return quote(seccomp::describe(conditions, entry.answer->call));
}

// Calls of which the same is said share a row.
std::vector<Row> gather_rows(const seccomp::Policy& policy) {
  const std::vector<CallAnswer> answers = answers_of(policy);
  std::vector<Row> rows;
  const Entry* last = nullptr;
  const std::vector<Entry> entries = gather_entries(answers, policy);
  for (const Entry& entry : entries) {
    const std::string condition = condition_in(entry);
    const bool is_next = last != nullptr && belong_together(*last, entry);
    last = &entry;
    if (is_next && rows.back().condition == condition) {
      rows.back().calls += " " + quote(entry.answer->call);
      continue;
    }
    rows.push_back({entry.one->rule->origin, quote(entry.answer->call),
                    seccomp::describe(entry.one->answer), condition, entry.one->rule->reason});
  }
  return rows;
}

}  // namespace

std::string make_table(const seccomp::Policy& policy) {
  const seccomp::Answer newer = policy.unclassified.value_or(policy.otherwise);
  std::vector<Row> rows = gather_rows(policy);
  rows.push_back({"", "any other", seccomp::describe(policy.otherwise), "", ""});
  rows.push_back({"", "those newer than Linux 6.18", seccomp::describe(newer), "", ""});
  const char* const foreign =
      policy.multiarch ? "those of third architectures" : "those of other architectures";
  rows.push_back({"", foreign, seccomp::describe(policy.foreign), "", ""});
  std::string text =
      "| by | calls | answer | where | why |\n"
      "| --- | --- | --- | --- | --- |\n";
  for (const Row& row : rows) {
    text += "|";
    for (const std::string* cell :
         {&row.origin, &row.calls, &row.answer, &row.condition, &row.reason}) {
      text += make_cell(*cell);
    }
    text += "\n";
  }
  return text;
}

}  // namespace kekkai::cli
