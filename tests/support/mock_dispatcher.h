// A Dispatcher for gMock: every method is expected by hand. For the odd case that
// ScriptedDispatcher has no word for, such as an answer that the kernel gives once in a million
// calls:
//
//     ::testing::NiceMock<MockDispatcher> k;
//     EXPECT_CALL(k, read)
//         .WillOnce(Throw(SyscallError(EIO, "read setup stream")));
//     EXPECT_CALL(k, statx(Labelled("/dev/null"))).WillOnce(Return(FileStatus{.mode = S_IFREG}));
//     EXPECT_CALL(k, fsopen).WillOnce([&] { return k.make(7, "tmpfs"); });
#pragma once

#include <kekkai/syscall/dispatcher.h>

#include <gmock/gmock.h>

namespace kekkai::testing {

/// Matches a descriptor by what it refers to.
MATCHER_P(Labelled, label, "") { return arg.label == label; }

class MockDispatcher : public Dispatcher {
 public:
  MockDispatcher();
  MockDispatcher(const MockDispatcher&) = delete;
  MockDispatcher& operator=(const MockDispatcher&) = delete;
  ~MockDispatcher() override;

  /// A descriptor of this mock, which expects close(number) at its end.
  UniqueFd make(int number, std::string label) { return {number, std::move(label), *this}; }

  MOCK_METHOD(void, close, (int), (noexcept, override));

  MOCK_METHOD(UniqueFd, openat2, (Fd, const std::string&, Open, Resolve, mode_t), (override));
  MOCK_METHOD(FileStatus, statx, (Fd), (override));
  MOCK_METHOD(uint64_t, fstatfs, (Fd), (override));
  MOCK_METHOD(std::string, readlinkat, (Fd, const std::string&), (override));
  MOCK_METHOD(void, mkdirat, (Fd, const std::string&, mode_t), (override));
  MOCK_METHOD(void, symlinkat, (const std::string&, Fd, const std::string&), (override));
  MOCK_METHOD(void, unlinkat, (Fd, const std::string&), (override));
  MOCK_METHOD(void, renameat, (Fd, const std::string&, const std::string&), (override));
  MOCK_METHOD(void, fchmod, (Fd, mode_t), (override));
  MOCK_METHOD(void, empty_file, (Fd), (override));
  MOCK_METHOD(void, lock_for_reading, (Fd), (override));
  MOCK_METHOD(void, access_executable, (Fd, const std::string&), (override));
  MOCK_METHOD(std::vector<std::string>, getdents64, (Fd), (override));
  MOCK_METHOD(size_t, read, (Fd, std::span<std::byte>), (override));
  MOCK_METHOD(size_t, write, (Fd, std::span<const std::byte>), (override));
  MOCK_METHOD(void, lseek_to_start, (Fd), (override));
  MOCK_METHOD(void, fchdir, (Fd), (override));
  MOCK_METHOD(std::string, getcwd, (), (override));
  MOCK_METHOD(mode_t, umask, (mode_t), (override));
  MOCK_METHOD((std::pair<UniqueFd, UniqueFd>), pipe2, (const std::string&), (override));
  MOCK_METHOD((std::pair<UniqueFd, UniqueFd>), socketpair, (const std::string&), (override));
  MOCK_METHOD(void, send, (Fd, std::span<const std::byte>), (override));
  MOCK_METHOD(void, send_descriptor, (Fd, Fd), (override));
  MOCK_METHOD(UniqueFd, receive_descriptor, (Fd, const std::string&), (override));
  MOCK_METHOD(UniqueFd, memfd_create, (const std::string&), (override));
  MOCK_METHOD(void, seal, (Fd), (override));
  MOCK_METHOD(bool, is_open, (int), (override));
  MOCK_METHOD(int, status_flags, (Fd), (override));
  MOCK_METHOD(void, set_status_flags, (Fd, int), (override));

  MOCK_METHOD(UniqueFd, open_tree, (Fd, Reach), (override));
  MOCK_METHOD(void, mount_setattr, (Fd, MountAttr, Propagation, Reach), (override));
  MOCK_METHOD(UniqueFd, fsopen, (const std::string&), (override));
  MOCK_METHOD(void, fsconfig_string,
              (Fd, const std::string&, const std::string&, const std::string&), (override));
  MOCK_METHOD(void, fsconfig_flag, (Fd, const std::string&), (override));
  MOCK_METHOD(void, fsconfig_create, (Fd), (override));
  MOCK_METHOD(UniqueFd, fsmount, (Fd, MountAttr), (override));
  MOCK_METHOD(void, move_mount, (Fd, Fd), (override));
  MOCK_METHOD(void, pivot_root, (const std::string&), (override));
  MOCK_METHOD(void, detach_working_directory, (), (override));

  MOCK_METHOD(pid_t, getpid, (), (override));
  MOCK_METHOD(pid_t, getppid, (), (override));
  MOCK_METHOD(pid_t, getpgid, (pid_t), (override));
  MOCK_METHOD(Ids, getresuid, (), (override));
  MOCK_METHOD(Ids, getresgid, (), (override));
  MOCK_METHOD(ResourceLimit, getrlimit, (int), (override));
  MOCK_METHOD(void, setrlimit, (const ResourceLimit&), (override));
  MOCK_METHOD(void, sethostname, (const std::string&), (override));
  MOCK_METHOD(void, set_process_name, (const std::string&), (override));
  MOCK_METHOD(void, set_dumpable, (bool), (override));
  MOCK_METHOD(void, set_no_ptracer, (), (override));
  MOCK_METHOD(bool, can_replace_image, (), (override));
  MOCK_METHOD(void, clear_ambient_capabilities, (), (override));
  MOCK_METHOD(void, drop_bounding_capability, (unsigned), (override));
  MOCK_METHOD(void, raise_ambient_capability, (unsigned), (override));
  MOCK_METHOD(void, capset, (const Capabilities&), (override));
  MOCK_METHOD(Capabilities, capget, (), (override));
  MOCK_METHOD(unsigned, last_capability, (), (override));
  MOCK_METHOD(void, set_no_new_privs, (), (override));
  MOCK_METHOD(void, unshare, (Namespace), (override));
  MOCK_METHOD(void, setns, (Fd, Namespace), (override));
  MOCK_METHOD(void, set_child_subreaper, (), (override));
  MOCK_METHOD(void, set_parent_death_signal, (int), (override));
  MOCK_METHOD(void, load_filter, (const FilterProgram&), (override));
  MOCK_METHOD(int, landlock_abi, (), (override));

  MOCK_METHOD(std::optional<seccomp_notif>, receive_notification, (Fd), (override));
  MOCK_METHOD(bool, answer_notification, (Fd, uint64_t, int), (override));
  MOCK_METHOD(size_t, read_memory, (pid_t, uint64_t, std::span<std::byte>), (override));

  MOCK_METHOD(UniqueFd, inet_socket, (), (override));
  MOCK_METHOD(void, set_interface_up, (Fd, const std::string&), (override));

  MOCK_METHOD(bool, is_terminal, (Fd), (override));
  MOCK_METHOD(termios, terminal_attributes, (Fd), (override));
  MOCK_METHOD(void, set_terminal_attributes, (Fd, const termios&), (override));
  MOCK_METHOD(void, control_terminal, (Fd, TerminalControl), (override));
  MOCK_METHOD(winsize, window_size, (Fd), (override));
  MOCK_METHOD(void, set_window_size, (Fd, const winsize&), (override));
  MOCK_METHOD(pid_t, foreground_group, (Fd), (override));
  MOCK_METHOD(void, set_foreground_group, (Fd, pid_t), (override));
  MOCK_METHOD(UniqueFd, open_pty_terminal, (Fd), (override));
  MOCK_METHOD(void, unlock_pty, (Fd), (override));
  MOCK_METHOD(void, lock_pty, (Fd), (override));

  MOCK_METHOD(Spawned, spawn, (const SpawnPlan&), (override));
  MOCK_METHOD(FailedExec, execute, (const SpawnPlan&), (override));
  MOCK_METHOD(std::optional<Reaped>, wait4, (WaitFor), (override));
  MOCK_METHOD(std::optional<Reaped>, waitid, (Fd, rusage*), (override));
  MOCK_METHOD(UniqueFd, pidfd_open, (pid_t), (override));
  MOCK_METHOD(void, pidfd_send_signal, (Fd, int), (override));
  MOCK_METHOD(void, kill, (pid_t, int), (override));
  MOCK_METHOD(void, start_thread, (std::function<void()>), (override));
  /// Throw something in the action: a call of this method must not return.
  [[noreturn]] void exit(int status) override {
    on_exit(status);
    throw std::logic_error("MockDispatcher::on_exit has to throw");
  }
  MOCK_METHOD(void, on_exit, (int));

  MOCK_METHOD(bool, is_ignored, (int), (override));
  MOCK_METHOD(void, ignore_signal, (int), (override));
  MOCK_METHOD(void, exit_on_signal, (int, int), (override));
  MOCK_METHOD(void, signal_on_input, (Fd, bool), (override));
  MOCK_METHOD(void, block_all_signals, (), (override));
  MOCK_METHOD(void, unblock_signal, (int), (override));
  MOCK_METHOD(UniqueFd, signalfd, (std::span<const int>), (override));
  MOCK_METHOD(int, read_signal, (Fd), (override));
  MOCK_METHOD(void, poll, (std::span<PollFd>, std::optional<std::chrono::milliseconds>),
              (override));
  MOCK_METHOD(std::chrono::steady_clock::time_point, now, (), (override));
};

}  // namespace kekkai::testing
