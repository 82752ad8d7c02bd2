#include <kekkai/init/supervisor.h>

#include <signal.h>

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
  if (!running_ || ended.pid != settings_.initial_process) return {};
  running_ = false;
  end_ = ExitStatus::from_wait_status(ended.wait_status);
  return {ReportEnd{end_}, StartTimer{Timer::kAdopt, settings_.adopt_wait_delay}};
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
  if (!running_) return {Finish{end_.code()}};  // who lingers was given time enough
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

std::vector<Action> Supervisor::handle(const TimerExpired& expired) const {
  if (expired.timer == Timer::kAdopt) return {Finish{end_.code()}};
  if (!running_) return {};
  return {SignalAll{SIGKILL}};
}

}  // namespace kekkai
