#include "terminal.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace kekkai::cli {
namespace {

UniqueFd open_terminal(Dispatcher& k) {
  return k.openat2(Fd::cwd(), "/dev/tty", Open::kReadWrite, Resolve::kAnywhere);
}

const std::array kStdio{Fd(0, "stdin"), Fd(1, "stdout"), Fd(2, "stderr")};

// A terminal of the program's own takes what is typed, over stdin. Without one the program may
// still change the modes of whatever terminal it was handed.
UniqueFd open_terminal_for(Dispatcher& k, Terminal kind) {
  if (kind == Terminal::kKept) return open_kept_terminal(k);
  if (kind == Terminal::kOwn ? !k.is_terminal(kStdio[0]) : !has_terminal(k)) return {};
  try {
    return open_terminal(k);
  } catch (const SyscallError&) {
    return {};  // the terminal is not our session's: nobody controls jobs there
  }
}

termios made_raw(termios attributes) {
  ::cfmakeraw(&attributes);
  return attributes;
}

std::string pid_namespace_of(Dispatcher& k, pid_t pid) {
  try {
    return k.readlinkat(Fd::cwd(), "/proc/" + std::to_string(pid) + "/ns/pid");
  } catch (const SyscallError&) {
    return {};
  }
}

// Its group, one of which nobody is left, or that of one of its jobs.
bool is_of_program(Dispatcher& k, pid_t group, pid_t program) {
  if (group == program) return true;
  try {
    k.kill(-group, 0);
  } catch (const SyscallError& e) {
    return e.error() == ESRCH;
  }
  const std::string ns = pid_namespace_of(k, program);
  return !ns.empty() && ns == pid_namespace_of(k, group);
}

// First of all: under another line discipline a terminal has no modes to be asked for.
void undo_what_is_no_mode(Dispatcher& k, Fd terminal) {
  for (const TerminalControl what :
       {TerminalControl::kUsualDiscipline, TerminalControl::kAllowOpens,
        TerminalControl::kRestartOutput}) {
    try {
      k.control_terminal(terminal, what);
    } catch (const SyscallError&) {
      // Whatever can be undone is.
    }
  }
}

// Makes the terminal as it was, unless somebody else than the program has it by now.
void restore(Dispatcher& k, Fd terminal, const Loan& loan) {
  const pid_t foreground = k.foreground_group(terminal);
  if (foreground != loan.callers_group) {
    if (loan.kind != Terminal::kKept || !is_of_program(k, foreground, loan.program)) return;
    k.set_foreground_group(terminal, loan.callers_group);
  }
  k.set_terminal_attributes(terminal, loan.callers);
}

}  // namespace

UniqueFd open_kept_terminal(Dispatcher& k) {
  try {
    return open_terminal(k);
  } catch (const SyscallError& e) {
    if (e.error() != ENXIO) throw;
    throw std::invalid_argument(
        "--tty: there is no terminal to keep; --pty gives the program one of its own");
  }
}

// A program in a pipeline leaves the terminal to the others in it: in the foreground there is room
// for one process group only.
bool can_keep_terminal(Dispatcher& k) {
  if (S_ISFIFO(k.statx(kStdio[1]).mode)) return false;
  try {
    open_terminal(k);
    return true;
  } catch (const SyscallError&) {
    return false;
  }
}

bool has_terminal(Dispatcher& k) {
  return std::ranges::any_of(kStdio, [&](Fd stdio) { return k.is_terminal(stdio); });
}

LentTerminal::LentTerminal(Dispatcher& k, Terminal kind)
    : k_(k), loan_{.kind = kind, .callers_group = k.getpgid(0)} {
  terminal_ = open_terminal_for(k, kind);
  if (!terminal_) return;
  for (const Fd stdio : kStdio) {
    if (k.is_terminal(stdio)) flags_.emplace_back(stdio, k.status_flags(stdio));
  }
  k.ignore_signal(SIGTTOU);  // or we could not take it back from the background
  if (kind != Terminal::kNone) start_guard();
  if (kind == Terminal::kOwn || k.foreground_group(terminal_) != loan_.callers_group) return;
  loan_.callers = k.terminal_attributes(terminal_);
  remember(true);  // init gives it, right before the program starts
}

LentTerminal::~LentTerminal() { end(); }

void LentTerminal::end() noexcept {
  take_back();
  guards_news_.reset();
  try {
    if (guard_.pidfd) k_.waitid(std::exchange(guard_.pidfd, {}));
  } catch (const SyscallError&) {
    // It ends all the same.
  }
}

// A shell that controls jobs has put us into a process group of our own, and takes the terminal
// back itself when we die. Nobody does it for a script.
void LentTerminal::start_guard() {
  const pid_t parent = k_.getppid();
  if (parent == 0 || k_.getpgid(parent) != loan_.callers_group) return;
  auto [news, teller] = k_.pipe2("news for the guard of the terminal");
  SpawnPlan plan{.path = "/proc/self/exe", .argv = {kGuardName}};
  plan.fds = {{news.number(), 0}, {terminal_.number(), 1}};
  guard_ = k_.spawn(plan);
  guards_news_ = std::move(teller);
}

void LentTerminal::remember(bool lent) {
  loan_.lent = lent;
  if (!guards_news_) return;
  try {
    write_all(k_, guards_news_, std::as_bytes(std::span(&loan_, 1)));
  } catch (const SyscallError&) {
    // Without a guard it goes as well, as long as nobody kills us.
  }
}

void LentTerminal::program_started(pid_t program) {
  loan_.program = programs_group_ = program;
  if (loan_.lent) remember(true);
  if (loan_.kind == Terminal::kOwn) lend();
}

void LentTerminal::lend() {
  if (!terminal_ || loan_.lent) return;
  try {
    give();
  } catch (const SyscallError&) {
    // The terminal is gone.
  }
}

void LentTerminal::give() {
  if (k_.foreground_group(terminal_) != loan_.callers_group) return;
  loan_.callers = k_.terminal_attributes(terminal_);
  remember(true);
  if (loan_.kind == Terminal::kOwn) {
    k_.set_terminal_attributes(terminal_, made_raw(loan_.callers));
    return;
  }
  if (programs_) k_.set_terminal_attributes(terminal_, *programs_);
  if (loan_.kind == Terminal::kKept) k_.set_foreground_group(terminal_, programs_group_);
}

void LentTerminal::take_back() noexcept {
  if (!loan_.lent) return;
  try {
    undo_what_is_no_mode(k_, terminal_);
    keep_what_program_made();
    restore(k_, terminal_, loan_);
    // Whoever has the same open file shares them: one that does not block would fail our caller.
    for (const auto& [stdio, flags] : flags_) k_.set_status_flags(stdio, flags);
  } catch (const SyscallError&) {
    // The terminal is gone.
  }
  remember(false);
}

void LentTerminal::keep_what_program_made() {
  const pid_t foreground = k_.foreground_group(terminal_);
  if (loan_.kind == Terminal::kKept) {
    if (foreground == loan_.callers_group || !is_of_program(k_, foreground, loan_.program)) return;
    programs_group_ = foreground;
  }
  programs_ = k_.terminal_attributes(terminal_);
}

winsize LentTerminal::size() const {
  for (const Fd stdio : kStdio) {
    if (k_.is_terminal(stdio)) return k_.window_size(stdio);
  }
  return {};
}

int guard_terminal(Dispatcher& k) {
  k.block_all_signals();
  const Fd terminal(1, "terminal");
  Loan loan;
  std::array<std::byte, sizeof loan> news{};
  try {
    while (k.read(Fd(0, "news"), news) == sizeof loan) {
      std::memcpy(&loan, news.data(), sizeof loan);
    }
    if (!loan.lent) return 0;
    undo_what_is_no_mode(k, terminal);
    restore(k, terminal, loan);
  } catch (const SyscallError&) {
    // The terminal is gone.
  }
  return 0;
}

}  // namespace kekkai::cli
