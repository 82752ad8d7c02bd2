#include "run_to_bwrap.h"

#include "bwrap_ops.h"
#include "defaults.h"
#include "isolation_options.h"
#include "shell_text.h"
#include "values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace kekkai::cli {
namespace {

using Words = std::vector<std::string>;

// Options of ours without a counterpart.
constexpr std::array<std::string_view, 13> kOurs{
    "umask",   "rlimit", "timeout",         "kill-after",    "pid-file",    "status-fd",     "pty",
    "verbose", "record", "record-contents", "record-format", "json-errors", "daemon-timeout"};

std::string octal(uint32_t mode) { return fmt::format("{:04o}", mode); }

template <class Spec>
const Spec* as(const Op& op) {
  const auto* found = dynamic_cast<const OpOf<Spec>*>(&op);
  return found == nullptr ? nullptr : &found->spec;
}

/// Makes the words of each op, and says which cannot be.
class OpWords {
 public:
  OpWords(BwrapWords& words, bool may_change_host)
      : words_(words), may_change_host_(may_change_host) {}

  void add(const Op& op, const std::string& origin) {
    origin_ = origin.empty() || origin == "default" ? op.describe() : origin;
    const bool is_said = say<ops::Bind>(op) || say<ops::Overlay>(op) || say<ops::Tmpfs>(op) ||
                         say<ops::Proc>(op) || say<ops::Dev>(op) || say<ops::Mqueue>(op) ||
                         say<ops::Mkdir>(op) || say<ops::File>(op) || say<ops::Symlink>(op) ||
                         say<ops::Remount>(op) || say<ops::Chmod>(op) || say<ops::Lock>(op) ||
                         say<ops::Hold>(op) || say<ops::Wait>(op);
    if (!is_said) leave_out("bubblewrap has nothing like it");
  }

  /// What becomes read-only only when everything is in it.
  void finish() {
    for (const ContainerPath& path : read_only_) say({"--remount-ro", path.str()});
  }

 private:
  template <class Spec>
  bool say(const Op& op) {
    const Spec* spec = as<Spec>(op);
    if (spec != nullptr) words_of(*spec);
    return spec != nullptr;
  }

  void words_of(const ops::Bind& op) {
    if (op.noexec) leave_out("noexec is left away");
    if (op.slave) leave_out("later mounts of the host do not appear");
    if (op.ensure) leave_out("a missing source is not made");
    if (op.writable && !may_change_host_) {
      leave_out("what is missing below it is made on the host, for options after it");
    }
    const std::string kind = op.writable ? "bind" : "ro-bind";
    if (op.descriptor) {
      return say({"--" + kind + "-fd", std::to_string(*op.descriptor), op.target.str()});
    }
    if (op.magic_links && !op.source.str().starts_with("/proc/self/")) {
      leave_out("links of /proc on the way are refused");
    }
    const std::string option = "--" + (op.device ? "dev-bind" : kind);
    say({option + (op.optional ? "-try" : ""), op.source.str(), op.target.str()});
  }

  void words_of(const ops::Overlay& op) {
    const std::vector<HostPath> lowest_first(op.lowers.rbegin(), op.lowers.rend());
    for (const HostPath& lower : lowest_first) say({"--overlay-src", lower.str()});
    if (op.upper) return say({"--overlay", op.upper->str(), op.work->str(), op.path.str()});
    say({op.ephemeral ? "--tmp-overlay" : "--ro-overlay", op.path.str()});
  }

  void words_of(const ops::Tmpfs& op) {
    std::erase(read_only_, op.path);
    if (op.size != 0) say({"--size", std::to_string(op.size)});
    say_mode(op.mode, ops::Tmpfs{}.mode);
    say({"--tmpfs", op.path.str()});
    if (op.optional) leave_out("it is made even where there is nothing to cover");
    if (op.read_only) read_only_.push_back(op.path);
  }

  void words_of(const ops::Proc& op) {
    say({"--proc", op.path.str()});
    const bool is_open = op.open == std::vector<std::string>{"all"};
    if (!is_open) leave_out("what is covered in it is bubblewrap's choice");
    if (op.pids_only || !op.hidepid.empty()) leave_out("all of it is shown");
  }

  void words_of(const ops::Dev& op) {
    say({"--dev", op.path.str()});
    if (op.mqueue) say({"--mqueue", op.path.str() + "/mqueue"});
    if (op.read_only) read_only_.push_back(op.path);
  }

  void words_of(const ops::Mqueue& op) { say({"--mqueue", op.path.str()}); }

  void words_of(const ops::Mkdir& op) {
    say_mode(op.mode, ops::Mkdir{}.mode);
    say({"--dir", op.path.str()});
  }

  void words_of(const ops::File& op) {
    if (!op.descriptor) return leave_out("give the content by descriptor: --ro-bind-data FD");
    say_mode(op.mode, op.plain ? 0666 : 0600);
    const char* const bound = op.writable ? "--bind-data" : "--ro-bind-data";
    say({op.plain ? "--file" : bound, std::to_string(*op.descriptor), op.path.str()});
  }

  void words_of(const ops::Symlink& op) { say({"--symlink", op.target, op.path.str()}); }

  void words_of(const ops::Remount& op) {
    if (op.noexec || op.nodev || op.recursive) leave_out("only ro is said, and of one mount");
    if (op.read_only) say({"--remount-ro", op.path.str()});
  }

  void words_of(const ops::Chmod& op) { say({"--chmod", octal(op.mode), op.path.str()}); }
  void words_of(const ops::Lock& op) { say({"--lock-file", op.path.str()}); }
  void words_of(const ops::Hold& op) { say({"--sync-fd", std::to_string(op.descriptor)}); }
  void words_of(const ops::Wait& op) { say({"--block-fd", std::to_string(op.descriptor)}); }

  void say(Words words) { words_.options.push_back(std::move(words)); }
  void say_mode(uint32_t mode, uint32_t otherwise) {
    if (mode != otherwise) say({"--perms", octal(mode)});
  }
  void leave_out(const std::string& what) { words_.left_out.push_back(origin_ + ": " + what); }

  BwrapWords& words_;
  bool may_change_host_;
  std::vector<ContainerPath> read_only_;
  std::string origin_;
};

/// Makes the words of all that is no op.
class SettingWords {
 public:
  SettingWords(const RunOptions& options, const Caller& caller, BwrapWords& words)
      : options_(options), caller_(caller), words_(words) {}

  void add() {
    namespaces();
    identity();
    environment();
    filters();
    life();
    for (const GivenOption& given : options_.given) {
      if (std::ranges::find(kOurs, given.name) == kOurs.end()) continue;
      leave_out(given.text(), "bubblewrap has nothing like it");
    }
  }

 private:
  void namespaces() {
    const Isolation& isolation = options_.isolation;
    Params params;
    isolate(options_, params);
    for (const NamedNamespace& one : named_namespaces()) {
      if (has(params.namespaces, one.which)) say({"--unshare-" + std::string(one.name)});
    }
    say_descriptor("--userns", isolation.user_namespace);
    say_descriptor("--userns2", isolation.inner_user_namespace);
    say_descriptor("--pidns", isolation.pid_namespace);
    if (isolation.forbids_user_namespaces) say({"--disable-userns"});
    if (isolation.asserts_no_user_namespaces) say({"--assert-userns-disabled"});
    if (!isolation.id_map_gate) return;
    say_descriptor("--userns-block-fd", isolation.id_map_gate);
    leave_out("--id-map-fd", "add --info-fd, which tells whose ids are to be mapped");
  }

  void identity() {
    if (options_.uid) say({"--uid", std::to_string(*options_.uid)});
    if (options_.gid) say({"--gid", std::to_string(*options_.gid)});
    if (!options_.hostname.empty()) say({"--hostname", options_.hostname});
    say({"--cap-drop", "ALL"});
    if (options_.keep_capabilities == parse_capabilities("all")) return say({"--cap-add", "ALL"});
    const Words names = capability_names();
    for (size_t i = 0; i < names.size(); ++i) {
      if ((options_.keep_capabilities >> i & 1) == 0) continue;
      std::string name = "cap_" + names[i];
      std::ranges::transform(name, name.begin(),
                             [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      say({"--cap-add", name});
    }
  }

  // Of --env-all only what differs from it; else all that there is.
  void environment() {
    if (!options_.env_all) say({"--clearenv"});
    for (const std::string& name : options_.env_unset) {
      if (options_.env_all) say({"--unsetenv", name});
    }
    const Words settings = options_.env_all ? options_.env : make_environment(options_, caller_);
    for (const std::string& setting : settings) {
      const size_t equals = setting.find('=');
      if (equals == setting.npos) continue;  // it is passed on with all others
      say({"--setenv", setting.substr(0, equals), setting.substr(equals + 1)});
    }
    if (options_.cwd) say({"--chdir", options_.cwd->str()});
    if (options_.argv0) say({"--argv0", *options_.argv0});
  }

  void filters() {
    const SeccompOptions& seccomp = options_.seccomp;
    if (seccomp.selection || seccomp.rules) {
      leave_out("system call filter",
                "`kekkai seccomp export` writes it to a file; give that with --add-seccomp-fd FD");
    }
    for (const GivenOption& given : options_.given) {
      if (given.name != "seccomp-bpf") continue;
      if (const auto number = bwrap_descriptor_behind(given.value)) {
        say({"--add-seccomp-fd", std::to_string(*number)});
      } else {
        leave_out(given.text(), "open it, and give the descriptor with --add-seccomp-fd FD");
      }
    }
  }

  void life() {
    const bool is_given_terminal =
        options_.terminal == Terminal::kKept ||
        std::ranges::find(options_.given, "tty-try", &GivenOption::name) != options_.given.end();
    if (!is_given_terminal) {
      say({"--new-session"});
    } else {
      leave_out("the terminal", "COMMAND can type into it (TIOCSTI)");
    }
    if (!options_.lifetime.outlives_kekkai) say({"--die-with-parent"});
    if (!options_.lifetime.outlives_kekkai && !options_.lifetime.dies_with_parent) {
      leave_out("the end of kekkai",
                "with bubblewrap's the sandbox ends, and with that of who "
                "started it");
    }
    if (options_.lifetime.program_is_init) say({"--as-pid-1"});
    for (const FdPlacement& file : options_.extra_fds) {
      if (file.source == file.target) continue;  // bubblewrap passes on all there are
      leave_out(fmt::format("--extra-fd {}:{}", file.source, file.target),
                "descriptors keep their numbers");
    }
    for (const ops::Daemon& daemon : options_.daemons) {
      leave_out("--daemon " + daemon.ready.str(), "bubblewrap has nothing like it");
    }
  }

  void say(Words words) { words_.options.push_back(std::move(words)); }
  void say_descriptor(const char* option, const std::optional<int>& number) {
    if (number) say({option, std::to_string(*number)});
  }
  void leave_out(const std::string& what, const std::string& why) {
    words_.left_out.push_back(what + ": " + why);
  }

  const RunOptions& options_;
  const Caller& caller_;
  BwrapWords& words_;
};

}  // namespace

std::string BwrapWords::text() const {
  constexpr const char* kNextLine = " \\\n  ";
  std::string all = "bwrap";
  for (const Words& option : options) all += kNextLine + shell_text(option);
  if (!command.empty()) all += kNextLine + ("-- " + shell_text(command));
  return all + "\n";
}

BwrapWords to_bwrap(const RunOptions& options, const Caller& caller) {
  BwrapWords words{.command = options.command};
  SettingWords(options, caller, words).add();
  const TracedOps traced = trace_ops(options, caller);
  OpWords ops(words, options.isolation.may_change_host);
  for (size_t i = 0; i < traced.ops.size() - options.daemons.size(); ++i) {
    ops.add(traced.ops[i], traced.origins[i]);
  }
  ops.finish();
  return words;
}

}  // namespace kekkai::cli
