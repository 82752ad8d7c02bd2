// The kernel's calls on processes, privileges, signals and waiting.
#include "kernel_child.h"

#include <kekkai/syscall/kernel.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace kekkai {
namespace {

void check(long result, const std::string& call) {
  if (result >= 0) return;
  const int error = errno;
  throw SyscallError(error, call);
}

std::string with_number(const char* name, long number) {
  return std::string(name) + " " + std::to_string(number);
}

// What the handler of exit_on_signal ends the process with; a handler takes no argument.
volatile sig_atomic_t status_on_signal = 0;
void exit_at_once(int /*signo*/, siginfo_t* info, void* /*context*/) {
  const pid_t child = unexecuted_child;
  if (info->si_code <= 0 || child == 0) return;
  if (child > 0) ::kill(child, SIGKILL);
  ::_exit(status_on_signal);
}

int wait_status(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return (info.si_status & 0xff) << 8;
  return info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
}

}  // namespace

pid_t Kernel::getpid() { return ::getpid(); }

pid_t Kernel::getppid() { return ::getppid(); }

pid_t Kernel::getpgid(pid_t pid) {
  const pid_t group = ::getpgid(pid);
  check(group, with_number("getpgid", pid));
  return group;
}

Ids Kernel::getresuid() {
  Ids ids;
  check(::getresuid(&ids.real, &ids.effective, &ids.saved), "getresuid");
  return ids;
}

Ids Kernel::getresgid() {
  Ids ids;
  check(::getresgid(&ids.real, &ids.effective, &ids.saved), "getresgid");
  return ids;
}

ResourceLimit Kernel::getrlimit(int resource) {
  struct rlimit64 limit {};
  check(::prlimit64(0, static_cast<__rlimit_resource>(resource), nullptr, &limit),
        with_number("prlimit64", resource));
  return {resource, limit.rlim_cur, limit.rlim_max};
}

void Kernel::setrlimit(const ResourceLimit& limit) {
  const struct rlimit64 wanted { limit.soft, limit.hard };
  check(::prlimit64(0, static_cast<__rlimit_resource>(limit.resource), &wanted, nullptr),
        with_number("prlimit64", limit.resource));
}

void Kernel::sethostname(const std::string& name) {
  check(::sethostname(name.data(), name.size()), "sethostname " + name);
}

void Kernel::set_process_name(const std::string& name) {
  check(::prctl(PR_SET_NAME, name.c_str()), "prctl PR_SET_NAME");
}

void Kernel::set_dumpable(bool dumpable) {
  check(::prctl(PR_SET_DUMPABLE, dumpable ? 1L : 0L, 0L, 0L, 0L), "prctl PR_SET_DUMPABLE");
}

void Kernel::set_no_ptracer() {
  const int result = ::prctl(PR_SET_PTRACER, 0L, 0L, 0L, 0L);
  if (result < 0 && errno == EINVAL) return;  // without Yama
  check(result, "prctl PR_SET_PTRACER");
}

bool Kernel::can_replace_image() {
  unsigned size = 0;
  return ::prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0L, 0L) == 0;
}

void Kernel::clear_ambient_capabilities() {
  check(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L, 0L),
        "prctl PR_CAP_AMBIENT_CLEAR_ALL");
}

void Kernel::drop_bounding_capability(unsigned capability) {
  check(::prctl(PR_CAPBSET_DROP, static_cast<long>(capability), 0L, 0L, 0L),
        with_number("prctl PR_CAPBSET_DROP", capability));
}

void Kernel::raise_ambient_capability(unsigned capability) {
  check(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, static_cast<long>(capability), 0L, 0L),
        with_number("prctl PR_CAP_AMBIENT_RAISE", capability));
}

void Kernel::capset(const Capabilities& c) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const auto low = [](uint64_t set) { return static_cast<uint32_t>(set); };
  const auto high = [](uint64_t set) { return static_cast<uint32_t>(set >> 32); };
  std::array<__user_cap_data_struct, 2> data{
      {{low(c.effective), low(c.permitted), low(c.inheritable)},
       {high(c.effective), high(c.permitted), high(c.inheritable)}}};
  check(::syscall(SYS_capset, &header, data.data()), "capset");
}

Capabilities Kernel::capget() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  check(::syscall(SYS_capget, &header, data.data()), "capget");
  const auto set = [](uint32_t low, uint32_t high) { return uint64_t{high} << 32 | low; };
  return {set(data[0].effective, data[1].effective), set(data[0].permitted, data[1].permitted),
          set(data[0].inheritable, data[1].inheritable)};
}

unsigned Kernel::last_capability() {
  const auto is_known = [](unsigned capability) {
    return ::prctl(PR_CAPBSET_READ, static_cast<long>(capability), 0L, 0L, 0L) >= 0;
  };
  unsigned last = CAP_LAST_CAP;
  while (last > 0 && !is_known(last)) --last;
  while (is_known(last + 1)) ++last;
  return last;
}

void Kernel::set_no_new_privs() {
  check(::prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L), "prctl PR_SET_NO_NEW_PRIVS");
}

void Kernel::unshare(Namespace namespaces) {
  check(::unshare(static_cast<int>(bits(namespaces))), "unshare " + names(namespaces));
}

void Kernel::setns(Fd ns, Namespace type) {
  check(::setns(ns.number, static_cast<int>(bits(type))), "setns " + std::string(ns.label));
}

void Kernel::set_child_subreaper() {
  check(::prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L), "prctl PR_SET_CHILD_SUBREAPER");
}

void Kernel::set_parent_death_signal(int signo) {
  check(::prctl(PR_SET_PDEATHSIG, static_cast<long>(signo), 0L, 0L, 0L), "prctl PR_SET_PDEATHSIG");
}

UniqueFd Kernel::inet_socket() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  check(fd, "socket AF_INET");
  return own(fd, "socket");
}

void Kernel::set_interface_up(Fd socket, const std::string& name) {
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP;
  check(::ioctl(socket.number, SIOCSIFFLAGS, &request), "ioctl SIOCSIFFLAGS " + name);
}

std::optional<Reaped> Kernel::wait4(WaitFor what) {
  const int options = what == WaitFor::kEndOrStop ? WUNTRACED : 0;
  Reaped reaped;
  do {
    reaped.pid = ::wait4(-1, &reaped.status, options, nullptr);
  } while (reaped.pid < 0 && errno == EINTR);
  if (reaped.pid < 0 && errno == ECHILD) return std::nullopt;
  check(reaped.pid, "wait4");
  return reaped;
}

// libc's waitid() hides the last operand.
std::optional<Reaped> Kernel::waitid(Fd pidfd, rusage* usage) {
  siginfo_t info{};
  long result = 0;
  do {
    result = ::syscall(SYS_waitid, P_PIDFD, pidfd.number, &info, WEXITED, usage);
  } while (result < 0 && errno == EINTR);
  if (result < 0 && errno == ECHILD) return std::nullopt;
  check(result, "waitid");
  return Reaped{info.si_pid, wait_status(info)};
}

UniqueFd Kernel::pidfd_open(pid_t pid) {
  const long fd = ::syscall(SYS_pidfd_open, pid, 0);
  check(fd, with_number("pidfd_open", pid));
  return own(fd, with_number("process", pid));
}

void Kernel::pidfd_send_signal(Fd pidfd, int signo) {
  check(::syscall(SYS_pidfd_send_signal, pidfd.number, signo, nullptr, 0),
        "pidfd_send_signal " + signal_name(signo));
}

void Kernel::kill(pid_t pid, int signo) {
  check(::kill(pid, signo), with_number("kill", pid) + " " + signal_name(signo));
}

void Kernel::start_thread(std::function<void()> run) {
  try {
    std::thread(std::move(run)).detach();
  } catch (const std::system_error& e) {
    throw SyscallError(e.code().value(), "clone (thread)");
  }
}

void Kernel::exit(int status) { ::_exit(status); }

bool Kernel::is_ignored(int signo) {
  struct sigaction action {};
  check(::sigaction(signo, nullptr, &action), "sigaction " + signal_name(signo));
  return action.sa_handler == SIG_IGN;
}

void Kernel::ignore_signal(int signo) {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  check(::sigaction(signo, &action, nullptr), "sigaction " + signal_name(signo));
}

void Kernel::exit_on_signal(int signo, int status) {
  status_on_signal = status;
  unexecuted_child = -1;
  struct sigaction action {};
  action.sa_sigaction = exit_at_once;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  check(::sigaction(signo, &action, nullptr), "sigaction " + signal_name(signo));
}

int Kernel::status_flags(Fd file) {
  const int flags = ::fcntl(file.number, F_GETFL);
  check(flags, "fcntl F_GETFL " + std::string(file.label));
  return flags;
}

void Kernel::set_status_flags(Fd file, int flags) {
  check(::fcntl(file.number, F_SETFL, flags), "fcntl F_SETFL " + std::string(file.label));
}

void Kernel::signal_on_input(Fd fd, bool enabled) {
  check(::fcntl(fd.number, F_SETOWN, ::getpid()), "fcntl F_SETOWN");
  check(::fcntl(fd.number, F_SETFL, O_NONBLOCK | (enabled ? O_ASYNC : 0)), "fcntl O_ASYNC");
}

void Kernel::block_all_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

void Kernel::unblock_signal(int signo) {
  sigset_t one;
  ::sigemptyset(&one);
  ::sigaddset(&one, signo);
  ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
}

UniqueFd Kernel::signalfd(std::span<const int> signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signo : signals) ::sigaddset(&set, signo);
  const int fd = ::signalfd(-1, &set, SFD_CLOEXEC);
  check(fd, "signalfd");
  return own(fd, "signals");
}

int Kernel::read_signal(Fd signalfd) {
  signalfd_siginfo info{};
  check(::read(signalfd.number, &info, sizeof info), "read signalfd");
  return static_cast<int>(info.ssi_signo);
}

void Kernel::poll(std::span<PollFd> fds, std::optional<std::chrono::milliseconds> timeout) {
  std::vector<pollfd> set;
  set.reserve(fds.size());
  for (const PollFd& fd : fds) set.push_back({fd.fd, POLLIN, 0});
  const int wait = timeout ? static_cast<int>(std::min<int64_t>(timeout->count(), INT32_MAX)) : -1;
  const int result = ::poll(set.data(), set.size(), wait);
  if (result < 0 && errno != EINTR) check(result, "poll");
  for (size_t i = 0; i < fds.size(); ++i) {
    const short events = result > 0 ? set[i].revents : short{0};
    fds[i].readable = (events & POLLIN) != 0;
    fds[i].hung_up = (events & (POLLHUP | POLLERR | POLLNVAL)) != 0;
  }
}

std::chrono::steady_clock::time_point Kernel::now() { return std::chrono::steady_clock::now(); }

}  // namespace kekkai
