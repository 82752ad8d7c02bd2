#include "session.h"

#include "relay.h"
#include "report.h"
#include "run.h"
#include "terminal.h"

#include <kekkai/launcher/async.h>

#include <signal.h>

#include <array>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace kekkai::cli {
namespace {

namespace asio = boost::asio;

// How often a program is looked at that is to stop, and how long in all: a tenth of a second.
constexpr int kPatience = 50;
constexpr std::chrono::milliseconds kBetweenLooks{2};

bool asks_to_end(int signo) {
  return signo == SIGTERM || signo == SIGINT || signo == SIGQUIT || signo == SIGHUP;
}

class Session {
 public:
  Session(Dispatcher& k, SessionSettings settings)
      : k_(k),
        settings_(std::move(settings)),
        terminal_kind_(settings_.container.params.terminal),
        terminal_(k, terminal_kind_),
        container_(k, container_settings()),
        signals_(loop_),
        timer_(loop_),
        pause_timer_(loop_),
        output_(loop_),
        listener_(loop_) {
    for (const int signo :
         {SIGTERM, SIGQUIT, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT, SIGTSTP}) {
      hear(signo);
    }
  }

  SessionEnd run() {
    wait_for_signal();
    start_timer();
    start();
    loop_.run();
    terminal_.end();
    if (failure_) rethrow();
    if (settings_.listener != nullptr) settings_.listener->ended(container_.exit_status());
    SessionEnd end{container_.exit_status(), container_.usage(), timed_out_, forwarded_};
    if (settings_.on_ended) settings_.on_ended(end);
    return end;
  }

 private:
  void start() {
    try {
      async_start(container_, loop_.get_executor(), [this](const std::exception_ptr& error) {
        if (error) return end(error);
        started();
        async_wait(container_, loop_.get_executor(),
                   [this](const std::exception_ptr& end) { ended(end); });
      });
      if (settings_.on_launched) settings_.on_launched(container_.init_pid());
    } catch (const StartError&) {  // before there was an init
      end(std::current_exception());
    }
  }

  ContainerSettings container_settings() {
    ContainerSettings container = settings_.container;
    container.params.window_size = terminal_.size();
    // It is old news where we were stopped ourselves when it came.
    container.on_stopped = [this] {
      if (program_ == 0 || look_at(program_) == Process::kStopped) suspend(0);
    };
    if (settings_.listener != nullptr) settings_.listener->begin(container);
    return container;
  }

  void started() {
    if (terminal_kind_ != Terminal::kNone || settings_.on_started) look_for_program();
    if (terminal_kind_ != Terminal::kNone) terminal_.program_started(program_);
    if (settings_.on_started) settings_.on_started(container_.init_pid(), program_);
    for (const int signo : std::exchange(early_signals_, {})) forward(signo);
    if (terminal_kind_ == Terminal::kOwn) {
      relay_.emplace(k_, container_.take_terminal());
      relay_->set_size(terminal_.size());  // which may have changed since init was told of it
      output_.assign(relay_->end_descriptor());
      output_.async_wait(asio::posix::descriptor_base::wait_read,
                         [this](boost::system::error_code error) { output_ended(error); });
    }
    if (settings_.policy) {
      denied_.emplace(k_, container_.take_listener(), *settings_.policy);
      listener_.assign(denied_->descriptor());
      wait_for_denial();
    }
  }

  void wait_for_denial() {
    listener_.async_wait(asio::posix::descriptor_base::wait_read,
                         [this](boost::system::error_code error) {
                           if (error || !answer_denial()) {
                             listener_.release();
                           } else {
                             wait_for_denial();
                           }
                         });
  }

  // False when nobody is left who could ask. One call at a time: a program that asks without end
  // must not keep us from signals and the timeout.
  bool answer_denial() {
    std::array look{PollFd{.fd = denied_->descriptor()}};
    k_.poll(look, std::chrono::milliseconds(0));
    if (!look.front().readable) return !look.front().hung_up;
    if (const auto call = denied_->take_next()) settings_.on_denied(*call);
    return true;
  }

  // A program whose output nobody reads has to end, whatever signals it ignores: nobody would empty
  // its terminal.
  void output_ended(boost::system::error_code error) {
    output_.release();
    if (error) return;
    output_has_ended_ = true;
    if (has_ended_) return end(nullptr);
    if (relay_->stdout_takes_no_more()) container_.cancel();
  }

  // The last of the output may still be on its way.
  void ended(const std::exception_ptr& error) {
    has_ended_ = true;
    timer_.cancel();
    if (error || !relay_ || output_has_ended_) end(error);
  }

  void end(const std::exception_ptr& error) {
    failure_ = error;
    is_over_ = true;
    signals_.cancel();
    timer_.cancel();
    pause_timer_.cancel();
    if (output_.is_open()) output_.cancel();
    if (listener_.is_open()) listener_.cancel();
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

  // A start that we gave up ourselves says why.
  void rethrow() const {
    try {
      std::rethrow_exception(failure_);
    } catch (const StartError& e) {
      const std::string cause = container_.was_cancelled() ? why_given_up() : std::string();
      if (settings_.listener != nullptr) settings_.listener->failed(e.failure, cause);
      if (cause.empty()) throw;
      Failure failure = e.failure;
      failure.reason = cause;
      failure.exit_code = timed_out_ ? kExitTimeout : ExitStatus{true, *interrupted_by_}.code();
      if (timed_out_) throw StartError(failure);
      throw Interrupted(failure, *interrupted_by_);
    }
  }

  std::string why_given_up() const {
    if (timed_out_) return "the time of --timeout was over";
    return interrupted_by_ ? "it was interrupted by " + signal_name(*interrupted_by_) : "";
  }

  void hear(int signo) {
    if (!k_.is_ignored(signo)) signals_.add(signo);  // nohup
  }

  void wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code error, int signo) {
      if (error) return;
      take(signo);
      if (!is_over_) wait_for_signal();
    });
  }

  void take(int signo) {
    if (signo == SIGTSTP) return pause();
    if (signo == SIGCONT) return go_on();
    if (signo == SIGWINCH && relay_) return relay_->set_size(terminal_.size());
    forward(signo);
    if (container_.state() == Container::State::kRunning || !asks_to_end(signo)) return;
    if (has_ended_) return end(nullptr);  // whoever reads stdout takes too long
    container_.abort_start();
    interrupted_by_ = signo;
  }

  // The program may run, and have said so, before init has told us: then it gets all that came.
  void forward(int signo) {
    if (container_.state() != Container::State::kRunning) {
      early_signals_.insert(signo);
      return;
    }
    forwarded_.insert(signo);
    container_.signal(signo);
  }

  void look_for_program() {
    program_ = find_program(container_.init_pid(), container_.program_pid());
  }

  void pause() {
    if (program_ == 0) look_for_program();
    container_.pause();
    paused_ = true;
    suspend_when_stopped(kPatience);
  }

  // Whoever types next wants to be heard by a shell. A program that has not stopped yet could read
  // it, for no terminal tells it to wait.
  void suspend_when_stopped(int looks_left) {
    if (looks_left == 0 || look_at(program_) != Process::kRunning) return suspend(k_.getpid());
    pause_timer_.expires_after(kBetweenLooks);
    pause_timer_.async_wait([this, looks_left](boost::system::error_code error) {
      if (!error && paused_) suspend_when_stopped(looks_left - 1);
    });
  }

  // Stops us as the terminal's signal stops any program: `whom` is us, or 0 for our process group
  // when it was the program that the signal went to. It does nothing, and returns at once, where no
  // shell could ever continue us: then the program just goes on.
  void suspend(pid_t whom) {
    terminal_.take_back();
    for (const int signo : {SIGTSTP, SIGCONT}) signals_.remove(signo);
    k_.kill(whom, SIGTSTP);
    for (const int signo : {SIGTSTP, SIGCONT}) hear(signo);
    go_on();
  }

  void go_on() {
    terminal_.lend();
    if (relay_) relay_->set_size(terminal_.size());
    if (std::exchange(paused_, false)) {
      container_.resume();
    } else {
      forward(SIGCONT);
    }
  }

  Dispatcher& k_;
  SessionSettings settings_;
  Terminal terminal_kind_;
  LentTerminal terminal_;
  asio::io_context loop_{1};
  Container container_;
  asio::signal_set signals_;
  asio::steady_timer timer_;
  asio::steady_timer pause_timer_;
  std::optional<Relay> relay_;
  asio::posix::stream_descriptor output_;  // the relay's
  std::optional<DeniedCalls> denied_;
  asio::posix::stream_descriptor listener_;  // that of denied_
  pid_t program_ = 0;
  std::set<int> early_signals_;  // each once, as the kernel keeps them
  std::optional<int> interrupted_by_;
  std::set<int> forwarded_;
  bool output_has_ended_ = false;
  bool has_ended_ = false;
  bool is_over_ = false;
  bool paused_ = false;
  bool timed_out_ = false;
  std::exception_ptr failure_;
};

}  // namespace

SessionEnd run_session(Dispatcher& k, SessionSettings settings) {
  return Session(k, std::move(settings)).run();
}

}  // namespace kekkai::cli
