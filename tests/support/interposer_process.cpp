// The calls on processes, privileges, terminals, signals and waiting.
#include <kekkai/testing/interposer.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace kekkai::testing {
namespace {

// In the order of TerminalControl.
constexpr std::array<std::string_view, 3> kTerminalControls{"ioctl TIOCNXCL ", "ioctl TCXONC ",
                                                            "ioctl TIOCSETD "};

std::string with_number(const char* name, long number) {
  return std::string(name) + " " + std::to_string(number);
}

}  // namespace

pid_t Interposer::getpid() {
  return pass_on_unfailing("getpid", [&] { return inner_.getpid(); });
}

pid_t Interposer::getppid() {
  return pass_on_unfailing("getppid", [&] { return inner_.getppid(); });
}

pid_t Interposer::getpgid(pid_t pid) {
  return pass_on(with_number("getpgid", pid), [&] { return inner_.getpgid(pid); });
}

Ids Interposer::getresuid() {
  return pass_on("getresuid", [&] { return inner_.getresuid(); });
}

Ids Interposer::getresgid() {
  return pass_on("getresgid", [&] { return inner_.getresgid(); });
}

ResourceLimit Interposer::getrlimit(int resource) {
  return pass_on(with_number("prlimit64", resource), [&] { return inner_.getrlimit(resource); });
}

void Interposer::setrlimit(const ResourceLimit& limit) {
  pass_on(with_number("prlimit64", limit.resource), [&] { return inner_.setrlimit(limit); });
}

void Interposer::sethostname(const std::string& name) {
  pass_on("sethostname " + name, [&] { return inner_.sethostname(name); });
}

void Interposer::set_process_name(const std::string& name) {
  pass_on("prctl PR_SET_NAME", [&] { return inner_.set_process_name(name); });
}

void Interposer::set_dumpable(bool dumpable) {
  pass_on("prctl PR_SET_DUMPABLE", [&] { return inner_.set_dumpable(dumpable); });
}

void Interposer::set_no_ptracer() {
  pass_on("prctl PR_SET_PTRACER", [&] { return inner_.set_no_ptracer(); });
}

bool Interposer::can_replace_image() {
  return pass_on("prctl PR_SET_MM_MAP_SIZE", [&] { return inner_.can_replace_image(); });
}

void Interposer::clear_ambient_capabilities() {
  pass_on("prctl PR_CAP_AMBIENT_CLEAR_ALL", [&] { return inner_.clear_ambient_capabilities(); });
}

void Interposer::drop_bounding_capability(unsigned capability) {
  pass_on(with_number("prctl PR_CAPBSET_DROP", capability),
          [&] { return inner_.drop_bounding_capability(capability); });
}

void Interposer::raise_ambient_capability(unsigned capability) {
  pass_on(with_number("prctl PR_CAP_AMBIENT_RAISE", capability),
          [&] { return inner_.raise_ambient_capability(capability); });
}

void Interposer::capset(const Capabilities& capabilities) {
  pass_on("capset", [&] { return inner_.capset(capabilities); });
}

Capabilities Interposer::capget() {
  return pass_on("capget", [&] { return inner_.capget(); });
}

unsigned Interposer::last_capability() {
  return pass_on("prctl PR_CAPBSET_READ", [&] { return inner_.last_capability(); });
}

void Interposer::set_no_new_privs() {
  pass_on("prctl PR_SET_NO_NEW_PRIVS", [&] { return inner_.set_no_new_privs(); });
}

void Interposer::unshare(Namespace namespaces) {
  pass_on("unshare " + names(namespaces), [&] { return inner_.unshare(namespaces); });
}

void Interposer::setns(Fd ns, Namespace type) {
  pass_on("setns " + label_of(ns), [&] { return inner_.setns(ns, type); });
}

void Interposer::set_child_subreaper() {
  pass_on("prctl PR_SET_CHILD_SUBREAPER", [&] { return inner_.set_child_subreaper(); });
}

void Interposer::set_parent_death_signal(int signo) {
  pass_on("prctl PR_SET_PDEATHSIG", [&] { return inner_.set_parent_death_signal(signo); });
}

void Interposer::load_filter(const FilterProgram& program) {
  pass_on("seccomp", [&] { return inner_.load_filter(program); });
}

std::optional<seccomp_notif> Interposer::receive_notification(Fd listener) {
  return pass_on("ioctl SECCOMP_IOCTL_NOTIF_RECV",
                 [&] { return inner_.receive_notification(listener); });
}

bool Interposer::answer_notification(Fd listener, uint64_t id, int error) {
  return pass_on("ioctl SECCOMP_IOCTL_NOTIF_SEND",
                 [&] { return inner_.answer_notification(listener, id, error); });
}

size_t Interposer::read_memory(pid_t pid, uint64_t address, std::span<std::byte> buffer) {
  return pass_on(with_number("process_vm_readv", pid),
                 [&] { return inner_.read_memory(pid, address, buffer); });
}

UniqueFd Interposer::inet_socket() {
  return pass_on("socket AF_INET", [&] { return inner_.inet_socket(); });
}

int Interposer::landlock_abi() {
  return pass_on("landlock_create_ruleset", [&] { return inner_.landlock_abi(); });
}

void Interposer::set_interface_up(Fd socket, const std::string& name) {
  pass_on("ioctl SIOCSIFFLAGS " + name, [&] { return inner_.set_interface_up(socket, name); });
}

bool Interposer::is_terminal(Fd file) {
  return pass_on_unfailing("ioctl TCGETS " + label_of(file),
                           [&] { return inner_.is_terminal(file); });
}

termios Interposer::terminal_attributes(Fd terminal) {
  return pass_on("ioctl TCGETS " + label_of(terminal),
                 [&] { return inner_.terminal_attributes(terminal); });
}

void Interposer::set_terminal_attributes(Fd terminal, const termios& attributes) {
  pass_on("ioctl TCSETS " + label_of(terminal),
          [&] { return inner_.set_terminal_attributes(terminal, attributes); });
}

void Interposer::control_terminal(Fd terminal, TerminalControl what) {
  pass_on(std::string(kTerminalControls.at(static_cast<size_t>(what))) + label_of(terminal),
          [&] { return inner_.control_terminal(terminal, what); });
}

winsize Interposer::window_size(Fd terminal) {
  return pass_on("ioctl TIOCGWINSZ " + label_of(terminal),
                 [&] { return inner_.window_size(terminal); });
}

void Interposer::set_window_size(Fd terminal, const winsize& size) {
  pass_on("ioctl TIOCSWINSZ " + label_of(terminal),
          [&] { return inner_.set_window_size(terminal, size); });
}

pid_t Interposer::foreground_group(Fd terminal) {
  return pass_on("ioctl TIOCGPGRP " + label_of(terminal),
                 [&] { return inner_.foreground_group(terminal); });
}

void Interposer::set_foreground_group(Fd terminal, pid_t group) {
  pass_on("ioctl TIOCSPGRP " + label_of(terminal),
          [&] { return inner_.set_foreground_group(terminal, group); });
}

UniqueFd Interposer::open_pty_terminal(Fd master) {
  return pass_on("ioctl TIOCGPTPEER " + label_of(master),
                 [&] { return inner_.open_pty_terminal(master); });
}

void Interposer::unlock_pty(Fd master) {
  pass_on("ioctl TIOCSPTLCK " + label_of(master), [&] { return inner_.unlock_pty(master); });
}

void Interposer::lock_pty(Fd master) {
  pass_on("ioctl TIOCSPTLCK " + label_of(master), [&] { return inner_.lock_pty(master); });
}

FailedExec Interposer::execute(const SpawnPlan& plan) {
  return pass_on_unfailing("execve " + plan.path, [&] { return inner_.execute(plan); });
}

Spawned Interposer::spawn(const SpawnPlan& plan) {
  return pass_on("clone (" + names(plan.namespaces) + ")", [&] { return inner_.spawn(plan); });
}

std::optional<Reaped> Interposer::wait4(WaitFor what) {
  return pass_on("wait4", [&] { return inner_.wait4(what); });
}

std::optional<Reaped> Interposer::waitid(Fd pidfd, rusage* usage) {
  return pass_on("waitid", [&] { return inner_.waitid(pidfd, usage); });
}

UniqueFd Interposer::pidfd_open(pid_t pid) {
  return pass_on(with_number("pidfd_open", pid), [&] { return inner_.pidfd_open(pid); });
}

void Interposer::pidfd_send_signal(Fd pidfd, int signo) {
  pass_on("pidfd_send_signal " + signal_name(signo),
          [&] { return inner_.pidfd_send_signal(pidfd, signo); });
}

void Interposer::kill(pid_t pid, int signo) {
  pass_on(with_number("kill", pid) + " " + signal_name(signo),
          [&] { return inner_.kill(pid, signo); });
}

void Interposer::start_thread(std::function<void()> run) {
  pass_on("clone (thread)", [&] { return inner_.start_thread(std::move(run)); });
}

void Interposer::exit(int status) {
  before({.text = with_number("exit", status), .can_fail = false});
  inner_.exit(status);
  throw std::logic_error("exit() has returned");  // for compilers that do not see that it cannot
}

bool Interposer::is_ignored(int signo) {
  return pass_on("sigaction " + signal_name(signo), [&] { return inner_.is_ignored(signo); });
}

void Interposer::ignore_signal(int signo) {
  pass_on("sigaction " + signal_name(signo), [&] { return inner_.ignore_signal(signo); });
}

void Interposer::exit_on_signal(int signo, int status) {
  pass_on("sigaction " + signal_name(signo), [&] { return inner_.exit_on_signal(signo, status); });
}

void Interposer::signal_on_input(Fd fd, bool enabled) {
  pass_on("fcntl O_ASYNC", [&] { return inner_.signal_on_input(fd, enabled); });
}

void Interposer::block_all_signals() {
  pass_on_unfailing("sigprocmask", [&] { return inner_.block_all_signals(); });
}

void Interposer::unblock_signal(int signo) {
  pass_on_unfailing("sigprocmask", [&] { return inner_.unblock_signal(signo); });
}

UniqueFd Interposer::signalfd(std::span<const int> signals) {
  return pass_on("signalfd", [&] { return inner_.signalfd(signals); });
}

int Interposer::read_signal(Fd signalfd) {
  return pass_on("read signalfd", [&] { return inner_.read_signal(signalfd); });
}

void Interposer::poll(std::span<PollFd> fds, std::optional<std::chrono::milliseconds> timeout) {
  pass_on("poll", [&] { return inner_.poll(fds, timeout); });
}

std::chrono::steady_clock::time_point Interposer::now() {
  return pass_on_unfailing("clock_gettime", [&] { return inner_.now(); });
}

}  // namespace kekkai::testing
