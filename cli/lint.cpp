#include "lint.h"

#include "message.h"
#include "wrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace kekkai::cli {
namespace {

constexpr size_t kIndent = 4;

// A path as a relative reference of RFC 3986.
std::string to_uri(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/";
  std::string uri;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (byte < 0x80 && std::isalnum(byte) != 0) || kPlain.find(c) != kPlain.npos;
    uri += is_plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return uri;
}

}  // namespace

std::string_view level_name(Level level) {
  constexpr std::array<std::string_view, 3> kNames{"note", "warning", "error"};
  return kNames.at(static_cast<size_t>(level));
}

std::vector<Finding> lint(const LintContext& context) {
  std::vector<Finding> findings;
  if (context.plan.failure) return findings;
  for (const LintRule& rule : lint_rules()) {
    for (std::string& what : rule.find(context)) findings.push_back({&rule, std::move(what)});
  }
  return findings;
}

bool asks_for_change(const std::vector<Finding>& findings) {
  return std::ranges::any_of(findings,
                             [](const Finding& f) { return f.rule->level != Level::kNote; });
}

std::string findings_text(const std::vector<Finding>& findings, size_t width) {
  std::string text;
  for (const Finding& finding : findings) {
    const LintRule& rule = *finding.rule;
    text += fmt::format("  {} {}\n", level_name(rule.level), rule.name);
    const std::string what = escape_control(finding.what) + ".";
    for (const std::string_view sentence : {std::string_view(what), rule.meaning, rule.remedy}) {
      for (const std::string& line : wrap(sentence, width - kIndent)) {
        text += fmt::format("{:{}}{}\n", "", kIndent, line);
      }
    }
  }
  return text;
}

Json findings_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"rule", finding.rule->name},
                    {"level", level_name(finding.rule->level)},
                    {"what", finding.what},
                    {"meaning", finding.rule->meaning},
                    {"remedy", finding.rule->remedy}});
  }
  return list;
}

Json findings_sarif(const std::vector<Finding>& findings, const std::string& file) {
  Json rules = Json::array();
  for (const LintRule& rule : lint_rules()) {
    rules.push_back({{"id", rule.name},
                     {"shortDescription", {{"text", rule.meaning}}},
                     {"help", {{"text", rule.remedy}}},
                     {"defaultConfiguration", {{"level", level_name(rule.level)}}}});
  }
  Json results = Json::array();
  for (const Finding& finding : findings) {
    Json result{{"ruleId", finding.rule->name},
                {"ruleIndex", finding.rule - lint_rules().data()},
                {"level", level_name(finding.rule->level)},
                {"message", {{"text", finding.what}}}};
    if (!file.empty()) {
      const Json place{{"artifactLocation", {{"uri", to_uri(file)}}}};
      result["locations"] = Json::array({Json{{"physicalLocation", place}}});
    }
    results.push_back(std::move(result));
  }
  const Json driver{{"name", "kekkai"}, {"version", KEKKAI_VERSION}, {"rules", rules}};
  const Json run{{"tool", {{"driver", driver}}}, {"results", results}};
  return {{"$schema",
           "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
           "sarif-schema-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs", Json::array({run})}};
}

}  // namespace kekkai::cli
