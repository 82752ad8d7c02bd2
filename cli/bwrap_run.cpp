#include "bwrap_run.h"

#include "bwrap_caller.h"
#include "bwrap_help.h"
#include "bwrap_mapping.h"
#include "bwrap_report.h"
#include "parent.h"
#include "session.h"
#include "start_program.h"
#include "version.h"

#include <stdio.h>

#include <charconv>
#include <system_error>
#include <tuple>

#include <boost/system/system_error.hpp>

namespace kekkai::cli {
namespace {

constexpr int kExitFailed = 1;

void print(BwrapLevel level, std::string_view text, bool level_prefix) {
  ::fputs(bwrap_message(level, text, level_prefix).c_str(), stderr);
}

int print_answer(const std::string& text) {
  return ::fputs(text.c_str(), stdout) >= 0 && ::fflush(stdout) == 0 ? 0 : kExitFailed;
}

// The number in "net:[4026531840]".
uint64_t id_in(std::string_view link) {
  const size_t begin = link.find('[') + 1;
  uint64_t id = 0;
  std::from_chars(link.data() + begin, link.data() + link.size(), id);
  return id;
}

// Of the namespaces that are new, but the user's, which the pid's owner still has to set up. One
// that cannot be read any more is left out.
NamespaceIds namespace_ids(Dispatcher& k, pid_t init, Namespace made) {
  NamespaceIds ids;
  for (const auto& [name, which] : {std::pair{"cgroup", Namespace::kCgroup},
                                    {"ipc", Namespace::kIpc},
                                    {"mnt", Namespace::kMount},
                                    {"net", Namespace::kNet},
                                    {"pid", Namespace::kPid},
                                    {"uts", Namespace::kUts}}) {
    if (!has(made, which)) continue;
    try {
      const std::string path = "/proc/" + std::to_string(init) + "/ns/" + name;
      ids.emplace_back(name, id_in(k.readlinkat(Fd::cwd(), path)));
    } catch (const SyscallError&) {
      // It has ended already.
    }
  }
  return ids;
}

class Run {
 public:
  Run(Dispatcher& k, const BwrapOptions& options, char** argv)
      : k_(k), options_(options), argv_(argv) {}

  int run() {
    const BwrapCaller caller = look_at_bwrap_caller(k_, options_);
    SessionSettings settings{.container =
                                 make_bwrap_container(options_, caller, descriptor_reader(k_))};
    // Who is told which process init is may want to enter its namespaces: nobody can enter a
    // copy's.
    if (!tells_child()) settings.container.init.copy = argv_;
    settings.container.ends_with_program = true;
    if (tells_child()) hold_back(settings.container.params);
    UniqueFd parent;
    if (options_.die_with_parent) parent = tie_to_parent(k_, settings.container.params);
    settings.on_launched = [&](pid_t init) { launched(init, caller); };
    settings.on_ended = [&](const SessionEnd& end) { ended(end); };
    const SessionEnd end = run_session(k_, std::move(settings));
    k_.kill(k_.getpid(), end.status.value);
    return end.status.code();
  }

 private:
  bool tells_child() const { return options_.info_fd || options_.json_status_fd; }

  // Its namespaces can be read only as long as it runs.
  void hold_back(Params& params) {
    std::tie(held_back_, release_) = k_.pipe2("gate of the program");
    params.ops.wait({.descriptor = held_back_.number()});
  }

  // Whoever reads what the program has of the caller waits for the program alone.
  void launched(pid_t init, const BwrapCaller& caller) {
    if (tells_child()) tell_child(init, bwrap_namespaces(options_, caller));
    held_back_.reset();
    release_.reset();
    for (const int descriptor : caller.descriptors) {
      if (descriptor != options_.json_status_fd) k_.close(descriptor);
    }
  }

  // As bubblewrap, this process dies of a signal that went through it and ended the program: a
  // shell takes Ctrl-C for the end of a whole script only where a program dies of it. For that
  // the session has to let go of the signals; otherwise there is nothing left to do.
  void ended(const SessionEnd& end) {
    tell_exit(end.status.code());
    const bool went_through = end.status.signalled && end.forwarded.contains(end.status.value);
    if (!went_through) end_program(end.status.code());
  }

  void tell_child(pid_t init, Namespace made) {
    const NamespaceIds ids = namespace_ids(k_, init, made);
    try {
      if (options_.info_fd) write_all(k_, Fd(*options_.info_fd, "info_fd"), bwrap_info(init, ids));
      if (options_.json_status_fd) {
        write_all(k_, Fd(*options_.json_status_fd, "info_fd"), bwrap_child_line(init, ids));
      }
    } catch (const SyscallError& e) {
      throw BwrapError("Write to info_fd: " + std::generic_category().message(e.error()),
                       "--info-fd and --json-status-fd need descriptors open for writing");
    }
  }

  void tell_exit(int exit_code) {
    if (!options_.json_status_fd) return;
    try {
      write_all(k_, Fd(*options_.json_status_fd, "info_fd"), bwrap_exit_line(exit_code));
    } catch (const SyscallError&) {
      // Whoever wanted to know has gone.
    }
  }

  Dispatcher& k_;
  const BwrapOptions& options_;
  char** argv_;
  UniqueFd held_back_, release_;
};

// Everything that ends a start becomes an error in bubblewrap's words.
int run_explained(Dispatcher& k, const BwrapOptions& options, char** argv) {
  try {
    return Run(k, options, argv).run();
  } catch (const Interrupted& e) {  // which bubblewrap dies of, without a word
    k.kill(k.getpid(), e.signo);
    return e.failure.exit_code;
  } catch (const StartError& e) {
    throw explain_bwrap_failure(e.failure, options);
  } catch (const boost::system::system_error& e) {  // of the event loop
    throw BwrapError(e.code().message());
  }
}

int parse_and_run(Dispatcher& k, const std::string& name, const std::vector<std::string>& arguments,
                  char** argv, BwrapOptions& options) {
  parse_bwrap(arguments, descriptor_reader(k), options);
  if (options.help) return print_answer(bwrap_help(name));
  if (options.version) return print_answer(bwrap_version());
  for (const std::string& warning : options.warnings) {
    print(BwrapLevel::kWarning, warning, options.level_prefix);
  }
  if (options.command.empty()) {
    ::fputs(bwrap_help(name).c_str(), stderr);
    return kExitFailed;
  }
  return run_explained(k, options, argv);
}

}  // namespace

bool is_bwrap_name(std::string_view argv0) {
  const std::string_view name = argv0.substr(argv0.rfind('/') + 1);  // npos + 1 is 0
  return name == "bwrap" || name == "kekkai-bwrap";
}

int run_bwrap(Dispatcher& k, const std::string& name, const std::vector<std::string>& arguments,
              char** argv) {
  BwrapOptions options;
  try {
    return parse_and_run(k, name, arguments, argv, options);
  } catch (const BwrapError& e) {
    print(BwrapLevel::kError, e.what(), options.level_prefix);
    if (!e.hint.empty()) print(BwrapLevel::kError, "hint: " + e.hint, options.level_prefix);
  } catch (const std::exception& e) {
    print(BwrapLevel::kError, e.what(), options.level_prefix);
  }
  return kExitFailed;
}

}  // namespace kekkai::cli
