#include "run_options.h"

#include "bare_options.h"
#include "file_options.h"
#include "files.h"
#include "isolation_options.h"
#include "settings.h"
#include "values.h"

#include <kekkai/ops/refusal.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace kekkai::cli {
namespace {

void add_env(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  if (value.empty() || value.front() == '=') throw std::invalid_argument("not NAME or NAME=VALUE");
  run.env.push_back(value);
}

void add_env_unset(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  if (value.empty()) throw std::invalid_argument("the name is empty");
  run.env_unset.push_back(value);
}

// Lines of NAME=VALUE or NAME; empty ones and those that begin with # are passed over.
void add_env_file(RunOptions& run, const Caller& caller, const std::string& value) {
  const std::string text = read_file(absolute(caller, value));
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (!line.empty() && line.front() != '#') add_env(run, caller, line);
    at = end + 1;
  }
}

void set_hostname(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  if (value.empty() || value.size() > 64) throw std::invalid_argument("not 1 to 64 bytes");
  run.hostname = value;
}

void set_terminal(RunOptions& run, Terminal terminal) {
  if (run.terminal != Terminal::kNone && run.terminal != terminal) {
    throw std::invalid_argument("--tty and --pty exclude each other");
  }
  run.terminal = terminal;
}

void set_status_fd(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  run.status_fd = parse_extra_fd(value).source;
}

void add_daemon(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  std::vector<std::string> fields = split_fields(value);
  if (fields.size() < 2) throw std::invalid_argument("not READY:PROGRAM[:ARG...]");
  ops::Daemon daemon{.ready = ContainerPath(fields.front())};
  daemon.command.assign(fields.begin() + 1, fields.end());
  daemon.check();
  run.daemons.push_back(std::move(daemon));
}

void set_daemon_timeout(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  const std::chrono::milliseconds timeout = parse_duration(value);
  if (timeout.count() == 0 || timeout > ops::Daemon::kLongestTimeout) {
    throw std::invalid_argument("not between 1ms and 24h");
  }
  run.daemon_timeout = timeout;
}

void set_record_file(RunOptions& run, const Caller& caller, const std::string& value) {
  run.record.file = absolute(caller, value);
}

void set_record_format(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  if (value != "calls" && value != "trace") throw std::invalid_argument("neither calls nor trace");
  run.record.as_trace = value == "trace";
}

void set_pid_file(RunOptions& run, const Caller& caller, const std::string& value) {
  run.pid_file = absolute(caller, value);
}

constexpr std::array kOptions{
    Option{"Files", "ro", "SRC[:DEST[:FLAGS]]", "show SRC of the host, read-only", add_ro},
    Option{"Files", "rw", "SRC[:DEST[:FLAGS]]", "show SRC of the host, writable", add_rw},
    Option{"Files", "dev", "SRC[:DEST[:FLAGS]]", "the same, and device nodes work", add_dev},
    Option{"Files", "tmpfs", "PATH[:size=N,mode=M,ro]", "an empty directory in memory", add_tmpfs},
    Option{"Files", "mkdir", "PATH[:mode=M]", "a directory", add_mkdir},
    Option{"Files", "symlink", "TARGET:PATH", "a symbolic link at PATH", add_symlink},
    Option{"Files", "file", "SRC:PATH[:mode=M]", "a read-only copy of the file SRC", add_file},
    Option{"Files", "overlay-tmp", "LOWER[:LOWER...]:PATH",
           "directories as one; changes are gone afterwards", add_overlay_tmp},
    Option{"Files", "overlay-rw", "LOWER[:LOWER...]:UPPER:WORK:PATH",
           "directories as one; changes go into UPPER", add_overlay_rw},
    Option{"Files", "overlay-ro", "LOWER:LOWER[:LOWER...]:PATH", "directories as one, read-only",
           add_overlay_ro},
    Option{"Files", "mask", "PATH[:required]", "hide what is at PATH", add_mask},
    Option{"Files", "read-only", "PATH[:optional]", "make what is at PATH read-only",
           add_read_only},
    Option{"Files", "remount", "PATH:FLAGS", "restrict what is mounted on PATH", add_remount},
    Option{"Files", "ro-fd", "N:PATH", "show what is open as descriptor N, read-only", add_ro_fd},
    Option{"Files", "rw-fd", "N:PATH", "the same, writable", add_rw_fd},
    Option{"Files", "file-fd", "N:PATH[:mode=M,rw,plain]", "a file with what descriptor N holds",
           add_file_fd},
    Option{"Files", "chmod", "PATH:MODE", "change the permissions of PATH", add_chmod},
    Option{"Files", "lock", "PATH", "a read lock on PATH while the sandbox lasts", add_lock},
    Option{"Files", "bare", "", "begin with nothing: no /, /proc, /dev and HOME", set_bare},
    Option{"Files", "root", "SRC[:rw]", "begin with what is in SRC, not with the host's /",
           set_root},
    Option{"Files", "etc", "SRC[:PREFIX]", "an /etc of links into SRC, with room for more",
           add_etc},
    Option{"Files", "sysfs", "PATH", "a /sys of the sandbox's own network, read-only", add_sysfs},
    Option{"Files", "cgroup2", "PATH", "the sandbox's own control group, read-only", add_cgroup2},
    Option{"Files", "proc-at", "PATH[:open=NAME]", "one more /proc", add_proc_at},
    Option{"Files", "dev-at", "PATH[:ro,mqueue]", "one more /dev", add_dev_at},
    Option{"Files", "mqueue", "PATH", "message queues of the sandbox's own", add_mqueue},
    Option{"Files", "change-host", "", "make missing places below --rw on the host",
           [](RunOptions& run, const Caller&, const std::string&) {
             run.isolation.may_change_host = true;
           }},
    Option{"Files", "devfs", "ro,mqueue", "how /dev is made", set_devfs},
    Option{"Files", "proc", "subset=pid,hidepid=HOW", "what /proc shows of processes", set_proc},
    Option{"Files", "proc-open", "NAME[,NAME...]", "leave parts of /proc uncovered: sys, bus, all",
           [](RunOptions& run, const Caller&, const std::string& v) {
             for (std::string& name : split_list(v)) run.proc.open.push_back(std::move(name));
           }},

    Option{"Program", "env", "NAME[=VALUE]", "set a variable, or pass on the caller's", add_env},
    Option{"Program", "env-file", "FILE", "the same for each line of FILE", add_env_file},
    Option{"Program", "clear-env", "", "begin with no variable at all",
           [](RunOptions& run, const Caller&, const std::string&) { run.clear_env = true; }},
    Option{"Program", "env-all", "", "begin with all of the caller's variables",
           [](RunOptions& run, const Caller&, const std::string&) { run.env_all = true; }},
    Option{"Program", "env-unset", "NAME", "do not pass on a variable", add_env_unset},
    Option{"Program", "env-pwd", "", "set PWD to where COMMAND starts",
           [](RunOptions& run, const Caller&, const std::string&) { run.env_pwd = true; }},
    Option{"Program", "argv0", "NAME", "what COMMAND finds as its own name",
           [](RunOptions& run, const Caller&, const std::string& v) { run.argv0 = v; }},
    Option{
        "Program", "cwd", "PATH", "where COMMAND starts",
        [](RunOptions& run, const Caller&, const std::string& v) { run.cwd = ContainerPath(v); }},
    Option{"Program", "umask", "MASK", "file mode creation mask, in octal",
           [](RunOptions& run, const Caller&, const std::string& v) { run.umask = parse_mode(v); }},
    Option{"Program", "rlimit", "NAME=SOFT[:HARD]", "a resource limit, named as prlimit(1) does",
           [](RunOptions& run, const Caller&, const std::string& v) {
             run.limits.push_back(parse_resource_limit(v));
           }},
    Option{"Program", "extra-fd", "N[:M]", "pass on descriptor N, as M",
           [](RunOptions& run, const Caller&, const std::string& v) {
             run.extra_fds.push_back(parse_extra_fd(v));
           }},
    Option{"Program", "daemon", "READY:PROGRAM[:ARG...]",
           "start PROGRAM first, and wait until READY exists", add_daemon},
    Option{"Program", "daemon-timeout", "TIME", "how long that may take; 5s by default",
           set_daemon_timeout},

    Option{"Identity", "uid", "ID", "user id inside; files of the host keep their owner",
           [](RunOptions& run, const Caller&, const std::string& v) { run.uid = parse_id(v); }},
    Option{"Identity", "gid", "ID", "group id inside",
           [](RunOptions& run, const Caller&, const std::string& v) { run.gid = parse_id(v); }},
    Option{"Identity", "hostname", "NAME", "host name inside", set_hostname},
    Option{"Identity", "cap-keep", "NAME[,NAME...]", "keep capabilities in the sandbox, or all",
           [](RunOptions& run, const Caller&, const std::string& v) {
             run.keep_capabilities |= parse_capabilities(v);
           }},
    Option{"Identity", "net", "", "share the host's network",
           [](RunOptions& run, const Caller&, const std::string&) { run.share_network = true; }},

    Option{"Namespaces", "ns", "NAME=share|N", "share a namespace, or join the one open as N",
           set_namespace},
    Option{"Namespaces", "nested-userns", "forbid,assert", "allow no user namespaces inside",
           set_nested_userns},
    Option{"Namespaces", "id-map-fd", "N", "wait on N until somebody has mapped the ids",
           set_id_map_fd},

    Option{"System calls", "seccomp", "none|PRESET[,...]",
           "which calls are refused; strict is the default",
           [](RunOptions& run, const Caller&, const std::string& v) {
             set_selection(run.seccomp, v);
           }},
    Option{
        "System calls", "seccomp-allow", "CALL[,CALL...]", "calls that are allowed nevertheless",
        [](RunOptions& run, const Caller&, const std::string& v) { allow_calls(run.seccomp, v); }},
    Option{"System calls", "seccomp-rules", "FILE", "rules of your own, in place of the presets",
           [](RunOptions& run, const Caller& caller, const std::string& v) {
             set_rules(run.seccomp, absolute(caller, v), v);
           }},
    Option{"System calls", "seccomp-bpf", "FILE", "one more filter, as a BPF program",
           [](RunOptions& run, const Caller& caller, const std::string& v) {
             add_program(run.seccomp, absolute(caller, v));
           }},
    Option{"System calls", "seccomp-log", "", "tell each call that is refused, and why",
           [](RunOptions& run, const Caller&, const std::string&) { run.seccomp.log = true; }},
    Option{"System calls", "seccomp-learn", "FILE",
           "write the rules that would have allowed them to FILE",
           [](RunOptions& run, const Caller& caller, const std::string& v) {
             run.seccomp.learn_file = absolute(caller, v);
           }},

    Option{"Terminal", "tty", "", "keep this terminal: job control works, Ctrl-Z and fg too",
           [](RunOptions& run, const Caller&, const std::string&) {
             set_terminal(run, Terminal::kKept);
           }},
    Option{"Terminal", "tty-try", "", "the same, where there is one",
           [](RunOptions& run, const Caller& caller, const std::string&) {
             if (caller.can_keep_terminal) set_terminal(run, Terminal::kKept);
           }},
    Option{"Terminal", "pty", "", "a terminal of its own, connected to stdin and stdout",
           [](RunOptions& run, const Caller&, const std::string&) {
             set_terminal(run, Terminal::kOwn);
           }},

    Option{"Life", "timeout", "TIME", "cancel after TIME: 500ms, 10s, 5m, 2h",
           [](RunOptions& run, const Caller&, const std::string& v) {
             run.timeout = parse_duration(v);
           }},
    Option{"Life", "kill-after", "TIME", "kill what a cancel does not end; 5s by default",
           [](RunOptions& run, const Caller&, const std::string& v) {
             run.kill_after = parse_duration(v);
           }},
    Option{"Life", "outlive", "", "go on when kekkai is killed",
           [](RunOptions& run, const Caller&, const std::string&) {
             run.lifetime.outlives_kekkai = true;
           }},
    Option{"Life", "die-with-parent", "", "end when the process that started kekkai ends",
           [](RunOptions& run, const Caller&, const std::string&) {
             run.lifetime.dies_with_parent = true;
           }},
    Option{"Life", "as-pid-1", "", "COMMAND takes init's place",
           [](RunOptions& run, const Caller&, const std::string&) {
             run.lifetime.program_is_init = true;
           }},
    Option{"Life", "hold-fd", "N", "keep descriptor N open while the sandbox lasts", add_hold_fd},
    Option{"Life", "wait-fd", "N", "start COMMAND only when N can be read", add_wait_fd},
    Option{"Life", "pid-file", "FILE", "write the sandbox's process id to FILE", set_pid_file},
    Option{"Life", "status-fd", "N", "tell what happens as JSON lines on descriptor N",
           set_status_fd},

    Option{"Messages", "verbose", "", "tell each step on stderr",
           [](RunOptions& run, const Caller&, const std::string&) { run.verbose = true; }},
    Option{"Messages", "record", "FILE", "write each call of the start to FILE, for replay",
           set_record_file},
    Option{"Messages", "record-contents", "", "with values of variables and contents of files",
           [](RunOptions& run, const Caller&, const std::string&) {
             run.record.contents = RecordedContents::kKept;
           }},
    Option{"Messages", "record-format", "calls|trace", "trace: a timeline for Perfetto instead",
           set_record_format},
    Option{"Messages", "json-errors", "", "errors as one line of JSON",
           [](RunOptions& run, const Caller&, const std::string&) { run.json_errors = true; }},
};

}  // namespace

std::string GivenOption::text() const {
  if (!written.empty()) return written;
  return "--" + std::string(name) + (value.empty() ? "" : " " + value);
}

std::span<const Option> run_options() { return kOptions; }

const Option* find_option(std::string_view name) {
  const auto* found = std::ranges::find(kOptions, name, &Option::name);
  return found == kOptions.end() ? nullptr : found;
}

void apply_option(const Option& option, RunOptions& run, const Caller& caller,
                  const std::string& value) {
  const GivenOption given{option.name, value};
  const auto refuse = [&](const std::exception& e) {
    throw std::invalid_argument(given.text() + ": " + e.what());
  };
  try {
    option.apply(run, caller, value);
    run.file_origins.resize(run.files.size(), run.given.size());
    run.given.push_back(given);
  } catch (const std::invalid_argument& e) {  // PathError too
    refuse(e);
  } catch (const Refusal& e) {  // of an op that checks itself
    refuse(e);
  }
}

}  // namespace kekkai::cli
