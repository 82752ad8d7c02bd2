#include "seccomp_command.h"

#include "files.h"
#include "help.h"
#include "seccomp_views.h"
#include "suggest.h"
#include "usage_error.h"

#include <kekkai/seccomp-presets/policy_file.h>
#include <kekkai/seccomp-presets/presets.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <optional>

#include <CLI/CLI.hpp>

namespace kekkai::cli {
namespace {

using seccomp::Arch;
using Words = std::vector<std::string>;

constexpr std::array kVerbs{
    SeccompVerb{"list", "", "the presets, and the options that go with them"},
    SeccompVerb{"show", "POLICY", "every call that POLICY treats specially, and why"},
    SeccompVerb{"explain", "CALL", "what the presets do with CALL, a name or number"},
    SeccompVerb{"diff", "A B", "the calls that two policies answer differently"},
    SeccompVerb{"export", "POLICY", "the policy for other programs"},
};
constexpr std::array<std::string_view, 4> kFormats{"bpf", "oci", "table", "json"};
constexpr const char* kSeeHelp = "see `kekkai seccomp --help`";

/// What is asked, after the verb.
struct Request {
  Words operands;
  Arch arch = seccomp::kNativeArch;
  Form form = Form::kText;
  std::string format;
};

bool is_export(const SeccompVerb& verb) { return verb.name == "export"; }

std::string synopsis_of(const SeccompVerb& verb) {
  return fmt::format("kekkai seccomp {}{}{}{}", verb.name, verb.operands.empty() ? "" : " ",
                     verb.operands,
                     is_export(verb) ? fmt::format(" --format {}", fmt::join(kFormats, "|")) : "");
}

Arch find_arch(const std::string& name) {
  for (const Arch arch : seccomp::kArchs) {
    if (seccomp::arch_name(arch) == name) return arch;
  }
  throw UsageError("--arch " + name + ": none of x86_64, i386, arm64", kSeeHelp);
}

std::string check_format(const std::string& name) {
  if (std::ranges::find(kFormats, name) == kFormats.end()) {
    throw UsageError(fmt::format("--format {}: none of {}", name, fmt::join(kFormats, ", ")),
                     kSeeHelp);
  }
  return name;
}

const SeccompVerb& find_verb(const std::string& word) {
  const auto* const found = std::ranges::find(kVerbs, word, &SeccompVerb::name);
  if (found != kVerbs.end()) return *found;
  std::vector<std::string_view> known;
  std::ranges::transform(kVerbs, std::back_inserter(known), &SeccompVerb::name);
  const std::string_view meant = nearest(word, known);
  const std::string kind = word.starts_with('-') ? "option " : "command ";
  throw UsageError("seccomp: there is no " + kind + word,
                   meant.empty() ? kSeeHelp : fmt::format("did you mean {}?", meant));
}

UsageError unknown_option(const SeccompVerb& verb, const std::string& word) {
  std::vector<std::string_view> known{"help", "arch"};
  known.emplace_back(is_export(verb) ? "format" : "json");
  const size_t begin = std::min(word.find_first_not_of('-'), word.size());
  const std::string_view meant = nearest(word.substr(begin, word.find('=') - begin), known);
  return UsageError(fmt::format("seccomp {}: there is no option {}", verb.name, word),
                    meant.empty() ? kSeeHelp : fmt::format("did you mean --{}?", meant));
}

UsageError missing_value(const std::string& option) {
  const std::string values =
      option == "--arch" ? "x86_64|i386|arm64" : fmt::format("{}", fmt::join(kFormats, "|"));
  return UsageError("the value is missing: " + option + " " + values, kSeeHelp);
}

void check_operands(const SeccompVerb& verb, const Words& operands) {
  const auto spaces = std::ranges::count(verb.operands, ' ');
  const size_t wanted = verb.operands.empty() ? 0 : static_cast<size_t>(spaces) + 1;
  if (operands.size() > wanted) {
    throw UsageError(fmt::format("seccomp {}: \"{}\" is too much", verb.name, operands[wanted]),
                     fmt::format("it is `{}`", synopsis_of(verb)));
  }
  if (operands.size() < wanted || std::ranges::count(operands, "") > 0) {
    throw UsageError(fmt::format("seccomp {}: {} is missing", verb.name, verb.operands),
                     fmt::format("it is `{}`", synopsis_of(verb)));
  }
}

// Nothing where help is asked for.
std::optional<Request> parse(const SeccompVerb& verb, Words words) {
  Request request;
  CLI::App app("", "kekkai seccomp");
  app.allow_extras();  // operands, and what is unknown
  const auto add = [&app](const char* name, const std::function<void(const std::string&)>& apply) {
    app.add_option_function<std::string>(name, apply)->take_last();
  };
  add("--arch", [&](const std::string& name) { request.arch = find_arch(name); });
  if (is_export(verb)) {
    add("--format", [&](const std::string& name) { request.format = check_format(name); });
  } else {
    app.add_flag_callback("--json", [&request] { request.form = Form::kJson; });
  }
  for (const std::string& word : words) {
    const bool has_none = word == "--arch=" || word == "--format=";
    if (has_none) throw missing_value(word.substr(0, word.size() - 1));  // not the next word
  }
  std::ranges::reverse(words);  // as CLI11 wants them
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    return std::nullopt;
  } catch (const CLI::ArgumentMismatch& e) {  // begins with the option
    const std::string text = e.what();
    throw missing_value(text.substr(0, text.find(':')));
  } catch (const CLI::ParseError& e) {
    throw UsageError(fmt::format("seccomp {}: {}", verb.name, e.what()), kSeeHelp);
  }
  for (const std::string& word : app.remaining()) {
    if (word.starts_with('-')) throw unknown_option(verb, word);
    request.operands.push_back(word);
  }
  check_operands(verb, request.operands);
  if (is_export(verb) && request.format.empty()) throw missing_value("--format");
  return request;
}

UsageError unknown_policy(const std::string& text, const std::string& problem) {
  std::vector<std::string_view> known;
  for (const seccomp::SelectionWord& word : seccomp::selection_words()) known.push_back(word.name);
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty() || std::ranges::find(known, word) != known.end()) continue;
    const std::string_view meant = nearest(word, known);
    if (!meant.empty()) return UsageError(problem, fmt::format("did you mean {}?", meant));
  }
  return UsageError(problem,
                    "`kekkai seccomp list` lists them; a file has a / or .json in its name");
}

NamedPolicy read_policy(const std::string& text, Arch arch) {
  const bool is_file = text.find('/') != text.npos || text.ends_with(".json");
  try {
    if (is_file) return {text, seccomp::parse_policy(read_file(text), text, arch)};
    return {text, seccomp::preset_policy(seccomp::parse_selection(text))};
  } catch (const seccomp::FilterError& e) {
    if (is_file) throw UsageError(e.what(), kSeeHelp);
    throw unknown_policy(text, e.what());
  }
}

Answer export_policy(const Request& request) {
  const NamedPolicy named = read_policy(request.operands[0], request.arch);
  if (request.format == "json") return {seccomp::to_json(named.policy)};
  if (request.format == "oci") return {seccomp::to_oci_json(named.policy, request.arch)};
  if (request.format == "table") return {make_table(named.policy)};
  const seccomp::Program program = seccomp::compile(named.policy, request.arch);
  const auto* const bytes = reinterpret_cast<const char*>(program.data());  // NOLINT: plain struct
  return {std::string(bytes, program.size() * sizeof(program[0])), true};
}

Answer answer(const SeccompVerb& verb, const Request& request) {
  const auto policy = [&](size_t at) { return read_policy(request.operands[at], request.arch); };
  if (verb.name == "list") return {list_presets(request.arch, request.form)};
  if (verb.name == "show") return {show_policy(policy(0), request.arch, request.form)};
  if (verb.name == "explain") {
    return {explain_call(request.operands[0], request.arch, request.form)};
  }
  if (verb.name == "diff") {
    return {compare_policies(policy(0), policy(1), request.arch, request.form)};
  }
  return export_policy(request);
}

}  // namespace

std::span<const SeccompVerb> seccomp_verbs() { return kVerbs; }
std::span<const std::string_view> export_formats() { return kFormats; }

Answer run_seccomp(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw UsageError("seccomp: what is to be shown?", kSeeHelp);
  if (arguments.front() == "--help" || arguments.front() == "-h") return {seccomp_help()};
  const SeccompVerb& verb = find_verb(arguments.front());
  const std::optional<Request> request = parse(verb, {arguments.begin() + 1, arguments.end()});
  if (!request) return {seccomp_help()};
  try {
    return answer(verb, *request);
  } catch (const seccomp::FilterError& e) {  // such as multiarch where there is no second one
    throw UsageError(e.what(), kSeeHelp);
  }
}

}  // namespace kekkai::cli
