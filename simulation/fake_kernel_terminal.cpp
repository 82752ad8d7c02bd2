// The calls on terminals, and on descriptors that travel.
#include "fake_kernel_step.h"

#include <errno.h>
#include <fmt/format.h>

#include <array>

namespace kekkai::testing {

void FakeKernel::set_terminal(int number, const std::string& path) {
  host(path).character_device(136, 0);
  host("/proc/self/fd/" + std::to_string(number)).link_to(path);
  open_->at(number).place = mounts().walk(view_, view_.root, path, {});
  terminals_.insert(number);
}

void FakeKernel::send_descriptor(Fd socket, Fd file) {
  step("sendmsg " + std::string(socket.label), " " + std::string(file.label), [&] {
    get(file);
    const Descriptor& fd = get(socket);
    if (fd.out) fd.out->descriptors.emplace_back(file.label);
  });
}

UniqueFd FakeKernel::receive_descriptor(Fd socket, const std::string& label) {
  return step("recvmsg " + std::string(socket.label), "", [&] {
    const Descriptor& fd = get(socket);
    if (!fd.in || fd.in->descriptors.empty()) throw Errno{EAGAIN};
    fd.in->descriptors.erase(fd.in->descriptors.begin());
    return own({.label = label, .in = std::make_shared<Channel>()});
  });
}

bool FakeKernel::is_terminal(Fd file) { return terminals_.contains(file.number); }

termios FakeKernel::terminal_attributes(Fd terminal) {
  return step("ioctl TCGETS " + std::string(terminal.label), "", [&] {
    get(terminal);
    return terminal_attributes_;
  });
}

void FakeKernel::set_terminal_attributes(Fd terminal, const termios& attributes) {
  step("ioctl TCSETS " + std::string(terminal.label), "", [&] {
    get(terminal);
    terminal_attributes_ = attributes;
  });
}

void FakeKernel::control_terminal(Fd terminal, TerminalControl what) {
  constexpr std::array kCalls{"ioctl TIOCNXCL ", "ioctl TCXONC ", "ioctl TIOCSETD "};
  step(kCalls.at(static_cast<size_t>(what)) + std::string(terminal.label), "",
       [&] { get(terminal); });
}

winsize FakeKernel::window_size(Fd terminal) {
  return step("ioctl TIOCGWINSZ " + std::string(terminal.label), "", [&] {
    get(terminal);
    return window_size_;
  });
}

void FakeKernel::set_window_size(Fd terminal, const winsize& size) {
  step("ioctl TIOCSWINSZ " + std::string(terminal.label),
       fmt::format(" {}x{}", size.ws_col, size.ws_row), [&] {
         get(terminal);
         window_size_ = size;
       });
}

pid_t FakeKernel::foreground_group(Fd terminal) {
  return step("ioctl TIOCGPGRP " + std::string(terminal.label), "", [&] {
    get(terminal);
    return foreground_group_;
  });
}

void FakeKernel::set_foreground_group(Fd terminal, pid_t group) {
  step("ioctl TIOCSPGRP " + std::string(terminal.label), fmt::format(" {}", group), [&] {
    get(terminal);
    foreground_group_ = group;
  });
}

UniqueFd FakeKernel::open_pty_terminal(Fd master) {
  return step("ioctl TIOCGPTPEER " + std::string(master.label), "", [&] {
    get(master);
    return own({.label = "terminal of the container"});
  });
}

void FakeKernel::unlock_pty(Fd master) {
  step("ioctl TIOCSPTLCK " + std::string(master.label), " off", [&] { get(master); });
}

void FakeKernel::lock_pty(Fd master) {
  step("ioctl TIOCSPTLCK " + std::string(master.label), " on", [&] { get(master); });
}

}  // namespace kekkai::testing
