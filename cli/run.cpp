#include "run.h"

#include "defaults.h"
#include "message.h"
#include "report.h"
#include "session.h"

#include <stdio.h>

#include <filesystem>
#include <fstream>

#include <boost/system/system_error.hpp>

namespace kekkai::cli {
namespace {

/// Tells people on stderr, and programs on --status-fd.
class Reporter {
 public:
  Reporter(Dispatcher& k, const RunOptions& options) : k_(k), options_(options), begin_(k.now()) {
    if (options.status_fd && !k.is_open(*options.status_fd)) {
      throw std::invalid_argument("--status-fd " + std::to_string(*options.status_fd) +
                                  ": the descriptor is not open");
    }
  }

  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;
  ~Reporter() {
    std::error_code ignored;
    if (wrote_pid_file_) std::filesystem::remove(options_.pid_file, ignored);
  }

  void progress(const std::string& text) {
    const std::chrono::nanoseconds elapsed = k_.now() - begin_;
    if (options_.verbose) print_progress(elapsed, text);
    send(progress_line(text, elapsed));
  }

  void started(pid_t init, pid_t program) {
    if (options_.verbose) print_progress(k_.now() - begin_, "started");
    if (!options_.pid_file.empty()) write_pid_file(init);
    send(started_line(init, program));
  }

  void ended(const SessionEnd& end, bool out_of_memory) {
    send(ended_line(end.status, end.usage, out_of_memory));
  }

  int failed(const Failure& failure) {
    send(failed_line(failure));
    if (options_.json_errors) {
      ::fputs(failed_line(failure).c_str(), stderr);
    } else {
      print_message(failure.message());
      if (!failure.hint.empty()) print_hint(failure.hint);
    }
    return failure.exit_code;
  }

 private:
  void send(const std::string& line) {
    if (!options_.status_fd) return;
    try {
      write_all(k_, Fd(*options_.status_fd, "--status-fd"), line);
    } catch (const SyscallError&) {
      // Whoever wanted to know has gone; the program goes on.
    }
  }

  void write_pid_file(pid_t init) {
    std::ofstream file(options_.pid_file, std::ios::trunc);
    wrote_pid_file_ = file.is_open();
    file << init << "\n";
    file.flush();
    if (!file) throw std::invalid_argument("--pid-file " + options_.pid_file + ": cannot write it");
  }

  Dispatcher& k_;
  const RunOptions& options_;
  const std::chrono::steady_clock::time_point begin_;
  bool wrote_pid_file_ = false;
};

SessionSettings session_settings(const RunOptions& options, const Caller& caller,
                                 Reporter& reporter) {
  SessionSettings settings{
      .container = {.params = make_params(options, caller), .extra_files = options.extra_fds},
      .timeout = options.timeout};
  settings.container.on_progress = [&](const std::string& text) { reporter.progress(text); };
  settings.on_started = [&](pid_t init, pid_t program) { reporter.started(init, program); };
  return settings;
}

int run_reported(Dispatcher& k, const RunOptions& options, const Caller& caller,
                 Reporter& reporter) {
  const uint64_t oom_kills = options.status_fd ? count_oom_kills() : 0;
  const SessionEnd end = run_session(k, session_settings(options, caller, reporter));
  reporter.ended(end, options.status_fd && count_oom_kills() > oom_kills);
  return end.timed_out ? kExitTimeout : end.status.code();
}

}  // namespace

int run(Dispatcher& k, const RunOptions& options, const Caller& caller) {
  std::optional<Reporter> reporter;
  Failure failure;
  try {
    reporter.emplace(k, options);
    return run_reported(k, options, caller, *reporter);
  } catch (const StartError& e) {
    failure = e.failure;
  } catch (const boost::system::system_error& e) {  // of the event loop
    failure.error = e.code().value();
    failure.hint = hint_for("", failure.error);
  } catch (const std::exception& e) {  // std::invalid_argument, InitLost
    print_message(e.what());
    return kExitSetupFailed;
  }
  return reporter->failed(failure);
}

}  // namespace kekkai::cli
