#include "doctor.h"

#include "doctor_checks.h"
#include "doctor_report.h"
#include "message.h"
#include "suggest.h"
#include "usage_error.h"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace kekkai::cli {
namespace {

constexpr std::array<std::string_view, 2> kOptions{"--help", "--json"};

Finding examine_one(const Machine& machine, const Check& check) {
  try {
    return check.examine(machine);
  } catch (const SyscallError& e) {
    return fails(machine, e.call(), e.error());
  } catch (const std::exception& e) {  // Refusal, and out of memory
    return fails(e.what(), std::string(kLookCloser));
  }
}

bool works(const std::vector<Examined>& examined, std::string_view name) {
  return std::ranges::any_of(examined, [&](const Examined& one) {
    return one.check.name == name && one.finding.outcome == Outcome::kWorks;
  });
}

const char* variable(const Caller& caller, const std::string& name) {
  const auto found = caller.env.find(name);
  return found == caller.env.end() ? nullptr : found->second.c_str();
}

bool stdout_takes_colour(Dispatcher& k, const Caller& caller) {
  return takes_colour(k.is_terminal(Fd(STDOUT_FILENO, "stdout")), variable(caller, "TERM"),
                      variable(caller, "NO_COLOR"));
}

UsageError not_understood(const std::string& word) {
  if (!word.starts_with('-')) {
    return UsageError("doctor: \"" + word + "\" is too much", "it is `kekkai doctor [--json]`");
  }
  const std::string_view meant = nearest(word, kOptions);
  return UsageError(
      "doctor: there is no option " + word,
      meant.empty() ? "see `kekkai doctor --help`" : "did you mean " + std::string(meant) + "?");
}

}  // namespace

std::vector<Examined> examine(const Machine& machine, std::span<const Check> checks) {
  std::vector<Examined> examined;
  for (const Check& check : checks) {
    if (check.after.empty() || works(examined, check.after)) {
      examined.push_back({check, examine_one(machine, check)});
    } else {
      examined.push_back({check,
                          {.outcome = Outcome::kNotTried,
                           .text = "not tried: it needs " + std::string(check.after)}});
    }
  }
  return examined;
}

std::function<Answer(Dispatcher& k)> parse_doctor(const std::vector<std::string>& arguments,
                                                  const Caller& caller) {
  bool json = false;
  for (const std::string& word : arguments) {
    if (word == "--help" || word == "-h") return {};
    if (word != "--json") throw not_understood(word);
    json = true;
  }
  return [json, caller](Dispatcher& k) {
    const std::vector<Examined> examined = examine({k, caller}, doctor_checks());
    return Answer{.text = json ? doctor_json(examined)
                               : doctor_text(examined, stdout_takes_colour(k, caller)),
                  .exit_code = is_healthy(examined) ? 0 : 1};
  };
}

}  // namespace kekkai::cli
