#include "explain_report.h"
#include "files.h"
#include "message.h"
#include "wrap.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>

namespace kekkai::cli {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kLeastLast = 20;  // columns of the last cell of a row
using Rows = std::vector<std::vector<std::string>>;

// The width of each column but the last. One that leaves the last too little is cut to what most of
// its cells need, and those that are longer push what follows into the next line.
std::vector<size_t> widths_of(const Rows& rows, size_t width) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size() - 1));
    for (size_t i = 0; i + 1 < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  size_t all = kGap + kLeastLast;
  for (const size_t column : widths) all += column + kGap;
  if (all <= width || widths.empty()) return widths;
  const auto longest = std::ranges::max_element(widths);
  *longest -= std::min(*longest - std::min<size_t>(*longest, kLeastLast), all - width);
  return widths;
}

std::string row_text(const std::vector<std::string>& row, const std::vector<size_t>& widths,
                     size_t width) {
  std::string text;
  std::string line(kGap, ' ');
  size_t column = kGap;
  for (size_t i = 0; i + 1 < row.size(); ++i) {
    line += escape_control(row[i]);
    column += widths[i] + kGap;
    if (line.size() + kGap > column) {
      text += line + "\n";
      line.clear();
    }
    line.append(column - line.size(), ' ');
  }
  const size_t left = width > column + kLeastLast ? width - column : kLeastLast;
  for (const std::string& part : wrap(escape_control(row.back()), left)) {
    text += line + part;
    text.erase(text.find_last_not_of(' ') + 1);
    text += "\n";
    line.assign(column, ' ');
  }
  return text;
}

std::string heading(std::string_view title) { return fmt::format("{}\n", title); }

std::string plan_text(const Plan& plan, size_t width) {
  Rows rows;
  for (size_t i = 0; i < plan.ops.size(); ++i) {
    rows.push_back({fmt::format("{:2}", i), plan.ops[i].text, plan.ops[i].origin});
  }
  return heading("Plan: each op, and the option that it comes from") + table(rows, width);
}

std::string mounts_text(const Plan& plan, size_t width) {
  Rows rows;
  const auto hidden = std::ranges::count_if(plan.mounts, &PlannedMount::is_hidden);
  size_t along = 0;
  for (const PlannedMount& mount : plan.mounts) {
    if (mount.is_hidden) continue;
    if (mount.came_along) {
      ++along;
      continue;
    }
    const std::string later = mount.slave ? ", and what the host mounts there" : "";
    rows.push_back({mount.path, shown_by(mount) + later, attributes_text(mount.attributes)});
  }
  std::ranges::stable_sort(rows, {}, [](const auto& row) { return row.front(); });
  std::string text = heading("Mounts: where, what, and how") + table(rows, width);
  if (along > 0) text += fmt::format("  {} more of the host, below these and like them\n", along);
  if (hidden > 0)
    text += fmt::format("  {} more are under others, where nobody sees them\n", hidden);
  return text;
}

std::string file_text(const PlannedFile& file, const Plan& plan) {
  if (!file.mount) {
    if (S_ISLNK(file.mode)) return "-> " + file.target;
    return S_ISDIR(file.mode) ? "directory" : "file";
  }
  const PlannedMount& mount = plan.mounts[*file.mount];
  return shown_by(mount) + (has(mount.attributes, MountAttr::kReadOnly) ? "" : ", writable");
}

// Names are shown without the directory that stands above them.
std::string tree_text(const Plan& plan, size_t width) {
  Rows rows;
  std::vector<std::string> above;
  for (const PlannedFile& file : plan.tree) {
    while (!above.empty() && !is_within(file.path, above.back())) above.pop_back();
    const size_t known = above.empty() ? 0 : above.back() == "/" ? 1 : above.back().size() + 1;
    rows.push_back(
        {std::string(above.size() * 2, ' ') + file.path.substr(known), file_text(file, plan)});
    above.push_back(file.path);
  }
  return heading("Tree: what stands where; what a directory of the host holds is left out") +
         table(rows, width);
}

std::string program_text(const Explanation& explained, size_t width) {
  const Params& params = explained.plan.params;
  Rows rows;
  if (!explained.plan.program.empty()) {
    rows.push_back({"is", fmt::format("{}", fmt::join(params.command, " "))});
  }
  rows.push_back({"starts in", explained.plan.directory});
  for (const Access& access : explained.access) {
    rows.push_back({std::string(access.title),
                    access.items.empty() ? std::string(access.nothing)
                                         : fmt::format("{}", fmt::join(access.items, " "))});
  }
  return heading("Program: what it may") + table(rows, width);
}

std::string calls_text(const Plan& plan) {
  std::string text = heading("Calls: of the launcher, then of init");
  const std::string* step = nullptr;
  for (const PlannedCall& call : plan.calls) {
    if (step == nullptr || *step != call.step) {
      text += fmt::format("  {}\n", escape_control(call.step));
    }
    step = &call.step;
    text += fmt::format("    {}\n", escape_control(call.call));
  }
  return text;
}

std::string limits_text(size_t width) {
  constexpr std::string_view kLimits =
      "What is not looked at may still end a run: access control lists, security modules, full "
      "disks, covered parts of /proc, limits and filters of what is around, and daemons. `kekkai "
      "doctor` tries what the machine allows.";
  std::string text;
  for (const std::string& line : wrap(kLimits, width)) text += line + "\n";
  return text;
}

}  // namespace

std::string table(const Rows& rows, size_t width) {
  const std::vector<size_t> widths = widths_of(rows, width);
  std::string text;
  for (const auto& row : rows) text += row_text(row, widths, width);
  return text;
}

std::string explanation_text(const Explanation& explained, size_t width) {
  const Plan& plan = explained.plan;
  std::string text = plan_text(plan, width) + "\n" + mounts_text(plan, width) + "\n" +
                     tree_text(plan, width) + "\n" + program_text(explained, width);
  if (!explained.findings.empty()) {
    text += "\n" + heading("Findings") + findings_text(explained.findings, width);
  }
  if (!plan.calls.empty()) text += "\n" + calls_text(plan);
  text += "\n" + limits_text(width);
  return text;
}

}  // namespace kekkai::cli
