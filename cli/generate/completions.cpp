#include "completions.h"

#include "../bwrap_parser.h"
#include "../explain_command.h"
#include "../option_text.h"
#include "../seccomp_command.h"
#include "../values.h"

#include <kekkai/seccomp-presets/calls.h>
#include <kekkai/seccomp-presets/presets.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace kekkai::cli {
namespace {

std::string join_names(const auto& all, const auto& name_of) {
  std::string names;
  for (const auto& each : all) {
    names += (names.empty() ? "" : " ") + std::string(std::invoke(name_of, each));
  }
  return names;
}

std::string preset_names() {
  return join_names(seccomp::selection_words(), &seccomp::SelectionWord::name);
}

std::string call_names() { return join_names(seccomp::all_calls(), &seccomp::Call::name); }

// "calls trace" of "calls|trace" or "calls,trace".
std::string with_spaces(std::string_view choices) {
  std::string words(choices);
  std::ranges::replace(words, '|', ' ');
  std::ranges::replace(words, ',', ' ');
  return words;
}

// What the fields of a value are, for the completions: "file;file;list+optional ensure". A field of
// which nothing is known is empty.
std::string value_kinds(const OptionText& option) {
  switch (option.kind) {
    case ValueKind::kFile:
      return "file";
    case ValueKind::kWord:
      return "words+" + with_spaces(option.value);
    case ValueKind::kHostPath:
      return "file;file;list+optional ensure noexec slave magic-links";
    case ValueKind::kCopy:
      return fmt::format("file;file;list+{}", fmt::join(settings_in(option), " "));
    case ValueKind::kLayers:
      return "file;file;file;file;file;file";
    case ValueKind::kLink:
      return "file;file";
    case ValueKind::kDaemon:
      return "file;file;file;file";
    case ValueKind::kPlace:
      if (settings_in(option).empty()) return "directory";
      return fmt::format("file;list+{}", fmt::join(settings_in(option), " "));
    case ValueKind::kRemount:
      return "file;list+ro noexec nodev recursive";
    case ValueKind::kHandedIn:
      if (settings_in(option).empty()) return ";file";
      return fmt::format(";file;list+{}", fmt::join(settings_in(option), " "));
    case ValueKind::kPathMode:
      return "file";
    case ValueKind::kNamespace:
      return "words+user= pid= ipc=share uts=share cgroup=share net=share outer-pid= inner-user=";
    case ValueKind::kList:
      return "list+" + with_spaces(option.value);
    case ValueKind::kTree:
      return option.value.find("rw") == option.value.npos ? "file" : "file;words+rw";
    case ValueKind::kDevfs:
      return "list+ro mqueue";
    case ValueKind::kProc:
      return "list+subset=pid hidepid=noaccess hidepid=invisible hidepid=ptraceable";
    case ValueKind::kVariable:
      return "variable";
    case ValueKind::kLimit:
      return fmt::format("words+{}=", fmt::join(resource_limit_names(), "= "));
    case ValueKind::kSelection:
      return "list+none " + preset_names();
    case ValueKind::kCalls:
      return "list+" + call_names();
    case ValueKind::kCapability:
      return fmt::format("list+{}", fmt::join(capability_names(), " "));
    default:
      return "";
  }
}

// Text within single quotes, of zsh and of fish.
std::string quote_zsh(std::string_view text, std::string_view special) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
      continue;
    }
    if (special.find(c) != special.npos) quoted += '\\';
    quoted += c;
  }
  return quoted;
}

std::string quote_fish(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

// What `kekkai seccomp` and `kekkai bwrap` take; the same for all shells.
std::map<std::string, std::string> with_commands(std::map<std::string, std::string> texts) {
  texts["BWRAPS"] = join_names(bwrap_option_texts(), &BwrapOptionText::name);
  texts["VERBS"] = join_names(seccomp_verbs(), &SeccompVerb::name);
  texts["PRESETS"] = preset_names();
  texts["CALLS"] = call_names();
  texts["ARCHS"] = join_names(seccomp::kArchs, seccomp::arch_name);
  texts["FORMATS"] = fmt::format("{}", fmt::join(export_formats(), " "));
  return texts;
}

}  // namespace

std::map<std::string, std::string> bash_texts() {
  std::string kinds;
  std::vector<std::string> names;
  for (const OptionText& option : option_texts()) {
    names.push_back("--" + std::string(option.name));
    if (option.value.empty()) continue;
    if (!kinds.empty()) kinds += '\n';
    kinds += fmt::format("    --{}) kinds='{}' ;;", option.name, value_kinds(option));
  }
  std::vector<std::string> explains;
  for (const ExplainOption& option : explain_options()) {
    explains.push_back("--" + std::string(option.name));
  }
  return with_commands({{"KINDS", kinds},
                        {"NAMES", fmt::format("{}", fmt::join(names, " "))},
                        {"EXPLAINS", fmt::format("{}", fmt::join(explains, " "))}});
}

std::map<std::string, std::string> zsh_texts() {
  std::string options;
  for (const OptionText& option : option_texts()) {
    if (!options.empty()) options += '\n';
    const std::string help = quote_zsh(option.help, "[]:\\");
    options += fmt::format("    '{}--{}", option.repeats ? "*" : "", option.name);
    if (option.value.empty()) {
      options += fmt::format("[{}]' \\", help);
    } else {
      options += fmt::format("=[{}]:{}: _kekkai_value \"{}\"' \\", help,
                             quote_zsh(option.value, ":\\"), value_kinds(option));
    }
  }
  std::string explains;
  for (const ExplainOption& option : explain_options()) {
    explains += fmt::format("{}      '--{}[{}]", explains.empty() ? "" : "\n", option.name,
                            quote_zsh(option.help, "[]:\\"));
    for (int i = 0; i < option.files; ++i) explains += ":file:_files";
    explains += "'";
  }
  return with_commands({{"OPTIONS", options}, {"EXPLAINS", explains}});
}

std::map<std::string, std::string> fish_texts() {
  std::string options;
  std::vector<std::string> valued;
  for (const OptionText& option : option_texts()) {
    if (!options.empty()) options += '\n';
    options += fmt::format("complete -c kekkai -n __kekkai_takes_options -l {} -d '{}'",
                           option.name, quote_fish(option.help));
    if (option.value.empty()) continue;
    std::string kinds = value_kinds(option);
    for (size_t at = kinds.find(';'); at != kinds.npos; at = kinds.find(';', at)) {
      kinds.replace(at, 1, "\" \"");
    }
    options += fmt::format(" -x -a '(__kekkai_value \"{}\")'", kinds);
    valued.push_back("--" + std::string(option.name));
  }
  std::string explains;
  for (const ExplainOption& option : explain_options()) {
    explains += fmt::format("{}complete -c kekkai -n __kekkai_explains -l {} -d '{}'{}",
                            explains.empty() ? "" : "\n", option.name, quote_fish(option.help),
                            option.files == 0 ? "" : " -r -F");
  }
  std::string verbs;
  for (const SeccompVerb& verb : seccomp_verbs()) {
    verbs += fmt::format("{}complete -c kekkai -n __kekkai_wants_verb -a {} -d '{}'",
                         verbs.empty() ? "" : "\n", verb.name, quote_fish(verb.help));
  }
  std::string bwraps;
  for (const BwrapOptionText& option : bwrap_option_texts()) {
    bwraps +=
        fmt::format("{}complete -c kekkai -n __kekkai_bwrap -l {} -d '{}'",
                    bwraps.empty() ? "" : "\n", option.name.substr(2), quote_fish(option.help));
  }
  return with_commands({{"OPTIONS", options},
                        {"EXPLAINS", explains},
                        {"SECCOMPVERBS", verbs},
                        {"BWRAPOPTIONS", bwraps},
                        {"VALUED", fmt::format("{}", fmt::join(valued, " "))}});
}

}  // namespace kekkai::cli
