// The calls on pipes and sockets, signals, and waiting for them.
#include "fake_kernel_step.h"

#include <errno.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace kekkai::testing {
namespace {

std::string signal_names(std::span<const int> signals) {
  std::string text;
  for (const int signo : signals) text += " " + signal_name(signo);
  return text;
}

}  // namespace

// Descriptors between processes.

std::pair<UniqueFd, UniqueFd> FakeKernel::connect(const std::string& label, bool both_ways) {
  const auto there = std::make_shared<Channel>(Channel{.writers = 1});
  const auto back = both_ways ? std::make_shared<Channel>(Channel{.writers = 1}) : nullptr;
  UniqueFd reader = own({.label = label, .in = there, .out = back});
  return {std::move(reader), own({.label = label, .in = back, .out = there})};
}

std::pair<UniqueFd, UniqueFd> FakeKernel::pipe2(const std::string& label) {
  return step("pipe2 " + label, "", [&] { return connect(label, false); });
}

std::pair<UniqueFd, UniqueFd> FakeKernel::socketpair(const std::string& label) {
  return step("socketpair " + label, "", [&] { return connect(label, true); });
}

void FakeKernel::send(Fd socket, std::span<const std::byte> message) {
  step("send " + std::string(socket.label), "", [&] {
    const std::string_view bytes(reinterpret_cast<const char*>(message.data()), message.size());
    const Descriptor& fd = get(socket);
    written_[std::string(socket.label)] += bytes;
    if (fd.out) fd.out->bytes += bytes;
  });
}

UniqueFd FakeKernel::memfd_create(const std::string& name) {
  return step("memfd_create " + name, "", [&] {
    const auto content = std::make_shared<Channel>(Channel{.ended = true, .writers = 1});
    return own({.label = name, .in = content, .out = content});
  });
}

void FakeKernel::seal(Fd memfd) {
  step("fcntl F_ADD_SEALS " + std::string(memfd.label), "", [&] { get(memfd); });
}

bool FakeKernel::is_open(int fd) { return open_->contains(fd); }

int FakeKernel::status_flags(Fd file) {
  return step("fcntl F_GETFL " + std::string(file.label), "", [&] {
    get(file);
    return status_flags_[file.number];
  });
}

void FakeKernel::set_status_flags(Fd file, int flags) {
  step("fcntl F_SETFL " + std::string(file.label), fmt::format(" {:#o}", flags), [&] {
    get(file);
    status_flags_[file.number] = flags;
  });
}

void FakeKernel::lock_for_reading(Fd file) {
  step("fcntl F_SETLK " + std::string(file.label), "", [&] {
    if (!get(file).in) throw Errno{EBADF};
  });
}

FakeKernel::Descriptor* FakeKernel::find_source(const std::string& label) {
  for (auto& [number, fd] : *open_) {
    if (fd.label == label && fd.in) return &fd;
  }
  throw std::logic_error("no descriptor " + label + " is open for reading");
}

void FakeKernel::deliver(const std::string& label, std::string_view bytes) {
  find_source(label)->in->bytes += bytes;
}

void FakeKernel::hang_up(const std::string& label) { find_source(label)->in->ended = true; }

// Signals and waiting.

bool FakeKernel::is_ignored(int signo) {
  return step("sigaction " + signal_name(signo), "", [&] { return ignored_.contains(signo); });
}

void FakeKernel::ignore_signal(int signo) {
  step("sigaction " + signal_name(signo), " ignore", [&] { ignored_.insert(signo); });
}

void FakeKernel::exit_on_signal(int signo, int status) {
  step("sigaction " + signal_name(signo), fmt::format(" exit {}", status), [] {});
}

void FakeKernel::signal_on_input(Fd fd, bool enabled) {
  step("fcntl O_ASYNC", " " + std::string(fd.label) + (enabled ? " on" : " off"), [&] { get(fd); });
}

void FakeKernel::block_all_signals() { note_call("sigprocmask all"); }

void FakeKernel::unblock_signal(int signo) { note_call("sigprocmask -" + signal_name(signo)); }

UniqueFd FakeKernel::signalfd(std::span<const int> signals) {
  return step("signalfd", signal_names(signals),
              [&] { return own({.label = "signals", .is_signals = true}); });
}

int FakeKernel::read_signal(Fd signalfd) {
  return step("read signalfd", "", [&] {
    get(signalfd);
    if (signals_.empty()) throw std::logic_error("read signalfd would wait for ever");
    const int signal = signals_.front();
    signals_.pop_front();
    return signal;
  });
}

bool FakeKernel::has_news(const Descriptor& descriptor) const {
  if (descriptor.is_signals) return !signals_.empty();
  const bool has_ended = std::ranges::find(ended_, descriptor.child, &Reaped::pid) != ended_.end();
  if (descriptor.child >= 0 && has_ended) return true;
  return descriptor.in && (!descriptor.in->bytes.empty() || descriptor.in->ended);
}

bool FakeKernel::report_ready(std::span<PollFd> fds) const {
  bool any = false;
  for (PollFd& fd : fds) {
    if (fd.fd < 0) continue;
    const auto found = open_->find(fd.fd);
    fd.readable = found != open_->end() && has_news(found->second);
    fd.hung_up = found == open_->end() || (found->second.in && found->second.in->ended);
    any = any || fd.readable || fd.hung_up;
  }
  return any;
}

// The next thing that happens while somebody waits; false when nothing will.
bool FakeKernel::take_event() {
  if (events_.empty()) return run_children();
  const auto event = std::move(events_.front());
  events_.pop_front();
  event();
  return true;
}

std::chrono::steady_clock::time_point FakeKernel::now() { return now_; }

void FakeKernel::poll(std::span<PollFd> fds, std::optional<std::chrono::milliseconds> timeout) {
  constexpr std::chrono::milliseconds kAtOnce{0};
  std::string labels;
  for (const PollFd& fd : fds) {
    if (fd.fd < 0) continue;
    const auto found = open_->find(fd.fd);
    labels += labels.empty() ? " " : ", ";
    labels += found == open_->end() ? "(not open)" : found->second.label;
  }
  if (timeout) labels += *timeout == kAtOnce ? ": now" : fmt::format(": {} ms", timeout->count());
  begin("poll", "poll" + labels);
  if (report_ready(fds) || timeout == kAtOnce) return;
  if (take_event()) {
    report_ready(fds);
    return;
  }
  // A thread runs to its end: only where nothing else can happen is it sure to have one.
  if (!timeout) run_threads();
  if (report_ready(fds)) return;
  if (!timeout) throw std::logic_error("poll would wait for ever");
  now_ += *timeout;
}

}  // namespace kekkai::testing
