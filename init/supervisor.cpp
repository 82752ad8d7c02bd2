#include <kekkai/init/supervisor.h>

#include <signal.h>

namespace kekkai {
namespace {

// What a terminal sends to the whole foreground process group (termios(3), tty_ioctl(4)).
bool comes_from_terminals(int signo) {
  return signo == SIGINT || signo == SIGQUIT || signo == SIGWINCH;
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

std::vector<Action> Supervisor::handle(const NoChildrenLeft&) const {
  return {Finish{end_.code()}};
}

std::vector<Action> Supervisor::handle(const SignalArrived& signal) const {
  // After its end the pid may be somebody else's.
  if (!running_ || signal.from_terminal) return {};
  const bool to_group = settings_.leads_session && comes_from_terminals(signal.signo);
  return {ForwardSignal{signal.signo, to_group}};
}

std::vector<Action> Supervisor::handle(const CancelAsked&) {
  if (!running_) return {Finish{end_.code()}};  // who lingers was given time enough
  if (cancelled_) return {};
  cancelled_ = true;
  return {ForwardSignal{settings_.cancel_signal}, StartTimer{Timer::kKill, settings_.kill_delay}};
}

std::vector<Action> Supervisor::handle(const TimerExpired& expired) const {
  if (expired.timer == Timer::kAdopt) return {Finish{end_.code()}};
  if (!running_) return {};
  return {KillAll{}};
}

}  // namespace kekkai
