#include "run.h"

#include "message.h"

#include <kekkai/launcher/async.h>

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace kekkai::cli {
namespace {

namespace asio = boost::asio;

Caller look_around(Dispatcher& k) {
  Caller caller;
  try {
    caller.directory = k.getcwd();
    if (!caller.directory.starts_with('/')) caller.directory.clear();  // "(unreachable)…"
  } catch (const SyscallError&) {
    // Removed below our feet: the container starts in its root.
  }
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals == text.npos) continue;
    caller.env.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const std::string& directory : covered_directories()) {
    std::error_code ignored;
    if (std::filesystem::is_directory(directory, ignored)) caller.covered.push_back(directory);
  }
  return caller;
}

/// Waits for the container while signals go through to its program.
class Session {
 public:
  Session(Dispatcher& k, ContainerSettings settings)
      : container_(k, std::move(settings)), signals_(loop_) {
    for (const int signo :
         {SIGTERM, SIGQUIT, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT}) {
      if (!k.is_ignored(signo)) signals_.add(signo);  // nohup
    }
  }

  int run() {
    forward_signals();
    async_start(container_, loop_.get_executor(), [this](const std::exception_ptr& error) {
      if (error) return finish(error);
      async_wait(container_, loop_.get_executor(),
                 [this](const std::exception_ptr& end) { finish(end); });
    });
    loop_.run();
    if (failure_) std::rethrow_exception(failure_);
    return container_.exit_status().code();
  }

 private:
  void finish(const std::exception_ptr& error) {
    failure_ = error;
    signals_.cancel();
  }

  void forward_signals() {
    signals_.async_wait([this](boost::system::error_code error, int signo) {
      if (error) return;
      if (container_.state() == Container::State::kRunning) {
        container_.signal(signo);
      } else if (signo == SIGTERM || signo == SIGINT || signo == SIGQUIT || signo == SIGHUP) {
        container_.cancel();  // nothing runs yet that could be told
      }
      forward_signals();
    });
  }

  asio::io_context loop_{1};
  Container container_;
  asio::signal_set signals_;
  std::exception_ptr failure_;
};

int report(const Failure& failure) {
  print_message(failure.message());
  if (!failure.hint.empty()) print_message("hint: " + failure.hint);
  return failure.exit_code;
}

}  // namespace

int run(Dispatcher& k, const RunOptions& options) {
  try {
    ContainerSettings settings{.params = make_params(options, look_around(k))};
    settings.on_progress = [](const std::string& text) { print_message(text); };
    return Session(k, std::move(settings)).run();
  } catch (const StartError& e) {
    return report(e.failure);
  } catch (const std::system_error& e) {  // of the event loop
    return report({.error = e.code().value(), .hint = hint_for("", e.code().value())});
  } catch (const std::exception& e) {
    print_message(e.what());
    return kExitSetupFailed;
  }
}

}  // namespace kekkai::cli
