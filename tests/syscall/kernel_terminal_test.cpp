// Kernel on a real pseudoterminal.
#include <kekkai/syscall/kernel.h>

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <thread>

namespace kekkai {
namespace {

class KernelTerminal : public ::testing::Test {
 protected:
  KernelTerminal()
      : master_(k.openat2(Fd::cwd(), "/dev/ptmx", Open::kReadWrite | Open::kNoControllingTerminal,
                          Resolve::kAnywhere, 0)) {
    k.unlock_pty(master_);
    terminal_ = k.open_pty_terminal(master_);
    plan.path = "/bin/sh";
    plan.fds = {{terminal_.number(), 0}, {terminal_.number(), 1}, {terminal_.number(), 2}};
    plan.env = {"PATH=/usr/bin:/bin"};
  }

  // What a shell writes to the terminal, which is closed by then.
  std::string output_of(const std::string& script) {
    plan.argv = {"sh", "-c", script};
    const Spawned child = k.spawn(plan);
    EXPECT_EQ(child.failed_call, "");
    terminal_.reset();
    std::string text;
    std::array<std::byte, 4096> buffer{};
    try {
      while (const size_t got = k.read(master_, buffer)) {
        text.append(reinterpret_cast<const char*>(buffer.data()), got);  // NOLINT: text
      }
    } catch (const SyscallError& e) {
      EXPECT_EQ(e.error(), EIO);  // nobody has it open any more
    }
    EXPECT_EQ(k.waitid(child.pidfd), (Reaped{child.pid, 0}));
    std::erase(text, '\r');
    return text;
  }

  Kernel k;
  SpawnPlan plan;
  UniqueFd master_, terminal_;
};

TEST_F(KernelTerminal, TellsTerminalsFromOtherFiles) {
  EXPECT_TRUE(k.is_terminal(terminal_));
  EXPECT_FALSE(k.is_terminal(k.pipe2("pipe").first));
  EXPECT_FALSE(k.is_terminal(Fd(987, "closed")));
}

TEST_F(KernelTerminal, KeepsAttributesAndSize) {
  termios attributes = k.terminal_attributes(terminal_);
  EXPECT_TRUE((attributes.c_lflag & ECHO) != 0);
  attributes.c_lflag &= ~tcflag_t{ECHO};
  k.set_terminal_attributes(master_, attributes);
  EXPECT_EQ(k.terminal_attributes(terminal_).c_lflag, attributes.c_lflag);

  k.set_window_size(master_, {.ws_row = 33, .ws_col = 120});
  const winsize size = k.window_size(terminal_);
  EXPECT_EQ(size.ws_row, 33);
  EXPECT_EQ(size.ws_col, 120);
}

TEST_F(KernelTerminal, CanBeMadeTheUsualOneAgain) {
  const int unusual = 27;  // N_NULL of linux/tty.h
  ASSERT_EQ(::ioctl(terminal_.number(), TIOCSETD, &unusual), 0);
  k.control_terminal(terminal_, TerminalControl::kUsualDiscipline);
  int discipline = -1;
  ASSERT_EQ(::ioctl(terminal_.number(), TIOCGETD, &discipline), 0);
  EXPECT_EQ(discipline, N_TTY);

  ASSERT_EQ(::ioctl(terminal_.number(), TIOCEXCL), 0);
  k.control_terminal(terminal_, TerminalControl::kAllowOpens);
  int exclusive = -1;
  ASSERT_EQ(::ioctl(terminal_.number(), TIOCGEXCL, &exclusive), 0);
  EXPECT_EQ(exclusive, 0);

  ASSERT_EQ(::tcflow(terminal_.number(), TCOOFF), 0);
  k.control_terminal(terminal_, TerminalControl::kRestartOutput);
  EXPECT_EQ(output_of("echo it goes on"), "it goes on\n");
}

// proc(5), /proc/PID/syscall.
void wait_until_it_reads(pid_t thread) {
  const std::string path = "/proc/self/task/" + std::to_string(thread) + "/syscall";
  std::string call;
  while (call != std::to_string(SYS_read)) {
    std::this_thread::yield();
    std::ifstream(path) >> call;
  }
}

TEST_F(KernelTerminal, ThatIsTheUsualOneIsLeftToWhoeverReadsIt) {
  std::atomic<pid_t> reader = 0;
  std::string got;
  std::thread reads([&] {
    reader = static_cast<pid_t>(::syscall(SYS_gettid));
    std::array<std::byte, 16> buffer{};
    try {
      got.assign(k.read(terminal_, buffer), 'x');
    } catch (const SyscallError& e) {
      got = e.what();
    }
  });
  while (reader == 0) std::this_thread::yield();
  wait_until_it_reads(reader);
  k.control_terminal(terminal_, TerminalControl::kUsualDiscipline);
  ASSERT_EQ(::write(master_.number(), "a\n", 2), 2);
  reads.join();
  EXPECT_EQ(got, "xx");
}

TEST_F(KernelTerminal, KeepsStatusFlags) {
  const int flags = k.status_flags(terminal_);
  k.set_status_flags(terminal_, flags | O_NONBLOCK);
  EXPECT_EQ(k.status_flags(terminal_), flags | O_NONBLOCK);
  k.set_status_flags(terminal_, flags);
  EXPECT_EQ(k.status_flags(terminal_), flags);
}

TEST_F(KernelTerminal, RefusesWhatIsNone) {
  const auto [reader, writer] = k.pipe2("pipe");
  EXPECT_THROW(k.terminal_attributes(reader), SyscallError);
  EXPECT_THROW(k.window_size(reader), SyscallError);
  EXPECT_THROW(k.foreground_group(reader), SyscallError);
  EXPECT_THROW(k.open_pty_terminal(terminal_), SyscallError);
  try {
    k.set_window_size(reader, {});
    ADD_FAILURE() << "a pipe has a window";
  } catch (const SyscallError& e) {
    EXPECT_STREQ(e.what(), "ioctl TIOCSWINSZ pipe: Inappropriate ioctl for device");
  }
}

TEST_F(KernelTerminal, BecomesTheControllingTerminalOfANewSession) {
  plan.new_session = true;
  plan.controlling_terminal = terminal_.number();
  EXPECT_EQ(output_of("echo yes >/dev/tty"), "yes\n");
}

TEST_F(KernelTerminal, IsNotTheControllingTerminalOtherwise) {
  plan.new_session = true;
  EXPECT_THAT(output_of("echo yes >/dev/tty || exit 0"), ::testing::HasSubstr("/dev/tty"));
}

TEST_F(KernelTerminal, IsNotTakenAwayFromAnotherSession) {
  plan.new_session = true;
  plan.controlling_terminal = terminal_.number();
  plan.argv = {"sh", "-c", "read line"};
  const Spawned first = k.spawn(plan);
  const Spawned second = k.spawn(plan);
  EXPECT_EQ(second.failed_call, "ioctl TIOCSCTTY /bin/sh");
  EXPECT_EQ(second.error, EPERM);
  k.pidfd_send_signal(first.pidfd, SIGKILL);
  EXPECT_TRUE(k.waitid(first.pidfd));
  EXPECT_TRUE(k.waitid(second.pidfd));
}

// The shell leads a session with this terminal; what it starts has a group of its own and is put
// into the foreground, and back.
TEST_F(KernelTerminal, GivesTheForegroundToANewProcessGroup) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    ::ioctl(terminal_.number(), TIOCSCTTY, 0);
    k.ignore_signal(SIGTTOU);
    const pid_t own = k.getpgid(0);
    bool good = k.foreground_group(terminal_) == own;
    plan.argv = {"sh", "-c", "read line"};
    plan.new_process_group = true;
    plan.foreground_terminal = terminal_.number();
    const Spawned program = k.spawn(plan);
    good = good && k.foreground_group(terminal_) == program.pid;
    k.set_foreground_group(terminal_, own);
    good = good && k.foreground_group(terminal_) == own;
    k.pidfd_send_signal(program.pidfd, SIGKILL);
    k.waitid(program.pidfd);
    k.exit(good ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(KernelTerminal, NeedsTheTerminalOfTheSessionForTheForeground) {
  plan.argv = {"sh"};
  plan.new_process_group = true;
  plan.foreground_terminal = terminal_.number();
  const Spawned child = k.spawn(plan);
  EXPECT_EQ(child.failed_call, "ioctl TIOCSPGRP /bin/sh");
  EXPECT_EQ(child.error, ENOTTY);
  EXPECT_TRUE(k.waitid(child.pidfd));
}

TEST_F(KernelTerminal, TravelsOverASocket) {
  const auto [here, there] = k.socketpair("lifeline");
  k.send_descriptor(there, master_);
  const UniqueFd received = k.receive_descriptor(here, "terminal of the container");
  EXPECT_EQ(received.label(), "terminal of the container");
  EXPECT_EQ(k.statx(received).ino, k.statx(master_).ino);
  EXPECT_NE(received.number(), master_.number());
}

TEST_F(KernelTerminal, IsNotWaitedForAtTheSocket) {
  const auto [here, there] = k.socketpair("lifeline");
  const auto error = [&] {
    try {
      k.receive_descriptor(here, "terminal");
      return 0;
    } catch (const SyscallError& e) {
      return e.error();
    }
  };
  EXPECT_EQ(error(), EAGAIN);
  k.send(there, std::array{std::byte{1}});
  EXPECT_EQ(error(), ENOMSG);
}

}  // namespace
}  // namespace kekkai
