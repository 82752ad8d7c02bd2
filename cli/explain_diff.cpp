#include "explain_diff.h"

#include "config.h"
#include "files.h"
#include "seccomp_answers.h"
#include "usage_error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace kekkai::cli {
namespace {

// The calls that a program cannot make as it likes.
std::vector<std::string> refused_calls(const RunOptions& options) {
  std::vector<std::string> calls;
  const auto policy = make_policy(options.seccomp);
  if (!policy) return calls;
  for (const CallAnswer& answer : answers_of(*policy, seccomp::kNativeArch)) {
    if (refuses(answer)) calls.push_back(answer.call);
  }
  return calls;
}

std::vector<std::string> without(const std::vector<std::string>& from,
                                 const std::vector<std::string>& these) {
  std::vector<std::string> left;
  std::ranges::copy_if(from, std::back_inserter(left), [&](const std::string& item) {
    return std::ranges::find(these, item) == these.end();
  });
  return left;
}

Explanation explain_config(Dispatcher& k, const std::string& file, const Caller& caller) {
  RunOptions options;
  read_config(read_file(file), file, options, caller);
  Explanation explained = explain(k, options, caller, WithCalls::kNo);
  if (const auto& failure = explained.plan.failure) {
    throw UsageError(file + ": " + failure->message(), failure->hint);
  }
  return explained;
}

// What `a` has and `b` has not. Fewer refused calls, and places where nothing is executed, are more
// for the program.
std::vector<Access> more_in(const Explanation& a, const Explanation& b) {
  std::vector<Access> more;
  for (size_t i = 0; i < a.access.size(); ++i) {
    Access access = a.access[i];
    if (access.name == "seccomp" || access.name == "limits") continue;
    const std::vector<std::string>& other = b.access[i].items;
    if (access.name == "noexec") {
      access = {"executes", "executes in", without(other, access.items), {}};
    } else {
      access.items = without(access.items, other);
    }
    if (!access.items.empty()) more.push_back(access);
  }
  const std::vector<std::string> calls =
      without(refused_calls(b.options), refused_calls(a.options));
  if (!calls.empty()) more.push_back({"calls", "system calls", calls, {}});
  return more;
}

std::string more_text(const ComparedConfig& config, const std::string& other, size_t width) {
  if (config.more.empty()) {
    return fmt::format("{} allows nothing that {} does not\n", config.file, other);
  }
  std::vector<std::vector<std::string>> rows;
  rows.reserve(config.more.size());
  for (const Access& access : config.more) {
    rows.push_back({std::string(access.title), fmt::format("{}", fmt::join(access.items, " "))});
  }
  return fmt::format("{} allows, and {} does not:\n", config.file, other) + table(rows, width);
}

Json more_json(const ComparedConfig& config) {
  Json only = Json::object();
  for (const Access& access : config.more) only[std::string(access.name)] = access.items;
  return {{"file", config.file}, {"only", only}};
}

}  // namespace

Comparison compare_configs(Dispatcher& k, const std::string& a, const std::string& b,
                           const Caller& caller) {
  const Explanation of_a = explain_config(k, a, caller);
  const Explanation of_b = explain_config(k, b, caller);
  return {.a = {a, more_in(of_a, of_b)}, .b = {b, more_in(of_b, of_a)}};
}

std::string comparison_text(const Comparison& comparison, size_t width) {
  const auto& [a, b] = comparison;
  return more_text(a, b.file, width) + "\n" + more_text(b, a.file, width);
}

Json comparison_json(const Comparison& comparison) {
  return {{"version", 1}, {"a", more_json(comparison.a)}, {"b", more_json(comparison.b)}};
}

}  // namespace kekkai::cli
