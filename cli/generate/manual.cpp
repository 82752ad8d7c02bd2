#include "manual.h"

#include "../bwrap_parser.h"
#include "../lint.h"
#include "../option_text.h"

#include <kekkai/seccomp-presets/presets.h>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace kekkai::cli {
namespace {

using Placeholders = std::set<std::string, std::less<>>;

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else if (c == '"') {
      escaped += "\\(dq";  // an argument of a macro may hold it
    } else {
      escaped += c;
    }
  }
  return escaped;
}

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

// The words in capitals of "SRC[:DEST[:FLAGS]]", and COMMAND. One letter may mean anything.
Placeholders placeholders_in(std::string_view value) {
  Placeholders found{"COMMAND"};
  for (auto at = value.begin(); at != value.end();) {
    const auto end = std::find_if_not(at, value.end(), is_capital);
    if (end - at > 1) found.emplace(at, end);
    at = end == value.end() ? end : end + 1;
  }
  return found;
}

// Whether a word is like "setrlimit(2)".
bool names_page(std::string_view word) {
  return word.size() > 3 && word.ends_with(')') && word[word.size() - 3] == '(' &&
         std::isdigit(static_cast<unsigned char>(word[word.size() - 2])) != 0;
}

std::string roff_word(std::string_view word, const Placeholders& placeholders) {
  const size_t end = word.find_last_not_of(".,;:") + 1;
  const std::string_view core = word.substr(0, end);
  const std::string rest = escape(word.substr(end));
  if (core.starts_with("--")) return "\\fB" + escape(core) + "\\fP" + rest;
  if (placeholders.contains(core)) return "\\fI" + escape(core) + "\\fP" + rest;
  if (core.starts_with('/')) return "\\%" + escape(core) + rest;  // no hyphen in a path
  if (!names_page(core)) return escape(core) + rest;
  const std::string_view page = core.substr(0, core.size() - 3);
  return "\\fB" + escape(page) + "\\fP" + escape(core.substr(page.size())) + rest;
}

// "SRC[:DEST]" with its words in italic.
std::string roff_value(std::string_view value) {
  std::string text;
  for (auto at = value.begin(); at != value.end();) {
    const auto end = std::find_if_not(at, value.end(), is_capital);
    if (end != at) {
      text += "\\fI" + std::string(at, end) + "\\fP";
      at = end;
    } else {
      text += escape(std::string_view(&*at++, 1));
    }
  }
  return text;
}

std::string json_type(const OptionText& option) {
  if (option.kind == ValueKind::kNone) return "true or false";
  if (option.kind == ValueKind::kVariable) return "text, list of texts, or object";
  if (option.repeats) return "text, or list of texts";
  const bool counts = option.kind == ValueKind::kId || option.kind == ValueKind::kDescriptor ||
                      option.kind == ValueKind::kDuration;
  return counts ? "number or text" : "text";
}

}  // namespace

std::string roff_text(std::string_view text, std::string_view value) {
  constexpr size_t kWidth = 96;
  const Placeholders placeholders = placeholders_in(value);
  std::string roff;
  std::string line;
  const auto end_line = [&] {
    // What begins like a request is none.
    if (!line.empty())
      roff += (line.front() == '.' || line.front() == '\'' ? "\\&" : "") + line + "\n";
    line.clear();
  };
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string word = roff_word(text.substr(0, end), placeholders);
    if (line.size() + word.size() >= kWidth) end_line();
    line += (line.empty() ? "" : " ") + word;
    const bool paragraph_ends = text.substr(end).starts_with("\n\n");
    if (paragraph_ends) {
      end_line();
      roff += ".IP\n";
    }
    text.remove_prefix(std::min(end + (paragraph_ends ? 2 : 1), text.size()));
  }
  end_line();
  return roff;
}

std::string manual_options() {
  std::string roff;
  std::string_view group;
  for (const OptionText& option : option_texts()) {
    if (option.group != group) roff += fmt::format(".SS {}\n", option.group);
    group = option.group;
    roff += fmt::format(".TP\n\\fB{}\\fP {}", escape("--" + std::string(option.name)),
                        roff_value(option.value));
    if (roff.ends_with(' ')) roff.pop_back();
    roff += "\n" + roff_text(option.manual, option.value);
  }
  return roff;
}

std::string manual_bwrap() {
  std::string roff;
  std::string_view group;
  for (const BwrapOptionText& option : bwrap_option_texts()) {
    if (option.group != group) roff += fmt::format(".SS {}\n", option.group);
    group = option.group;
    roff += fmt::format(".TP\n\\fB{}\\fP {}", escape(option.name), roff_value(option.value));
    if (roff.ends_with(' ')) roff.pop_back();
    std::string help(option.help);
    help.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(help.front())));
    roff += "\n" + roff_text(help + ".", option.value);
  }
  return roff;
}

std::string manual_presets() {
  std::string roff;
  for (const seccomp::SelectionWord& word : seccomp::selection_words()) {
    const char* const kind = word.option == nullptr ? "" : ", an option";
    roff += fmt::format(".TP\n\\fB{}\\fP{}\n", escape(word.name), kind) +
            roff_text(std::string(word.meaning) + ".", "");
  }
  return roff;
}

std::string manual_rules() {
  std::string roff;
  for (const LintRule& rule : lint_rules()) {
    roff += fmt::format(".TP\n\\fB{}\\fP ({})\n", escape(rule.name), level_name(rule.level)) +
            roff_text(fmt::format("{} {}", rule.meaning, rule.remedy), "");
  }
  return roff;
}

std::string manual_fields() {
  std::string roff;
  for (const OptionText& option : option_texts()) {
    if (!belongs_in_config(option)) continue;
    roff += fmt::format(".TP\n\\fB{}\\fP: {}\n", escape(option.name), json_type(option));
    std::string help(option.help);
    if (!option.value.empty()) {
      roff += roff_value(option.value) + ":\n";
    } else {
      help.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(help.front())));
    }
    roff += roff_text(help + ".", option.value);
    if (option.kind == ValueKind::kVariable) {
      roff +=
          ".IP\nAn object holds variables by their names: a text or number is the value, "
          "\\fBnull\\fP passes on the caller\\(aqs.\n";
    }
  }
  return roff;
}

}  // namespace kekkai::cli
