#include "schema.h"

#include "../option_text.h"
#include "../values.h"

#include <kekkai/seccomp-presets/presets.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include <nlohmann/json.hpp>

namespace kekkai::cli {
namespace {

using Json = nlohmann::ordered_json;

// Regular expressions of ECMA-262. A field ends at a ":" that no backslash escapes.
constexpr std::string_view kField = R"((\\[:\\]|\\(?![:\\])|[^:\\])+)";
constexpr std::string_view kPathField = R"((/(?!\.\.([:/]|$))(\\[:\\]|\\(?![:\\])|[^:\\/])*)+)";
constexpr std::string_view kNameField = R"((?!\.\.?$)(\\[:\\]|\\(?![:\\])|[^:\\/])+)";
constexpr std::string_view kPath = R"((/(?!\.\.(/|$))[^/]*)+)";
constexpr uint64_t kMostDescriptor = 1048575;
constexpr std::string_view kMode = "0*[0-7]{1,4}";

Json text_like(const std::string& pattern) {
  return {{"type", "string"}, {"pattern", "^" + pattern + "$"}};
}

// A number, or a text that reads like one.
Json number_or(uint64_t least, uint64_t most, const std::string& pattern) {
  return {{"anyOf",
           {{{"type", "integer"}, {"minimum", least}, {"maximum", most}}, text_like(pattern)}}};
}

// Words of `choices` in any number, separated by commas; empty pieces do no harm.
std::string list_of(const std::string& choices) { return fmt::format("({0})?(,({0})?)*", choices); }

// "a|b" of "a,b".
std::string with_bars(std::string_view list) {
  std::string words(list);
  std::ranges::replace(words, ',', '|');
  return words;
}

// Of "PATH[:size=N,mode=M,ro]" the settings that may follow, if any.
std::string settings_of(const OptionText& option) {
  std::string settings;
  for (const std::string_view setting : settings_in(option)) {
    if (!settings.empty()) settings += '|';
    settings += setting;
    if (setting == "mode=") settings += kMode;
    if (setting == "size=") settings += "[0-9]+[KMG]?";
    if (setting == "open=") settings += "[a-z_-]+";
  }
  return settings.empty() ? settings : "(:" + list_of(settings) + ")?";
}

// "none", or words of a selection with one preset at least among them.
Json selection() {
  std::string presets;
  std::string all;
  for (const seccomp::SelectionWord& word : seccomp::selection_words()) {
    const std::string name(word.name);
    if (word.option == nullptr) presets += (presets.empty() ? "" : "|") + name;
    all += (all.empty() ? "" : "|") + name;
  }
  return text_like(fmt::format("(none|(?=(.*,)?({})(,|$))({})(,({}))*)", presets, all, all));
}

Json limit() {
  const std::string value = "(unlimited|[0-9]+)";
  return text_like(
      fmt::format("({})={}(:{})?", fmt::join(resource_limit_names(), "|"), value, value));
}

Json capabilities() {
  std::string small = fmt::format("(cap_)?({})", fmt::join(capability_names(), "|"));
  std::string big(small);
  std::ranges::transform(big, big.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text_like(fmt::format("(all|({0}|{1})(,({0}|{1}))*)", small, big));
}

Json descriptor(const OptionText& option) {
  const bool placed = option.value.find(':') != option.value.npos;
  return number_or(3, kMostDescriptor, placed ? "[0-9]+(:[0-9]+)?" : "[0-9]+");
}

Json place(const OptionText& option) {
  const std::string settings = settings_of(option);
  return text_like(settings.empty() ? std::string(kPath) : std::string(kPathField) + settings);
}

Json tree(const OptionText& option) {
  const std::string more = option.value.find("PREFIX") == option.value.npos
                               ? settings_of(option)
                               : "(:" + std::string(kNameField) + ")?";
  return text_like(std::string(kField) + more);
}

// At least as many layers as `value` has outside of brackets, and not more than an overlay takes.
Json layers(const OptionText& option) {
  constexpr int kMostLowers = 500;
  const std::string_view value = option.value;
  const auto colons = static_cast<int>(std::ranges::count(value, ':'));
  const int least = value.find("[:") == value.npos ? colons : colons - 1;
  const int others = value.find("UPPER") == value.npos ? 0 : 2;
  return text_like(
      fmt::format("({}:){{{},{}}}{}", kField, least, kMostLowers + others, kPathField));
}

// One value of an option.
Json value_schema(const OptionText& option) {
  switch (option.kind) {
    case ValueKind::kNone:
      return {{"type", "boolean"}};
    case ValueKind::kHostPath:
      return text_like(fmt::format("{}(:({})?(:{})?)?", kField, kPathField,
                                   list_of("optional|ensure|noexec|slave|magic-links")));
    case ValueKind::kCopy:
      return text_like(fmt::format("{}:{}{}", kField, kPathField, settings_of(option)));
    case ValueKind::kLayers:
      return layers(option);
    case ValueKind::kLink:
      return text_like(fmt::format("{}:{}", kField, kPathField));
    case ValueKind::kPlace:
      return place(option);
    case ValueKind::kRemount:
      return text_like(fmt::format("{}:(?!(recursive|,)*$){}", kPathField,
                                   list_of("ro|noexec|nodev|recursive")));
    case ValueKind::kHandedIn:
      return text_like(fmt::format("[0-9]+:{}{}", kPathField, settings_of(option)));
    case ValueKind::kPathMode:
      return text_like(fmt::format("{}:{}", kPathField, kMode));
    case ValueKind::kTree:
      return tree(option);
    case ValueKind::kDevfs:
      return text_like(list_of("ro|mqueue"));
    case ValueKind::kProc:
      return text_like(list_of("subset=pid|hidepid=(off|noaccess|invisible|ptraceable)"));
    case ValueKind::kVariable:
      return {{"type", "string"}, {"pattern", "^[^=]"}};
    case ValueKind::kId:
      return number_or(0, UINT32_MAX - 1, "[0-9]+");
    case ValueKind::kMode:
      return text_like(std::string(kMode));
    case ValueKind::kDuration:
      return number_or(0, INT64_MAX / 1000, "[0-9]+(ms|s|m|h)?");
    case ValueKind::kWait:
      return number_or(1, 24 * 3600, "0*[1-9][0-9]*(ms|s|m|h)?");
    case ValueKind::kDaemon:
      return text_like(fmt::format(R"((?!(/\.?)+:){}:{}(:({})?)*)", kPathField, kField, kField));
    case ValueKind::kDescriptor:
      return descriptor(option);
    case ValueKind::kInput:
      return number_or(0, kMostDescriptor, "[0-9]+");
    case ValueKind::kNamespace:
      return text_like(
          "((user|pid|ipc|uts|cgroup|net)=share|(user|pid|outer-pid|inner-user)=[0-9]+)");
    case ValueKind::kList:
      return text_like(list_of(with_bars(option.value)));
    case ValueKind::kLimit:
      return limit();
    case ValueKind::kSelection:
      return selection();
    case ValueKind::kCalls:
      return number_or(0, UINT32_MAX, ",*[a-z0-9_]+(,[a-z0-9_]*)*");
    case ValueKind::kCapability:
      return capabilities();
    case ValueKind::kText:
      return {{"type", "string"}, {"minLength", 1}, {"maxLength", 64}};
    case ValueKind::kWord:
      return text_like(fmt::format("({})", option.value));
    case ValueKind::kFile:
      return {{"type", "string"}, {"minLength", 1}};
  }
  return {};
}

Json text_or_number() {
  return {{"anyOf", {{{"type", "string"}}, {{"type", "integer"}, {"minimum", 0}}}}};
}

// {"LANG": "C", "TERM": null}
Json variables() {
  Json value = text_or_number();
  value["anyOf"].push_back({{"type", "null"}});
  return {{"type", "object"},
          {"propertyNames", {{"pattern", "^[^=]"}}},
          {"additionalProperties", value}};
}

// [{"ro": "/usr"}, {"tmpfs": "/tmp"}]
Json files() {
  Json steps = Json::object();
  for (const OptionText& option : option_texts()) {
    if (option.group != kFilesGroup) continue;
    steps[std::string(option.name)] = {{"$ref", "#/$defs/" + std::string(option.name)}};
  }
  return {{"description", "options about files, in their order"},
          {"type", "array"},
          {"items", {{"type", "object"}, {"properties", steps}, {"additionalProperties", false}}}};
}

}  // namespace

std::string config_schema() {
  Json values = Json::object();
  Json properties{{"$schema", {{"description", "this schema, for editors"}, {"type", "string"}}}};
  for (const OptionText& option : option_texts()) {
    if (!belongs_in_config(option)) continue;
    const std::string name(option.name);
    values[name] = value_schema(option);
    const Json reference{{"$ref", "#/$defs/" + name}};
    Json property{{"description", option.help}};
    if (option.value.empty()) {
      property.update(reference);
    } else {
      property["anyOf"] = {reference, {{"type", "array"}, {"items", reference}}};
    }
    if (option.kind == ValueKind::kVariable) property["anyOf"].push_back(variables());
    properties[name] = property;
  }
  properties["files"] = files();
  properties["command"] = {{"description", "the program and its arguments"},
                           {"type", "array"},
                           {"items", text_or_number()}};
  const Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                    {"title", "kekkai run --config FILE"},
                    {"type", "object"},
                    {"properties", properties},
                    {"additionalProperties", false},
                    {"$defs", values}};
  return schema.dump(2) + "\n";
}

}  // namespace kekkai::cli
