#include "config.h"

#include "option_text.h"
#include "suggest.h"
#include "usage_error.h"

#include <kekkai/seccomp-presets/json_walk.h>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace kekkai::cli {
namespace {

using Json = nlohmann::json;

constexpr const char* kManual = "see kekkai.json(5)";
constexpr const char* kFilesAreObjects =
    "\"files\" is a list of objects, each with one option: [{\"ro\": \"/srv\"}]";

// A hint about a name that is not known.
std::string guess(const std::string& name) {
  std::vector<std::string_view> known{"command", "files", "$schema"};
  for (const Option& option : run_options()) known.push_back(option.name);
  const std::string_view meant = nearest(name, known);
  return meant.empty() ? kManual : fmt::format("did you mean \"{}\"?", meant);
}

// Takes the parser's events and applies each option as it comes.
class ConfigReader : public nlohmann::json_sax<Json> {
 public:
  ConfigReader(std::string name, std::string_view text, const size_t& consumed, RunOptions& run,
               const Caller& caller)
      : name_(std::move(name)), text_(text), consumed_(consumed), run_(run), caller_(caller) {}

  bool key(string_t& name) override {
    if (name.find('\0') != name.npos) refuse(seccomp::kNoNul, name.size() + 2);
    if (in_env_) {
      variable_ = name;
      return true;
    }
    option_ = find_option(name);
    if (in_step_) {
      if (option_ == nullptr || option_->group != kFilesGroup) {
        refuse("\"" + name + "\" is no option about files", name.size() + 2,
               option_ == nullptr ? guess(name) : "it belongs beside \"files\", not into it");
      }
      return true;
    }
    is_command_ = name == "command";
    is_files_ = name == "files";
    is_schema_ = name == "$schema";
    if (option_ == nullptr && !is_command_ && !is_files_ && !is_schema_) {
      refuse("there is no option \"" + name + "\"", name.size() + 2, guess(name));
    }
    return true;
  }

  bool start_object(size_t /*size*/) override {
    if (!in_file_) {
      in_file_ = true;
    } else if (is_files_ && in_list_ && !in_step_) {
      in_step_ = true;
    } else if (option_ != nullptr && option_->name == "env" && !in_list_ && !in_env_) {
      in_env_ = true;
    } else {
      refuse("an object does not belong here", 1);
    }
    return true;
  }
  bool end_object() override {
    in_env_ = in_step_ = false;
    return true;
  }
  bool start_array(size_t /*size*/) override {
    if (!in_file_) refuse("the file must hold an object", 1);
    const bool takes_list =
        is_command_ || is_files_ || (option_ != nullptr && !option_->value.empty());
    if (in_list_ || in_env_ || !takes_list) refuse("a list does not belong here", 1);
    if (is_command_) run_.command.clear();
    in_list_ = true;
    return true;
  }
  bool end_array() override {
    in_list_ = false;
    return true;
  }

  bool string(string_t& text) override { return value(text, text.size() + 2); }
  bool number_unsigned(number_unsigned_t number) override {
    const std::string text = std::to_string(number);
    return value(text, text.size() + kLookahead);
  }
  bool boolean(bool yes) override {
    if (!in_file_ || option_ == nullptr || (is_files_ && !in_step_) || !option_->value.empty() ||
        in_env_) {
      refuse("true and false belong to switches only", yes ? 4 : 5);
    }
    if (yes) apply("", 4);
    return true;
  }
  bool null() override {
    if (!in_env_) refuse("null does not belong here", 4);
    apply(variable_, 4);  // the caller's
    return true;
  }
  bool number_integer(number_integer_t number) override {
    refuse("a negative number does not belong here", std::to_string(number).size() + kLookahead);
  }
  bool number_float(number_float_t /*number*/, const string_t& text) override {
    refuse("a fraction does not belong here", text.size() + kLookahead);
  }
  bool binary(binary_t& /*data*/) override { return false; }
  bool parse_error(size_t /*at*/, const std::string& /*token*/,
                   const Json::exception& error) override {
    refuse("this is not JSON: " + seccomp::reason_in(error.what()), 1);
  }

  // `length` is that of the token that has just been read.
  [[noreturn]] void refuse(const std::string& why, size_t length,
                           const std::string& hint = kManual) const {
    const std::string_view read = text_.substr(0, consumed_);
    const auto line = std::ranges::count(read, '\n') + 1;
    const size_t in_line = read.size() - (read.rfind('\n') + 1);  // npos + 1 is 0
    const size_t column = in_line >= length ? in_line - length + 1 : 1;
    throw UsageError(fmt::format("{}:{}:{}: {}", name_, line, column, why), hint);
  }

 private:
  // Where a number ends is known only behind it.
  static constexpr size_t kLookahead = 1;

  bool value(const std::string& text, size_t length) {
    if (text.find('\0') != text.npos) refuse(seccomp::kNoNul, length);
    if (!in_file_) refuse("the file must hold an object", length);
    if (is_schema_) return true;  // for editors
    if (is_files_ && !in_step_) refuse(kFilesAreObjects, length);
    if (in_env_) {
      apply(variable_ + "=" + text, length);
    } else if (is_command_) {
      if (!in_list_) refuse("\"command\" is a list: the program and its arguments", length);
      run_.command.push_back(text);
    } else if (option_->value.empty()) {
      refuse("\"" + std::string(option_->name) + "\" is a switch: true or false", length);
    } else {
      apply(text, length);
    }
    return true;
  }

  void apply(const std::string& text, size_t length) {
    try {
      apply_option(*option_, run_, caller_, text);
    } catch (const std::invalid_argument& e) {
      refuse(e.what(), length);
    }
  }

  std::string name_;
  std::string_view text_;
  const size_t& consumed_;
  RunOptions& run_;
  const Caller& caller_;
  const Option* option_ = nullptr;
  std::string variable_;
  bool is_command_ = false;
  bool is_files_ = false;
  bool is_schema_ = false;
  bool in_file_ = false;
  bool in_env_ = false;
  bool in_list_ = false;
  bool in_step_ = false;  ///< In an object of "files".
};

}  // namespace

void read_config(const std::string& json, const std::string& name, RunOptions& run,
                 const Caller& caller) {
  size_t consumed = 0;
  ConfigReader reader(name, json, consumed, run, caller);
  if (const size_t nul = json.find('\0'); nul != json.npos) {
    consumed = nul + 1;
    reader.refuse(seccomp::kNoNul, 1);
  }
  const char* const begin = json.data();
  const auto walk = [&](const char* at) { return seccomp::JsonWalk(at, &consumed); };
  Json::sax_parse(walk(begin), walk(begin + json.size()), &reader);
}

}  // namespace kekkai::cli
