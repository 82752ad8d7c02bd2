#include "option_text.h"

#include "option_manual.h"
#include "run_options.h"

#include <algorithm>
#include <array>

namespace kekkai::cli {
namespace {

constexpr std::string_view kElsewhere = "From elsewhere";
constexpr std::array kExpansions{
    OptionText{kElsewhere, "args-file", "FILE", "more options, each word ended by a NUL byte"},
    OptionText{kElsewhere, "args-fd", "N", "the same, read from descriptor N"},
    OptionText{kElsewhere, "config", "FILE", "more options, as JSON: kekkai.json(5)"},
};

std::vector<OptionText> collect() {
  std::vector<OptionText> all;
  for (const Option& option : run_options()) {
    all.push_back({option.group, option.name, option.value, option.help});
  }
  all.insert(all.end(), kExpansions.begin(), kExpansions.end());
  for (OptionText& text : all) {
    if (const OptionManual* manual = find_manual(text.name)) {
      text.kind = manual->kind;
      text.manual = manual->text;
      text.repeats = manual->repeats;
    }
  }
  return all;
}

}  // namespace

const std::vector<OptionText>& option_texts() {
  static const std::vector<OptionText> kAll = collect();
  return kAll;
}

const OptionText* find_option_text(std::string_view name) {
  const auto found = std::ranges::find(option_texts(), name, &OptionText::name);
  return found == option_texts().end() ? nullptr : &*found;
}

bool belongs_in_config(const OptionText& option) { return option.group != kElsewhere; }

std::vector<std::string_view> settings_in(const OptionText& option) {
  std::vector<std::string_view> settings;
  const size_t colon = option.value.rfind("[:");
  if (colon == option.value.npos || !option.value.ends_with(']')) return settings;
  std::string_view list = option.value.substr(colon + 2);
  while (!list.empty()) {
    const std::string_view setting = list.substr(0, list.find_first_of(",]"));
    list.remove_prefix(setting.size() + 1);
    const size_t equals = setting.find('=');
    settings.push_back(equals == setting.npos ? setting : setting.substr(0, equals + 1));
  }
  return settings;
}

std::string synopsis(const OptionText& option) {
  std::string text = "--" + std::string(option.name);
  if (!option.value.empty()) text.append(" ").append(option.value);
  return text;
}

}  // namespace kekkai::cli
