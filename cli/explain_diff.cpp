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

constexpr size_t kWidth = 80;

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

std::string more_text(const std::vector<Access>& more, const std::string& a, const std::string& b) {
  if (more.empty()) return fmt::format("{} allows nothing that {} does not\n", a, b);
  std::vector<std::vector<std::string>> rows;
  rows.reserve(more.size());
  for (const Access& access : more) {
    rows.push_back({std::string(access.title), fmt::format("{}", fmt::join(access.items, " "))});
  }
  return fmt::format("{} allows, and {} does not:\n", a, b) + table(rows, kWidth);
}

Json more_json(const std::vector<Access>& more) {
  Json json = Json::object();
  for (const Access& access : more) json[std::string(access.name)] = access.items;
  return json;
}

}  // namespace

std::string compare_configs(Dispatcher& k, const std::string& a, const std::string& b,
                            const Caller& caller, bool json) {
  const Explanation of_a = explain_config(k, a, caller);
  const Explanation of_b = explain_config(k, b, caller);
  const std::vector<Access> only_a = more_in(of_a, of_b);
  const std::vector<Access> only_b = more_in(of_b, of_a);
  if (json) {
    return to_line(Json{{"version", 1},
                        {"a", {{"file", a}, {"only", more_json(only_a)}}},
                        {"b", {{"file", b}, {"only", more_json(only_b)}}}});
  }
  return more_text(only_a, a, b) + "\n" + more_text(only_b, b, a);
}

}  // namespace kekkai::cli
