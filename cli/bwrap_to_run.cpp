#include "bwrap_to_run.h"

#include "bwrap_ops.h"
#include "isolation_options.h"
#include "values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <optional>

namespace kekkai::cli {
namespace {

using Fields = std::vector<std::string>;

std::string octal(uint32_t mode) { return fmt::format("{:o}", mode); }

// "/tmp", or "/tmp:size=4096,mode=700".
std::string place(const std::string& path, const Fields& settings) {
  Fields fields{bwrap_inside(path)};
  if (!settings.empty()) fields.push_back(fmt::format("{}", fmt::join(settings, ",")));
  return join_fields(fields);
}

/// Makes an option of each step.
class StepConverter {
 public:
  StepConverter(const BwrapCaller& caller, Converted& converted)
      : caller_(caller), converted_(converted) {}

  void convert(const BwrapStep& step, const std::string& written) {
    written_ = written;
    std::visit(*this, step);
  }

  void operator()(const BwrapBind& step) {
    if (bwrap_passes_over(step, caller_)) return;
    const bool is_writable = step.access != BwrapBind::Access::kReadOnly;
    if (const auto number =
            step.descriptor ? step.descriptor : bwrap_descriptor_behind(step.source)) {
      if (step.access == BwrapBind::Access::kDevices) {
        converted_.left_out.push_back(written_ + ": by descriptor no devices can be shown");
      }
      add(is_writable ? "rw-fd" : "ro-fd", {std::to_string(*number), bwrap_inside(step.target)});
      return;
    }
    Fields flags;
    if (step.optional) flags.emplace_back("optional");
    if (bwrap_has_magic_links(step.source)) flags.emplace_back("magic-links");
    Fields fields{step.source, bwrap_inside(step.target)};
    if (!flags.empty()) fields.push_back(fmt::format("{}", fmt::join(flags, ",")));
    const bool has_devices = step.access == BwrapBind::Access::kDevices;
    add(has_devices ? "dev" : is_writable ? "rw" : "ro", fields);
  }

  void operator()(const BwrapOverlay& step) {
    Fields fields(step.sources.rbegin(), step.sources.rend());
    if (!step.upper.empty()) {
      fields.push_back(step.upper);
      fields.push_back(step.work);
    }
    fields.push_back(bwrap_inside(step.target));
    const bool is_read_only = step.upper.empty() && !step.ephemeral;
    add(is_read_only ? "overlay-ro" : step.ephemeral ? "overlay-tmp" : "overlay-rw", fields);
  }

  void operator()(const BwrapTmpfs& step) {
    Fields settings;
    if (step.size != 0) settings.push_back("size=" + std::to_string(step.size));
    if (step.mode != ops::Tmpfs{}.mode) settings.push_back("mode=" + octal(step.mode));
    add_place("tmpfs", step.target, settings);
  }

  void operator()(const BwrapMount& step) {
    switch (step.kind) {
      case BwrapMount::Kind::kProc:
        add_place("proc-at", step.target, caller_.uid == 0 ? Fields{} : Fields{"open=all"});
        break;
      case BwrapMount::Kind::kDev:
        add_place("dev-at", step.target, {});
        break;
      case BwrapMount::Kind::kMqueue:
        add_plain("mqueue", bwrap_inside(step.target));
    }
  }

  void operator()(const BwrapDirectory& step) {
    add_place("mkdir", step.target, with_mode(step.mode, ops::Mkdir{}.mode));
  }

  void operator()(const BwrapFile& step) {
    Fields settings = with_mode(step.mode, ops::File{}.mode);
    if (step.kind == BwrapFile::Kind::kBound) settings.emplace_back("rw");
    if (step.kind == BwrapFile::Kind::kPlain) settings.emplace_back("plain");
    Fields fields{std::to_string(step.descriptor), bwrap_inside(step.target)};
    if (!settings.empty()) fields.push_back(fmt::format("{}", fmt::join(settings, ",")));
    add("file-fd", fields);
  }

  void operator()(const BwrapSymlink& step) {
    add("symlink", {step.content, bwrap_inside(step.target)});
  }

  void operator()(const BwrapRemount& step) { add("remount", {bwrap_inside(step.target), "ro"}); }

  void operator()(const BwrapChmod& step) {
    add("chmod", {bwrap_inside(step.target), octal(step.mode)});
  }

 private:
  static Fields with_mode(uint32_t mode, uint32_t otherwise) {
    return mode == otherwise ? Fields{} : Fields{"mode=" + octal(mode)};
  }

  void add(const char* name, const Fields& fields) { add_plain(name, join_fields(fields)); }
  void add_place(const char* name, const std::string& path, const Fields& settings) {
    add_plain(name, place(path, settings));
  }
  void add_plain(const char* name, std::string value) {
    converted_.options.push_back({name, std::move(value), written_});
  }

  const BwrapCaller& caller_;
  Converted& converted_;
  std::string written_;
};

/// Makes options of all that is no step.
class SettingsConverter {
 public:
  SettingsConverter(const BwrapOptions& options, const BwrapCaller& caller, Converted& converted)
      : options_(options), caller_(caller), converted_(converted) {}

  void convert() {
    add("bare");
    add("change-host");
    environment();
    namespaces();
    identity();
    filters();
    life();
  }

  // All of it is for when the tree is complete.
  void convert_last() {
    for (const std::string& file : options_.lock_files) add("lock", bwrap_inside(file));
    if (!options_.as_pid_1) add_descriptor("hold-fd", options_.sync_fd);
    add_descriptor("wait-fd", options_.block_fd);
  }

  void name_what_is_left_out() {
    const auto leave_out = [&](const std::string& sentence) {
      converted_.left_out.push_back(sentence);
    };
    if (options_.info_fd) {
      leave_out("--info-fd: --status-fd of `kekkai run` tells what happens in words of its own");
    }
    if (options_.json_status_fd) {
      leave_out("--json-status-fd: --status-fd of `kekkai run` tells it in words of its own");
    }
    if (options_.level_prefix) leave_out("--level-prefix: messages have no such prefix");
    if (!converted_.inherited.empty()) {
      leave_out(
          fmt::format("descriptors that are open here ({}): add an extra-fd for each that "
                      "COMMAND needs",
                      fmt::join(converted_.inherited, ", ")));
    }
    if (bwrap_asks_for_root(options_, caller_)) {
      leave_out("capabilities: a COMMAND that is uid 0 inside would have root's; add cap-keep");
    }
  }

 private:
  void add(const char* name, std::string value = {}) {
    converted_.options.push_back({name, std::move(value), {}});
  }
  void add_descriptor(const char* name, const std::optional<int>& number) {
    if (number) add(name, std::to_string(*number));
  }

  void environment() {
    bool is_cleared = false;
    std::map<std::string, std::optional<std::string>> variables;
    for (const BwrapVariable& change : options_.environment) {
      if (change.name.empty()) {
        is_cleared = true;
        variables.clear();
      } else {
        variables[change.name] = change.value;
      }
    }
    add(is_cleared ? "clear-env" : "env-all");
    add("env-pwd");
    for (const auto& [name, value] : variables) {
      if (!value && !is_cleared) add("env-unset", name);
      if (value) add("env", name + "=" + *value);
    }
    if (const auto& directory = options_.chdir) {
      add("cwd", directory->starts_with('/') ? *directory : "/" + *directory);
    }
    if (options_.argv0) add("argv0", *options_.argv0);
  }

  void namespaces() {
    const Namespace made = bwrap_namespaces(options_, caller_);
    for (const NamedNamespace& one : named_namespaces()) {
      const bool is_joined = (one.which == Namespace::kUser && options_.userns) ||
                             (one.which == Namespace::kPid && options_.pidns);
      if (!has(made, one.which) && !is_joined) {
        add("ns", std::string(one.name) + "=share");
      }
    }
    const auto join = [&](const char* name, const std::optional<int>& number) {
      if (number) add("ns", std::string(name) + "=" + std::to_string(*number));
    };
    join("user", options_.userns);
    join(options_.unshare_pid ? "outer-pid" : "pid", options_.pidns);
    join("inner-user", options_.userns2);
    if (options_.disable_userns) add("nested-userns", "forbid");
    if (options_.assert_userns_disabled) add("nested-userns", "assert");
    add_descriptor("id-map-fd", options_.userns_block_fd);
  }

  void identity() {
    if (has(bwrap_namespaces(options_, caller_), Namespace::kUser) || options_.userns) {
      if (options_.uid) add("uid", std::to_string(*options_.uid));
      if (options_.gid) add("gid", std::to_string(*options_.gid));
    }
    if (options_.hostname) add("hostname", *options_.hostname);
    if (bwrap_asks_for_root(options_, caller_)) return;
    const uint64_t kept = bwrap_capabilities(options_, caller_);
    if (kept == parse_capabilities("all")) return add("cap-keep", "all");
    const std::vector<std::string> names = capability_names();
    Fields words;
    for (size_t i = 0; i < names.size(); ++i) {
      if ((kept >> i & 1) != 0) words.push_back(names[i]);
    }
    if (!words.empty()) add("cap-keep", fmt::format("{}", fmt::join(words, ",")));
  }

  void filters() {
    add("seccomp", "none");
    const auto add_filter = [&](int number) {
      add("seccomp-bpf", "/proc/self/fd/" + std::to_string(number));
    };
    for (const int number : options_.seccomp_fds) add_filter(number);
    if (options_.seccomp) add_filter(*options_.seccomp);
  }

  void life() {
    if (!options_.new_session) add("tty-try");
    add(options_.die_with_parent ? "die-with-parent" : "outlive");
    if (options_.as_pid_1) add("as-pid-1");
  }

  const BwrapOptions& options_;
  const BwrapCaller& caller_;
  Converted& converted_;
};

}  // namespace

Converted convert_bwrap(const BwrapOptions& options, const BwrapCaller& caller) {
  check_bwrap(options, caller);
  Converted converted{.command = options.command, .inherited = bwrap_inherited(options, caller)};
  SettingsConverter settings(options, caller, converted);
  settings.convert();
  StepConverter steps(caller, converted);
  for (size_t i = 0; i < options.steps.size(); ++i) {
    steps.convert(options.steps[i], options.step_options[i]);
  }
  settings.convert_last();
  settings.name_what_is_left_out();
  return converted;
}

}  // namespace kekkai::cli
