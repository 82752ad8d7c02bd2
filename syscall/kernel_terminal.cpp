// The kernel's calls on terminals, and on descriptors that travel.
#include <kekkai/syscall/kernel.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace kekkai {
namespace {

long check(long result, const char* call, Fd file) {
  if (result >= 0) return result;
  const int error = errno;
  throw SyscallError(error, std::string(call) + " " + std::string(file.label));
}

// A message of one byte, with room for one descriptor beside it (unix(7), cmsg(3)).
struct DescriptorMessage {
  std::array<char, 1> byte{};
  iovec content{byte.data(), byte.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};

  DescriptorMessage() {
    header.msg_iov = &content;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
};

}  // namespace

void Kernel::send_descriptor(Fd socket, Fd file) {
  DescriptorMessage message;
  cmsghdr* control = CMSG_FIRSTHDR(&message.header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof file.number);
  ::memcpy(CMSG_DATA(control), &file.number, sizeof file.number);
  check(::sendmsg(socket.number, &message.header, MSG_NOSIGNAL | MSG_DONTWAIT), "sendmsg", socket);
}

UniqueFd Kernel::receive_descriptor(Fd socket, const std::string& label) {
  DescriptorMessage message;
  check(::recvmsg(socket.number, &message.header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT), "recvmsg",
        socket);
  const cmsghdr* control = CMSG_FIRSTHDR(&message.header);
  if (control == nullptr || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) {
    throw SyscallError(ENOMSG, "recvmsg " + std::string(socket.label));
  }
  int fd = -1;
  ::memcpy(&fd, CMSG_DATA(control), sizeof fd);
  return own(fd, label);
}

bool Kernel::is_terminal(Fd file) { return ::isatty(file.number) == 1; }

termios Kernel::terminal_attributes(Fd terminal) {
  termios attributes{};
  check(::tcgetattr(terminal.number, &attributes), "ioctl TCGETS", terminal);
  return attributes;
}

void Kernel::set_terminal_attributes(Fd terminal, const termios& attributes) {
  check(::tcsetattr(terminal.number, TCSANOW, &attributes), "ioctl TCSETS", terminal);
}

void Kernel::control_terminal(Fd terminal, TerminalControl what) {
  switch (what) {
    case TerminalControl::kAllowOpens:
      check(::ioctl(terminal.number, TIOCNXCL), "ioctl TIOCNXCL", terminal);
      break;
    case TerminalControl::kRestartOutput:
      check(::tcflow(terminal.number, TCOON), "ioctl TCXONC", terminal);
      break;
    case TerminalControl::kUsualDiscipline: {
      // A change, even for the same, ends whoever waits for input with EAGAIN (tty_io_nonblock()).
      int discipline = -1;
      if (::ioctl(terminal.number, TIOCGETD, &discipline) == 0 && discipline == N_TTY) break;
      discipline = N_TTY;
      check(::ioctl(terminal.number, TIOCSETD, &discipline), "ioctl TIOCSETD", terminal);
    }
  }
}

winsize Kernel::window_size(Fd terminal) {
  winsize size{};
  check(::ioctl(terminal.number, TIOCGWINSZ, &size), "ioctl TIOCGWINSZ", terminal);
  return size;
}

void Kernel::set_window_size(Fd terminal, const winsize& size) {
  check(::ioctl(terminal.number, TIOCSWINSZ, &size), "ioctl TIOCSWINSZ", terminal);
}

pid_t Kernel::foreground_group(Fd terminal) {
  return static_cast<pid_t>(check(::tcgetpgrp(terminal.number), "ioctl TIOCGPGRP", terminal));
}

void Kernel::set_foreground_group(Fd terminal, pid_t group) {
  check(::tcsetpgrp(terminal.number, group), "ioctl TIOCSPGRP", terminal);
}

UniqueFd Kernel::open_pty_terminal(Fd master) {
  const long fd = ::ioctl(master.number, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  check(fd, "ioctl TIOCGPTPEER", master);
  return own(fd, "terminal of the container");
}

void Kernel::unlock_pty(Fd master) {
  const int locked = 0;
  check(::ioctl(master.number, TIOCSPTLCK, &locked), "ioctl TIOCSPTLCK", master);
}

void Kernel::lock_pty(Fd master) {
  const int locked = 1;
  check(::ioctl(master.number, TIOCSPTLCK, &locked), "ioctl TIOCSPTLCK", master);
}

}  // namespace kekkai
