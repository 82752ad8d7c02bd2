#include "bwrap_json.h"

#include "option_text.h"
#include "run_options.h"
#include "usage_error.h"

#include <nlohmann/json.hpp>

namespace kekkai::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFiles = "files";

std::string dump(const Json& text) {
  try {
    return text.dump();
  } catch (const Json::type_error&) {
    throw UsageError("\"" + text.get<std::string>() + "\" is not UTF-8, which JSON has to be");
  }
}

// Texts, and lists and objects of them, in a line.
std::string line(const Json& value) {
  if (!value.is_structured()) return dump(value);
  std::string text;
  for (const auto& [name, member] : value.items()) {
    if (!text.empty()) text += ", ";
    text += value.is_object() ? dump(name) + ": " + line(member) : line(member);
  }
  return value.is_object() ? "{" + text + "}" : "[" + text + "]";
}

// Of an option that is there already, a list.
void add(Json& config, const std::string& name, const std::string& value) {
  if (!config.contains(name)) {
    config[name] = value;
  } else if (config[name].is_array()) {
    config[name].push_back(value);
  } else {
    config[name] = {config[name], value};
  }
}

Json to_json(const Converted& converted) {
  Json config = Json::object();
  for (const ConvertedOption& option : converted.options) {
    const Option* known = find_option(option.name);
    if (known->value.empty()) {
      config[option.name] = true;
    } else if (option.name == "env") {
      const size_t equals = option.value.find('=');
      config["env"][option.value.substr(0, equals)] = option.value.substr(equals + 1);
    } else if (known->group == kFilesGroup) {
      config[kFiles].push_back({{option.name, option.value}});
    } else {
      add(config, option.name, option.value);
    }
  }
  if (!converted.command.empty()) config["command"] = converted.command;
  return config;
}

std::string lines(const Json& steps) {
  std::string text;
  for (const Json& step : steps) text += (text.empty() ? "\n    " : ",\n    ") + line(step);
  return "[" + text + "\n  ]";
}

}  // namespace

std::string config_json(const Converted& converted) {
  const Json config = to_json(converted);
  std::string text = "{";
  for (const auto& [name, value] : config.items()) {
    text += text.size() > 1 ? ",\n  " : "\n  ";
    text += "\"" + name + "\": " + (name == kFiles ? lines(value) : line(value));
  }
  return text + "\n}\n";
}

}  // namespace kekkai::cli
