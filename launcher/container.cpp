#include <kekkai/init/frame.h>
#include <kekkai/init/init.h>
#include <kekkai/init/recorded_init.h>
#include <kekkai/init/streams.h>
#include <kekkai/launcher/container.h>
#include <kekkai/ops/refusal.h>

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>

#include <algorithm>
#include <memory>

namespace kekkai {
namespace {

constexpr int kFirstStream = 3;
// What init needs to build a container, and gives up before the program starts.
constexpr uint64_t kSetupCapabilities = uint64_t{1} << CAP_SYS_ADMIN | uint64_t{1} << CAP_SETPCAP |
                                        uint64_t{1} << CAP_DAC_OVERRIDE |
                                        uint64_t{1} << CAP_NET_ADMIN;
constexpr std::array kForwardable{SIGTERM, SIGQUIT, SIGINT,   SIGHUP,
                                  SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT};

Namespace namespaces_for(const Params& params) {
  const Namespace always = Namespace::kUser | Namespace::kPid | Namespace::kMount |
                           Namespace::kIpc | Namespace::kUts | Namespace::kCgroup;
  return params.share_network ? always : always | Namespace::kNet;
}

std::vector<std::string> own_namespaces(Dispatcher& k, Namespace which) {
  std::vector<std::string> links;
  for (const FlagName& ns : flag_table(which)) {
    if ((bits(which) & ns.value) == 0) continue;
    links.push_back(k.readlinkat(Fd::cwd(), "/proc/self/ns/" + std::string(ns.name)));
  }
  return links;
}

void require_equal(const Ids& ids, const char* what) {
  if (ids.real == ids.effective && ids.real == ids.saved) return;
  throw Refusal(std::string("real and effective ") + what +
                " id differ: Kekkai does not run with borrowed rights");
}

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

/// What has to stay open until init has been made.
struct Container::Launch {
  std::vector<UniqueFd> stdio;
  UniqueFd setup, status, lifeline, launcher;
  SpawnPlan plan;
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

Container::~Container() {
  if (state_ == State::kStarting || state_ == State::kRunning) reap();
}

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

void Container::launch() {
  if (state_ != State::kNew) throw std::logic_error("a container starts only once");
  try {
    in_phase(Phase::kLaunch, [&] {
      Launch launch = prepare_launch();
      init_ = k_.spawn(launch.plan);
      state_ = State::kStarting;
    });
  } catch (const SetupFailure& e) {
    throw StartError(e.failure);
  }
  if (init_.failed_call.empty()) return;
  fail({.phase = Phase::kLaunch,
        .call = init_.failed_call,
        .error = init_.error,
        .hint = hint_for(init_.failed_call, init_.error)});
}

Container::Launch Container::prepare_launch() {
  require_equal(k_.getresuid(), "user");
  require_equal(k_.getresgid(), "group");
  // Before anything is opened: it would be bound in the place of one that is closed.
  require_open(k_, settings_.params.ops);
  Launch launch;
  std::vector<FdPlacement>& fds = launch.plan.fds;
  // Likewise, of what would become stdio.
  for (int target = 0; target <= 2; ++target) {
    int source = settings_.stdio.at(static_cast<size_t>(target));
    if (!k_.is_open(source)) {
      launch.stdio.push_back(
          k_.openat2(Fd::cwd(), "/dev/null", Open::kReadWrite, Resolve::kAnywhere));
      source = launch.stdio.back().number();
    }
    fds.push_back({source, target});
  }
  init_path_ = settings_.init.self           ? find_own_program(k_)
               : settings_.init.path.empty() ? find_init(k_)
                                             : settings_.init.path;

  launch.setup = k_.memfd_create("setup stream");
  write_all(k_, launch.setup, request());
  k_.seal(launch.setup);
  k_.lseek_to_start(launch.setup);
  std::tie(status_, launch.status) = k_.pipe2("status stream");
  std::tie(lifeline_, launch.lifeline) = k_.socketpair("lifeline");
  launch.launcher = k_.pidfd_open(k_.getpid());

  int target = kFirstStream;
  for (const UniqueFd* fd : {&launch.setup, &launch.status, &launch.lifeline, &launch.launcher}) {
    fds.push_back({fd->number(), target++});
  }
  for (const FdPlacement& file : settings_.extra_files) fds.push_back({file.source, target++});
  for (const int number : settings_.params.ops.descriptors()) fds.push_back({number, target++});

  launch.plan.path = init_path_;
  launch.plan.argv = {kInitName};
  launch.plan.env = {std::string(kSetupVariable) + "=" + std::to_string(kFirstStream)};
  if (recorder_) {
    launch.plan.env.push_back(std::string(kRecordVariable) + "=" +
                              contents_name(settings_.recorded_contents));
  }
  launch.plan.namespaces = namespaces_for(settings_.params);
  launch.plan.ambient_capabilities = kSetupCapabilities | settings_.params.keep_capabilities;
  launch.plan.read_only_image = true;
  // Else what is sent to our group, by a terminal or a shell, would reach the program once through
  // us and once through init.
  launch.plan.new_process_group = true;
  launch.plan.ignore_hangup = k_.is_ignored(SIGHUP);
  return launch;
}

// From the background a program must not take the terminal away from whoever has it.
bool Container::is_in_foreground() const {
  if (settings_.params.terminal != Terminal::kKept) return false;
  const UniqueFd terminal = k_.openat2(Fd::cwd(), "/dev/tty", Open::kReadWrite, Resolve::kAnywhere);
  return k_.foreground_group(terminal) == k_.getpgid(0);
}

std::string Container::request() const {
  SetupRequest request{.params = settings_.params,
                       .host_uid = k_.getresuid().effective,
                       .host_gid = k_.getresgid().effective,
                       .host_namespaces = own_namespaces(k_, namespaces_for(settings_.params)),
                       .in_foreground = is_in_foreground()};
  if (request.params.uid == kCallersId) request.params.uid = request.host_uid;
  if (request.params.gid == kCallersId) request.params.gid = request.host_gid;
  return make_frame(encode(std::move(request)));
}

Container::State Container::advance() {
  if (state_ == State::kEnded) return state_;
  std::array<std::byte, 4096> buffer{};
  const size_t got = read_status(buffer);
  if (got == 0) {
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
  } else if (std::holds_alternative<Stopped>(message)) {
    if (settings_.on_stopped) settings_.on_stopped();
  } else if (const auto* started = std::get_if<Started>(&message)) {
    program_pid_ = started->pid;
    state_ = State::kRunning;
  } else if (const auto* call = std::get_if<RecordedCall>(&message)) {
    pass_on(*call);
  }
}

void Container::pass_on(RecordedCall call) const {
  call.process = RecordedCall::Process::kInit;
  if (settings_.on_call) settings_.on_call(call);
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
  if (state_ != State::kRunning) return;
  try {
    k_.pidfd_send_signal(init_.pidfd, signo);
  } catch (const SyscallError& e) {
    if (e.error() != ESRCH) throw;  // it has just ended
  }
}

void Container::cancel() {
  if (state_ != State::kStarting && state_ != State::kRunning) return;
  cancelled_ = true;
  command(Command::kCancel);
}

void Container::abort_start() {
  if (state_ != State::kStarting) return;
  cancelled_ = true;
  command(Command::kAbort);
}

void Container::pause() {
  if (state_ == State::kRunning) command(Command::kPause);
}

void Container::resume() {
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
