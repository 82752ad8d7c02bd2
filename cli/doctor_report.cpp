#include "doctor_report.h"

#include "json_line.h"
#include "message.h"

#include <kekkai/syscall/flags.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kekkai::cli {
namespace {

constexpr int kJsonFormat = 1;  // grows when a key changes its meaning, or is gone

struct Group {
  Need need;
  std::string_view heading;
  std::string_view name;  // in JSON
};
constexpr std::array kGroups{
    Group{Need::kRequired, "Required", "required"},
    Group{Need::kOptional, "Optional", "optional"},
    Group{Need::kInformation, "To know", "information"},
};

std::string_view outcome_name(Outcome outcome) {
  if (outcome == Outcome::kWorks) return "works";
  return outcome == Outcome::kFails ? "fails" : "not tried";
}

std::string mark(Outcome outcome, bool colour) {
  if (outcome == Outcome::kWorks) return "ok";
  return outcome == Outcome::kFails ? in_alarm("no", colour) : "--";
}

std::string entry(const Examined& one, size_t width, bool colour) {
  const Finding& finding = one.finding;
  std::string text = fmt::format("  {}  {:{}}  {}\n", mark(finding.outcome, colour), one.check.name,
                                 width, escape_control(finding.text));
  if (finding.outcome != Outcome::kFails) return text;
  const auto line = [&](std::string_view name, std::string_view value) {
    text += fmt::format("      {:>{}}  {}\n", name, width, escape_control(value));
  };
  line("costs", one.check.cost);
  line("mend it", finding.remedy);
  return text;
}

Json to_json(const Examined& one) {
  const Finding& finding = one.finding;
  const auto* const group = std::ranges::find(kGroups, one.check.need, &Group::need);
  Json json{{"name", one.check.name},
            {"need", group->name},
            {"outcome", outcome_name(finding.outcome)},
            {"found", finding.text}};
  if (!finding.call.empty()) json["call"] = finding.call;
  if (finding.error != 0) json["errno"] = errno_name(finding.error);
  if (finding.outcome != Outcome::kFails) return json;
  json["cost"] = one.check.cost;
  json["remedy"] = finding.remedy;
  return json;
}

}  // namespace

bool is_healthy(const std::vector<Examined>& examined) {
  return std::ranges::all_of(examined, [](const Examined& one) {
    return one.check.need != Need::kRequired || one.finding.outcome == Outcome::kWorks;
  });
}

std::string doctor_text(const std::vector<Examined>& examined, bool colour) {
  size_t width = 0;
  for (const Examined& one : examined) width = std::max(width, one.check.name.size());
  std::string text;
  for (const Group& group : kGroups) {
    text += fmt::format("{}:\n", group.heading);
    for (const Examined& one : examined) {
      if (one.check.need == group.need) text += entry(one, width, colour);
    }
    text += "\n";
  }
  text += is_healthy(examined) ? "`kekkai run` works here.\n"
                               : "`kekkai run` does not work here: see what is required.\n";
  return text;
}

std::string doctor_json(const std::vector<Examined>& examined) {
  Json checks = Json::array();
  for (const Examined& one : examined) checks.push_back(to_json(one));
  return to_line(
      {{"format", kJsonFormat}, {"works", is_healthy(examined)}, {"checks", std::move(checks)}});
}

}  // namespace kekkai::cli
