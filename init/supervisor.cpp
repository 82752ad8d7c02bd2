#include <kekkai/init/supervisor.h>

#include <signal.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace kekkai {
namespace {

// What a terminal, or a shell that controls jobs, sends to a whole process group. The initial
// process always leads one (termios(3), tty_ioctl(4)).
bool is_meant_for_groups(int signo) {
  return signo == SIGINT || signo == SIGQUIT || signo == SIGWINCH || signo == SIGCONT;
}

}  // namespace

std::vector<Action> Supervisor::on(const Event& event) {
  return std::visit([this](const auto& e) { return handle(e); }, event);
}

std::vector<Action> Supervisor::handle(const ChildEnded& ended) {
  // Daemons come first: a pid that was a daemon's and is the program's was a daemon's before.
  if (const auto found = std::ranges::find(daemons_, ended.pid); found != daemons_.end()) {
    daemons_.erase(found);
    return finish_if_over();
  }
  if (!running_ || ended.pid != settings_.initial_process) return {};
  running_ = false;
  end_ = ExitStatus::from_wait_status(ended.wait_status);
  std::vector<Action> actions{ReportEnd{end_}};
  if (settings_.adopt_wait_delay) {
    actions.emplace_back(StartTimer{Timer::kAdopt, *settings_.adopt_wait_delay});
  }
  std::ranges::move(end_daemons(), std::back_inserter(actions));
  return actions;
}

// Nobody needs them any more.
std::vector<Action> Supervisor::end_daemons() {
  std::vector<Action> actions;
  for (const pid_t pid : daemons_) {
    actions.emplace_back(SignalDaemon{pid, SIGTERM});
    actions.emplace_back(SignalDaemon{pid, SIGCONT});  // what is stopped would not hear of it
  }
  // After a cancel the time is running already.
  if (!daemons_.empty() && !cancelled_) {
    actions.emplace_back(StartTimer{Timer::kKill, settings_.kill_delay});
  }
  return actions;
}

std::vector<Action> Supervisor::kill_daemons() {
  std::vector<Action> actions;
  for (const pid_t pid : std::exchange(daemons_, {})) {
    actions.emplace_back(SignalDaemon{pid, SIGKILL});
  }
  return actions;
}

std::vector<Action> Supervisor::finish_if_over() const {
  if (running_ || !lingered_ || !daemons_.empty()) return {};
  return {Finish{end_.code()}};
}

std::vector<Action> Supervisor::handle(const ChildStopped& stopped) const {
  if (!running_ || paused_ || stopped.pid != settings_.initial_process) return {};
  return {ReportStop{}};
}

std::vector<Action> Supervisor::handle(const NoChildrenLeft&) const {
  return {Finish{end_.code()}};
}

std::vector<Action> Supervisor::handle(const SignalArrived& signal) const {
  // After its end the pid may be somebody else's.
  if (!running_) return {};
  return {ForwardSignal{signal.signo, is_meant_for_groups(signal.signo)}};
}

std::vector<Action> Supervisor::handle(const CancelAsked&) {
  if (!running_) {
    lingered_ = true;  // who lingers was given time enough, and daemons have theirs
    return finish_if_over();
  }
  if (cancelled_) return {};
  cancelled_ = true;
  // What is stopped would not hear of it.
  return {ForwardSignal{settings_.cancel_signal}, SignalAll{SIGCONT},
          StartTimer{Timer::kKill, settings_.kill_delay}};
}

std::vector<Action> Supervisor::handle(const PauseAsked&) {
  paused_ = true;
  return {SignalAll{SIGSTOP}};
}

std::vector<Action> Supervisor::handle(const ResumeAsked&) {
  paused_ = false;
  return {SignalAll{SIGCONT}};
}

std::vector<Action> Supervisor::handle(const TimerExpired& expired) {
  if (expired.timer == Timer::kAdopt) {
    lingered_ = true;
    return finish_if_over();
  }
  if (running_) {
    daemons_.clear();
    return {SignalAll{SIGKILL}};
  }
  std::vector<Action> actions = kill_daemons();
  std::ranges::move(finish_if_over(), std::back_inserter(actions));
  return actions;
}

}  // namespace kekkai
