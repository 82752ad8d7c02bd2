#include "../cli/command_line.h"
#include "../cli/config.h"
#include "../cli/usage_error.h"
#include "promises.h"
#include "targets.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

namespace kekkai {
namespace {

using Json = nlohmann::json;

/// Writes down the options that a file stands for, as far as it is JSON, and checks nothing.
class Scribe : public nlohmann::json_sax<Json> {
 public:
  /// As on a command line, behind "run".
  std::vector<std::string> arguments() const {
    std::vector<std::string> all = options_;
    all.emplace_back("--");
    all.insert(all.end(), command_.begin(), command_.end());
    return all;
  }
  bool reads_files() const { return reads_files_; }

  bool key(string_t& name) override {
    if (depth_ == 1) {
      option_ = name;
      for (const char* reads : {"file", "env-file", "seccomp-rules", "seccomp-bpf"}) {
        reads_files_ |= name == reads;
      }
    } else {
      variable_ = name;
    }
    return true;
  }
  bool string(string_t& text) override { return value(text); }
  bool number_unsigned(number_unsigned_t number) override { return value(std::to_string(number)); }
  bool boolean(bool yes) override {
    if (yes) options_.push_back("--" + option_);
    return true;
  }
  bool null() override {
    options_.push_back("--" + option_ + "=" + variable_);
    return true;
  }
  bool start_object(size_t /*size*/) override {
    ++depth_;
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(size_t /*size*/) override {
    if (option_ == "command") command_.clear();
    return true;
  }
  bool end_array() override { return true; }
  bool number_integer(number_integer_t /*number*/) override { return false; }
  bool number_float(number_float_t /*number*/, const string_t& /*text*/) override { return false; }
  bool binary(binary_t& /*data*/) override { return false; }
  bool parse_error(size_t /*at*/, const std::string& /*token*/,
                   const Json::exception& /*error*/) override {
    return false;
  }

 private:
  bool value(const std::string& text) {
    if (option_ == "command") {
      command_.push_back(text);
    } else if (option_ != "$schema") {
      options_.push_back("--" + option_ + "=" + (depth_ > 1 ? variable_ + "=" : "") + text);
    }
    return true;
  }

  std::vector<std::string> options_;
  std::vector<std::string> command_;
  std::string option_;
  std::string variable_;
  size_t depth_ = 0;
  bool reads_files_ = false;
};

// Everything that a file can say without reading another one.
auto meaning_of(const cli::RunOptions& run) {
  const cli::SeccompOptions& seccomp = run.seccomp;
  return std::tuple_cat(
      std::tie(run.files, run.clear_env, run.env, run.cwd, run.hostname, run.uid, run.gid,
               run.keep_capabilities, run.umask, run.limits, run.extra_fds, run.timeout,
               run.kill_after, run.pid_file, run.status_fd, run.share_network, run.root),
      std::tie(run.proc, run.dev, run.terminal, run.verbose, run.json_errors, run.daemons,
               run.daemon_timeout, run.command),
      std::tie(seccomp.selection, seccomp.selects, seccomp.allowed, seccomp.log,
               seccomp.learn_file));
}

// "file:LINE:COLUMN: sentence", the place one of the text. The sentence.
std::string check_refusal(const cli::UsageError& error, std::string_view text) {
  require_harmless(error.what());
  require_harmless(error.hint);
  std::string_view rest = error.what();
  const auto cut = [&](std::string_view end) {
    const size_t at = rest.find(end);
    require(at != rest.npos);
    const std::string field(rest.substr(0, at));
    rest.remove_prefix(at + end.size());
    return field;
  };
  require(cut(":") == "file");
  const size_t line = std::stoul(cut(":"));
  const size_t column = std::stoul(cut(": "));
  require(line >= 1 && column >= 1 && !rest.empty());
  for (size_t before = 1; before < line; ++before) {
    require(text.find('\n') != text.npos);
    text.remove_prefix(text.find('\n') + 1);
  }
  require(column <= std::min(text.find('\n'), text.size()) + 1);
  return std::string(rest);
}

}  // namespace

void fuzz_config_file(std::string_view bytes) {
  const std::string text(bytes);
  Scribe scribe;
  Json::sax_parse(text, &scribe);
  if (scribe.reads_files()) return;
  const cli::Caller caller{.directory = "/here"};
  std::vector<std::string> arguments = scribe.arguments();
  arguments.insert(arguments.begin(), "run");
  try {
    cli::RunOptions run;
    cli::read_config(text, "file", run, caller);
    const cli::Parsed parsed = cli::parse_command_line(arguments, caller);
    require(parsed.run && meaning_of(*parsed.run) == meaning_of(run));
  } catch (const cli::UsageError& e) {
    const bool is_for_an_option = check_refusal(e, text).starts_with("--");
    require(!is_for_an_option || !cli::parse_command_line(arguments, caller).run);
  }
}

}  // namespace kekkai
