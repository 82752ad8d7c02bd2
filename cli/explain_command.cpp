#include "explain_command.h"

#include "convert_command.h"
#include "explain_diff.h"
#include "explain_report.h"
#include "help.h"
#include "run_parser.h"
#include "usage_error.h"

#include <kekkai/init/failure.h>

#include <unistd.h>

#include <algorithm>

namespace kekkai::cli {
namespace {

using Words = std::vector<std::string>;

constexpr std::string_view kBwrap = "--bwrap";
constexpr size_t kWidth = 80;
constexpr size_t kLeastWidth = 60;

struct Wishes {
  bool calls = false;
  bool json = false;
  bool lint = false;
  bool sarif = false;
};

size_t output_width(Dispatcher& k) {
  const Fd output(STDOUT_FILENO, "stdout");
  if (!k.is_terminal(output)) return kWidth;
  try {
    return std::max<size_t>(k.window_size(output).ws_col, kLeastWidth);
  } catch (const SyscallError&) {
    return kWidth;
  }
}

// The configuration file that was looked at, if there was one.
std::string config_in(const Words& arguments) {
  constexpr std::string_view kConfig = "--config";
  std::string file;
  for (auto word = arguments.begin(); word != arguments.end() && *word != "--"; ++word) {
    if (*word == kConfig && word + 1 != arguments.end()) file = word[1];
    if (word->starts_with("--config=")) file = word->substr(kConfig.size() + 1);
  }
  return file;
}

Answer findings_answer(const Explanation& explained, const Wishes& wishes, const std::string& file,
                       size_t width) {
  const std::vector<Finding>& findings = explained.findings;
  Answer answer{.exit_code = asks_for_change(findings) ? kExitFindings : 0};
  if (wishes.sarif) {
    answer.text = to_line(findings_sarif(findings, file));
  } else if (wishes.json) {
    answer.text = to_line(findings_json(findings));
  } else {
    answer.text = findings.empty() ? "nothing was found\n" : findings_text(findings, width);
  }
  return answer;
}

Answer answer_wishes(Dispatcher& k, const Explanation& explained, const Wishes& wishes,
                     const std::string& file) {
  const std::optional<Failure>& failure = explained.plan.failure;
  if (failure && wishes.json && !wishes.lint) {
    return {.text = to_line(explanation_json(explained)), .exit_code = kExitSetupFailed};
  }
  if (failure) throw UsageError(failure->message(), failure->hint);
  const size_t width = output_width(k);
  if (wishes.lint) return findings_answer(explained, wishes, file, width);
  if (wishes.json) return {.text = to_line(explanation_json(explained))};
  return {.text = explanation_text(explained, width)};
}

Parsed parse_diff(const Words& arguments, const Caller& caller) {
  Words files;
  bool json = false;
  for (const std::string& word : arguments) {
    if (word == "--json") {
      json = true;
    } else if (word != "--diff") {
      files.push_back(word);
    }
  }
  if (files.size() != 2) {
    throw UsageError("--diff compares two files of options", "try `kekkai explain --diff A B`");
  }
  return {.ask = [=](Dispatcher& k) -> Answer {
    const Comparison comparison = compare_configs(k, files[0], files[1], caller);
    return {.text = json ? to_line(comparison_json(comparison))
                         : comparison_text(comparison, output_width(k))};
  }};
}

}  // namespace

const std::vector<ExplainOption>& explain_options() {
  static const std::vector<ExplainOption> kOptions{
      {"calls", "", "the system calls of launcher and init, too"},
      {"json", "", "all of it as one JSON object"},
      {"lint", "", "only findings; exit status 1 for a warning or an error"},
      {"sarif", "", "findings in the format SARIF 2.1.0, with --lint"},
      {"bwrap", "WORD...", "for `kekkai bwrap WORD...`; nothing may stand behind that"},
      {"diff", "A B", "what either of two files of options allows, and the other does not", 2},
  };
  return kOptions;
}

Parsed parse_explain(const Words& arguments, const Caller& caller) {
  const auto diff = std::ranges::find(arguments, "--diff");
  const bool compares = diff != arguments.end() && diff - arguments.begin() < 2;
  if (compares) return parse_diff(arguments, caller);
  // What is behind --bwrap is bubblewrap's, and no word of ours.
  const auto options_end = std::ranges::find(arguments, "--");
  const auto bwrap = std::find(arguments.begin(), options_end, kBwrap);
  const Words own(arguments.begin(), bwrap == options_end ? arguments.end() : bwrap);
  Wishes wishes;
  RunOptions run;
  const std::vector<ExtraSwitch> switches{{"calls", &wishes.calls},
                                          {"json", &wishes.json},
                                          {"lint", &wishes.lint},
                                          {"sarif", &wishes.sarif}};
  if (!parse_run(own, run, caller, switches)) return {.text = explain_help()};
  if (wishes.sarif && !wishes.lint) throw UsageError("--sarif belongs to --lint");
  const WithCalls calls = wishes.calls ? WithCalls::kYes : WithCalls::kNo;
  if (bwrap != options_end) {
    if (!run.given.empty() || !run.command.empty()) {
      throw UsageError("before --bwrap there can be no option of `kekkai run`, and no COMMAND");
    }
    return {.ask = [=, words = Words(bwrap + 1, arguments.end())](Dispatcher& k) {
      const RunOptions meant = run_options_of(k, words, caller);
      return answer_wishes(k, explain(k, meant, caller, calls), wishes, {});
    }};
  }
  return {.ask = [=, file = config_in(arguments)](Dispatcher& k) {
    return answer_wishes(k, explain(k, run, caller, calls), wishes, file);
  }};
}

}  // namespace kekkai::cli
