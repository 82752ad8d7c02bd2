#include "run.h"

#include "defaults.h"
#include "denial_log.h"
#include "line_writer.h"
#include "message.h"
#include "new_file.h"
#include "parent.h"
#include "record.h"
#include "report.h"
#include "session.h"

#include <stdio.h>
#include <unistd.h>

#include <optional>

#include <boost/system/system_error.hpp>

namespace kekkai::cli {
namespace {

constexpr std::chrono::seconds kPatience{1};

/// Tells people on stderr, and programs on --status-fd.
class Reporter {
 public:
  Reporter(Dispatcher& k, const RunOptions& options) : k_(k), options_(options), begin_(k.now()) {}

  void make_files() {
    if (!options_.pid_file.empty()) pid_file_.emplace(k_, options_.pid_file);
    const std::string& learned = options_.seccomp.learn_file;
    if (!learned.empty()) learned_.emplace(k_, "--seccomp-learn", learned);
    if (!options_.record.file.empty()) record_.emplace(k_, options_.record);
  }

  /// Where calls are recorded; nullptr where they are not.
  RecordFile* record() { return record_ ? &*record_ : nullptr; }

  void progress(const std::string& text) {
    const std::chrono::nanoseconds elapsed = k_.now() - begin_;
    if (options_.verbose) print_progress(elapsed, text);
    send(progress_line(text, elapsed));
  }

  void started(pid_t init, pid_t program) {
    if (options_.verbose) print_progress(k_.now() - begin_, "started");
    if (pid_file_) pid_file_->write(init);
    send(started_line(init, program));
  }

  void denied(const DeniedCall& call) {
    const Denial denial = describe_denial(call, options_.seccomp);
    denials_.add(call, denial);
    if (options_.seccomp.log) note(denial_line(call, denial), {denial_text(denial)});
  }

  void ended(const EndReport& end) {
    if (options_.seccomp.log) note(denials_.line(), denials_.texts());
    write_learned();
    note_recording();
    // A terminal that the program has stopped takes nothing, whatever we wait.
    if (const size_t left_out = notes_.finish(kPatience)) {
      note({}, {std::to_string(left_out) + " messages were left out, nobody took them in time"});
      notes_.finish(kPatience);
    }
    send(ended_line(end));
  }

  int failed(const Failure& failure) {
    note_recording();
    tell(failed_line(failure), failure.message(), failure.hint);
    return failure.exit_code;
  }

  int failed(const std::string& message) {
    if (record_) record_->lost();
    note_recording();
    tell(failed_line(message, {}), message, {});
    return kExitSetupFailed;
  }

 private:
  void note_recording() {
    if (!record_ || record_->problem().empty()) return;
    note(failed_line(record_->problem(), {}), {record_->problem()});
    notes_.finish(kPatience);
  }

  // The program has had its run, and its exit status stands, whatever becomes of the file.
  void write_learned() {
    if (!learned_) return;
    try {
      learned_->create(denials_.learned(options_.seccomp));
    } catch (const std::invalid_argument& e) {
      note(failed_line(e.what(), {}), {e.what()});
    }
  }

  // While the program runs, nobody waits for whoever reads what is told.
  void note(const std::string& json, const std::vector<std::string>& texts) {
    if (options_.status_fd && !json.empty()) notes_.add(*options_.status_fd, json);
    if (options_.json_errors) {
      if (!json.empty()) notes_.add(STDERR_FILENO, json);
      return;
    }
    const bool is_terminal = k_.is_terminal(Fd(STDERR_FILENO, "stderr"));
    for (const std::string& text : texts) notes_.add(STDERR_FILENO, format_note(text, is_terminal));
  }

  void tell(const std::string& json, const std::string& message, const std::string& hint) {
    send(json);
    if (options_.json_errors) {
      ::fputs(json.c_str(), stderr);
    } else {
      print_message(message);
      if (!hint.empty()) print_hint(hint);
    }
  }

  void send(const std::string& line) {
    if (!options_.status_fd) return;
    try {
      write_all(k_, Fd(*options_.status_fd, "--status-fd"), line);
    } catch (const SyscallError&) {
      // Whoever wanted to know has gone; the program goes on.
    }
  }

  Dispatcher& k_;
  const RunOptions& options_;
  const std::chrono::steady_clock::time_point begin_;
  std::optional<PidFile> pid_file_;
  std::optional<NewFile> learned_;
  std::optional<RecordFile> record_;
  DenialSummary denials_;
  LineWriter notes_{k_};
};

void require_open(Dispatcher& k, const std::string& option, int fd) {
  if (k.is_open(fd)) return;
  throw std::invalid_argument(option + " " + std::to_string(fd) + ": the descriptor is not open");
}

SessionSettings session_settings(const RunOptions& options, const Caller& caller,
                                 Reporter& reporter) {
  SessionSettings settings{
      .container = {.params = make_params(options, caller), .extra_files = options.extra_fds},
      .timeout = options.timeout};
  settings.container.init.copy = copied_init(options, caller);
  settings.listener = reporter.record();
  if (options.seccomp.listens()) settings.policy = make_policy(options.seccomp);
  settings.on_denied = [&](const DeniedCall& call) { reporter.denied(call); };
  settings.container.on_progress = [&](const std::string& text) { reporter.progress(text); };
  settings.on_started = [&](pid_t init, pid_t program) { reporter.started(init, program); };
  return settings;
}

int run_reported(Dispatcher& k, const RunOptions& options, const Caller& caller,
                 Reporter& reporter) {
  require_descriptors(k, options);
  reporter.make_files();
  const uint64_t oom_kills = options.status_fd ? count_oom_kills() : 0;
  SessionSettings settings = session_settings(options, caller, reporter);
  UniqueFd parent;
  if (options.lifetime.dies_with_parent) parent = tie_to_parent(k, settings.container.params);
  const SessionEnd end = run_session(k, std::move(settings));
  const int exit_code = end.timed_out ? kExitTimeout : end.status.code();
  reporter.ended({.status = end.status,
                  .usage = end.usage,
                  .out_of_memory = options.status_fd && count_oom_kills() > oom_kills,
                  .timed_out = end.timed_out,
                  .exit_code = exit_code});
  return exit_code;
}

}  // namespace

void require_descriptors(Dispatcher& k, const RunOptions& options) {
  for (const FdPlacement& file : options.extra_fds) require_open(k, "--extra-fd", file.source);
  kekkai::require_open(k, options.files.descriptors());
}

int run(Dispatcher& k, const RunOptions& options, const Caller& caller) {
  Reporter reporter(k, options);
  try {
    if (options.status_fd) require_open(k, "--status-fd", *options.status_fd);
    return run_reported(k, options, caller, reporter);
  } catch (const StartError& e) {
    return reporter.failed(e.failure);
  } catch (const boost::system::system_error& e) {  // of the event loop
    const int error = e.code().value();
    return reporter.failed(Failure{.error = error, .hint = hint_for("", error)});
  } catch (const std::exception& e) {  // std::invalid_argument, InitLost
    return reporter.failed(e.what());
  }
}

}  // namespace kekkai::cli
