#include <kekkai/init/frame.h>
#include <kekkai/init/streams.h>
#include <kekkai/launcher/container.h>

#include <errno.h>
#include <signal.h>

#include <algorithm>
#include <memory>

namespace kekkai {
namespace {

constexpr std::array kForwardable{SIGTERM, SIGQUIT, SIGINT,   SIGHUP,
                                  SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT};

// What init tells is no news of its own: its calls are in it.
bool only_carries_news(const RecordedCall& call) {
  return call.error == 0 && (call.name == "read" || call.name == "poll");
}

std::unique_ptr<Recorder> make_recorder(Dispatcher& k, const ContainerSettings& settings) {
  if (!settings.on_call) return nullptr;
  return std::make_unique<Recorder>(k, settings.recorded_contents,
                                    [on_call = settings.on_call](const RecordedCall& call) {
                                      if (!only_carries_news(call)) on_call(call);
                                    });
}

}  // namespace

struct Container::Reader {
  FrameReader frames;
};

Container::Container(Dispatcher& k, ContainerSettings settings)
    : settings_(std::move(settings)),
      recorder_(make_recorder(k, settings_)),
      k_(recorder_ ? *recorder_ : k),
      reader_(std::make_unique<Reader>()) {
  settings_.params.extra_files.clear();
  for (const FdPlacement& file : settings_.extra_files) {
    settings_.params.extra_files.push_back(file.target);
  }
}

Container::~Container() { let_go(); }

void Container::start() {
  launch();
  while (advance() == State::kStarting) {
  }
}

ExitStatus Container::wait() {
  if (state_ == State::kNew) throw std::logic_error("the container has not been started");
  while (state_ != State::kEnded) advance();
  return exit_status();
}

Container::State Container::advance() {
  if (state_ == State::kEnded) return state_;
  if (is_program_init()) return await_program();
  std::array<std::byte, 4096> buffer{};
  const size_t got = read_status(buffer);
  if (got == 0) {
    if (program_pid_ != 0 && state_ == State::kStarting && !failure_) {
      return state_ = State::kRunning;  // its exec has closed the stream
    }
    const bool was_starting = state_ == State::kStarting;
    reap();
    if (was_starting) throw StartError(failure_ ? *failure_ : silent_end());
    return state_;
  }
  try {
    reader_->frames.feed({reinterpret_cast<const char*>(buffer.data()), got});  // NOLINT: text
    while (const auto payload = reader_->frames.next()) take(decode_status_message(*payload));
  } catch (const StreamError& e) {
    const std::string reason = "what " + init_path_ + " says is not understood: " + e.what();
    if (state_ == State::kStarting) fail({.phase = Phase::kLaunch, .reason = reason});
    reap();
    throw InitLost(reason);
  }
  return state_;
}

// An event loop may have made the descriptor non-blocking.
size_t Container::read_status(std::span<std::byte> buffer) {
  for (;;) {
    try {
      return k_.read(status_, buffer);
    } catch (const SyscallError& e) {
      if (e.error() != EAGAIN) lose_status(e);
    }
    std::array<PollFd, 1> news{{{.fd = status_.number()}}};
    k_.poll(news, std::nullopt);
  }
}

void Container::lose_status(const SyscallError& e) {
  if (state_ == State::kStarting) {
    fail({.phase = Phase::kLaunch,
          .call = e.call(),
          .error = e.error(),
          .hint = hint_for(e.call(), e.error())});
  }
  reap();
  throw InitLost(e.what());
}

void Container::take(const StatusMessage& message) {
  if (const auto* progress = std::get_if<Progress>(&message)) {
    if (settings_.on_progress) settings_.on_progress(progress->text);
  } else if (const auto* failure = std::get_if<Failure>(&message)) {
    failure_ = *failure;
  } else if (const auto* end = std::get_if<ExitStatus>(&message)) {
    exit_status_ = *end;
    if (settings_.params.outlives_launcher || settings_.ends_with_program) state_ = State::kEnded;
  } else if (std::holds_alternative<Stopped>(message)) {
    if (settings_.on_stopped) settings_.on_stopped();
  } else if (const auto* started = std::get_if<Started>(&message)) {
    program_pid_ = started->pid;
    if (!settings_.params.program_is_init) state_ = State::kRunning;
  } else if (const auto* call = std::get_if<RecordedCall>(&message)) {
    pass_on(*call);
  }
}

void Container::pass_on(RecordedCall call) const {
  call.process = RecordedCall::Process::kInit;
  if (settings_.on_call) settings_.on_call(call);
}

// A program that is pid 1 tells nothing: its end is what its pidfd says.
Container::State Container::await_program() {
  std::array<PollFd, 1> end{{{.fd = init_.pidfd.number()}}};
  while (!end[0].readable) k_.poll(end, std::nullopt);
  reap();
  if (reaped_) exit_status_ = ExitStatus::from_wait_status(reaped_->status);
  return state_;
}

void Container::let_go() {
  if (state_ != State::kStarting && state_ != State::kRunning) return;
  if (settings_.params.outlives_launcher) {
    if (state_ == State::kRunning) return;
    // It may run already, although nobody has been told so.
    command(Command::kCancel);
  }
  if (is_program_init()) signal_init(SIGKILL);
  reap();
}

// Lets go of init, and waits for its end; as pid 1 it takes the whole container with it.
void Container::reap() {
  lifeline_.reset();
  try {
    reaped_ = k_.waitid(init_.pidfd, &usage_);
  } catch (const SyscallError&) {
    // Nothing can be learned of it any more. That somebody else waited for it is no error at all.
  }
  state_ = State::kEnded;
}

// Why init ended although it had told of nothing.
Failure Container::silent_end() const {
  Failure failure{.phase = Phase::kLaunch};
  if (cancelled_) {
    failure.reason = "it was cancelled";
  } else if (reaped_ && ExitStatus::from_wait_status(reaped_->status).signalled) {
    failure.reason = init_path_ + " was killed by " +
                     signal_name(ExitStatus::from_wait_status(reaped_->status).value);
  } else {
    failure.reason = init_path_ + " ended without a word";
    failure.hint = "is it the kekkai-init of Kekkai " KEKKAI_VERSION "?";
  }
  return failure;
}

void Container::fail(Failure failure) {
  reap();
  throw StartError(std::move(failure));
}

ExitStatus Container::exit_status() const {
  if (exit_status_) return *exit_status_;
  if (failure_) throw InitLost(failure_->message());
  std::string text = "init was killed before it could tell how the program ended";
  if (reaped_) {
    const ExitStatus end = ExitStatus::from_wait_status(reaped_->status);
    text += end.signalled ? " (" + signal_name(end.value) + ")"
                          : " (status " + std::to_string(end.value) + ")";
  }
  throw InitLost(text);
}

void Container::signal(int signo) {
  if (std::ranges::find(kForwardable, signo) == kForwardable.end()) {
    throw std::invalid_argument(signal_name(signo) + " is not handed on to the program");
  }
  if (state_ == State::kRunning) signal_init(signo);
}

void Container::signal_init(int signo) {
  try {
    k_.pidfd_send_signal(init_.pidfd, signo);
  } catch (const SyscallError& e) {
    if (e.error() != ESRCH) throw;  // it has just ended
  }
}

void Container::cancel() {
  if (state_ != State::kStarting && state_ != State::kRunning) return;
  cancelled_ = true;
  if (is_program_init()) return signal_init(SIGKILL);
  command(Command::kCancel);
}

void Container::abort_start() {
  if (state_ != State::kStarting) return;
  cancelled_ = true;
  command(Command::kAbort);
}

void Container::pause() {
  if (is_program_init()) return signal_init(SIGSTOP);
  if (state_ == State::kRunning) command(Command::kPause);
}

void Container::resume() {
  if (is_program_init()) return signal_init(SIGCONT);
  if (state_ == State::kRunning) command(Command::kResume);
}

UniqueFd Container::take_terminal() {
  return k_.receive_descriptor(lifeline_, "terminal of the container");
}

UniqueFd Container::take_listener() {
  return k_.receive_descriptor(lifeline_, "listener of the filter");
}

void Container::command(Command command) {
  const std::array message{static_cast<std::byte>(command)};
  try {
    k_.send(lifeline_, message);
  } catch (const SyscallError& e) {
    if (e.error() != EPIPE && e.error() != ECONNRESET) throw;  // it has just ended
  }
}

}  // namespace kekkai
