#include "session.h"

#include <kekkai/launcher/async.h>

#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace kekkai::cli {
namespace {

namespace asio = boost::asio;

class Session {
 public:
  Session(Dispatcher& k, SessionSettings settings)
      : settings_(std::move(settings)),
        container_(k, settings_.container),
        signals_(loop_),
        timer_(loop_) {
    for (const int signo :
         {SIGTERM, SIGQUIT, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT}) {
      if (!k.is_ignored(signo)) signals_.add(signo);  // nohup
    }
  }

  SessionEnd run() {
    forward_signals();
    start_timer();
    async_start(container_, loop_.get_executor(), [this](const std::exception_ptr& error) {
      if (error) return finish(error);
      settings_.on_started(container_.init_pid());
      async_wait(container_, loop_.get_executor(),
                 [this](const std::exception_ptr& end) { finish(end); });
    });
    loop_.run();
    if (failure_) std::rethrow_exception(failure_);
    return {container_.exit_status(), container_.usage(), timed_out_};
  }

 private:
  void finish(const std::exception_ptr& error) {
    failure_ = error;
    signals_.cancel();
    timer_.cancel();
  }

  void start_timer() {
    if (!settings_.timeout) return;
    timer_.expires_after(*settings_.timeout);
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      timed_out_ = true;
      container_.cancel();
    });
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

  SessionSettings settings_;
  asio::io_context loop_{1};
  Container container_;
  asio::signal_set signals_;
  asio::steady_timer timer_;
  std::exception_ptr failure_;
  bool timed_out_ = false;
};

}  // namespace

SessionEnd run_session(Dispatcher& k, SessionSettings settings) {
  return Session(k, std::move(settings)).run();
}

}  // namespace kekkai::cli
