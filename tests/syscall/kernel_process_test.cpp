// Kernel on processes, threads, signals and filters of its own. What would change this process is
// done in a child.
#include <kekkai/syscall/kernel.h>

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

namespace kekkai {
namespace {

constexpr pid_t kNoSuchProcess = 4'194'305;  // above the largest pid_max (proc(5))

std::string error_of(const std::function<void()>& run) {
  try {
    run();
    return "no error";
  } catch (const SyscallError& e) {
    return e.what();
  }
}

// The wait status of a child that returns what `run` does.
int status_in_child(const std::function<int()>& run) {
  const pid_t pid = fork();
  if (pid == 0) {
    try {
      _exit(run());
    } catch (...) {
      _exit(99);
    }
  }
  int status = -1;
  waitpid(pid, &status, 0);
  return status;
}

pid_t start_child_that_exits(int status) {
  const pid_t pid = fork();
  if (pid == 0) _exit(status);
  return pid;
}

// Refuses one system call with an errno.
FilterProgram refusing(long call, int error) {
  return {{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
          {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<uint32_t>(call)},
          {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | static_cast<uint32_t>(error)},
          {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
}

TEST(KernelWaiting, TellsWhenThereIsNoChild) {
  Kernel k;
  EXPECT_EQ(k.wait4(WaitFor::kEnd), std::nullopt);
}

TEST(KernelWaiting, ReapsAnyChild) {
  Kernel k;
  const pid_t pid = start_child_that_exits(7);
  EXPECT_EQ(k.wait4(WaitFor::kEnd), (Reaped{pid, W_EXITCODE(7, 0)}));
  EXPECT_EQ(k.wait4(WaitFor::kEnd), std::nullopt);
}

TEST(KernelWaiting, ReapsTheChildBehindAPidfd) {
  Kernel k;
  const pid_t other = start_child_that_exits(1);
  const pid_t pid = start_child_that_exits(255);
  const UniqueFd pidfd = k.pidfd_open(pid);
  EXPECT_EQ(k.waitid(pidfd), (Reaped{pid, W_EXITCODE(255, 0)}));
  EXPECT_EQ(k.waitid(pidfd), std::nullopt);
  EXPECT_EQ(k.wait4(WaitFor::kEnd), (Reaped{other, W_EXITCODE(1, 0)}));
}

TEST(KernelWaiting, TellsWhichSignalEndedAChild) {
  Kernel k;
  const pid_t pid = fork();
  if (pid == 0) {
    for (;;) pause();
  }
  const UniqueFd pidfd = k.pidfd_open(pid);
  k.pidfd_send_signal(pidfd, SIGKILL);
  EXPECT_EQ(k.waitid(pidfd), (Reaped{pid, SIGKILL}));
  EXPECT_EQ(error_of([&] { k.pidfd_send_signal(pidfd, SIGTERM); }),
            "pidfd_send_signal SIGTERM: No such process");
}

TEST(KernelWaiting, IsNoErrorWhereSomebodyElseWaited) {
  Kernel k;
  const pid_t pid = start_child_that_exits(0);
  const UniqueFd pidfd = k.pidfd_open(pid);
  EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
  EXPECT_EQ(k.waitid(pidfd), std::nullopt);
}

TEST(KernelProcesses, FailWithTheCallAsSpelled) {
  Kernel k;
  EXPECT_EQ(error_of([&] { k.kill(kNoSuchProcess, SIGTERM); }),
            "kill 4194305 SIGTERM: No such process");
  EXPECT_EQ(error_of([&] { k.pidfd_open(kNoSuchProcess); }), "pidfd_open 4194305: No such process");
  EXPECT_EQ(error_of([&] { k.pidfd_send_signal(Fd(999'999, "gone"), SIGKILL); }),
            "pidfd_send_signal SIGKILL: Bad file descriptor");
  EXPECT_EQ(error_of([&] { k.waitid(Fd(999'999, "gone")); }), "waitid: Bad file descriptor");
  EXPECT_EQ(error_of([&] { k.is_ignored(SIGKILL + 100); }),
            "sigaction signal 109: Invalid argument");
  EXPECT_EQ(error_of([&] { k.ignore_signal(SIGKILL); }), "sigaction SIGKILL: Invalid argument");
  EXPECT_EQ(error_of([&] { k.drop_bounding_capability(100); }).substr(0, 26),
            "prctl PR_CAPBSET_DROP 100:");
  EXPECT_EQ(error_of([&] { k.set_interface_up(k.inet_socket(), "none"); }).substr(0, 24),
            "ioctl SIOCSIFFLAGS none:");
  EXPECT_EQ(error_of([&] { k.pivot_root("nowhere"); }).substr(0, 19), "pivot_root nowhere:");
}

TEST(KernelProcesses, EndAtOnceWithTheirStatus) {
  EXPECT_EQ(status_in_child([]() -> int { Kernel().exit(3); }), W_EXITCODE(3, 0));
}

TEST(KernelProcesses, AreNamed) {
  EXPECT_EQ(status_in_child([] {
              Kernel().set_process_name("kekkai-init");
              std::array<char, 16> name{};
              prctl(PR_GET_NAME, name.data());
              return std::string(name.data()) == "kekkai-init" ? 0 : 1;
            }),
            0);
}

TEST(KernelProcesses, CanBeHiddenFromOthersOfTheSameUser) {
  EXPECT_EQ(status_in_child([] {
              Kernel k;
              k.set_dumpable(false);
              const int hidden = prctl(PR_GET_DUMPABLE);
              k.set_dumpable(true);
              return hidden == 0 && prctl(PR_GET_DUMPABLE) == 1 ? 0 : 1;
            }),
            0);
}

std::string first_line_after(const char* path, const std::string& name) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line) && !line.starts_with(name)) {
  }
  return line.substr(name.size());
}

TEST(KernelCapabilities, AreThoseOfThisThread) {
  const Capabilities own = Kernel().capget();
  const auto told = [](const std::string& name) {
    return std::stoull(first_line_after("/proc/thread-self/status", name + ":\t"), nullptr, 16);
  };
  EXPECT_EQ(own.effective, told("CapEff"));
  EXPECT_EQ(own.permitted, told("CapPrm"));
  EXPECT_EQ(own.inheritable, told("CapInh"));
}

TEST(KernelCapabilities, EndWithTheLastThatTheKernelKnows) {
  EXPECT_EQ(std::to_string(Kernel().last_capability()),
            first_line_after("/proc/sys/kernel/cap_last_cap", ""));
}

// As every kernel of Debian's.
TEST(KernelImage, CanBeReplaced) { EXPECT_TRUE(Kernel().can_replace_image()); }

TEST(KernelSignals, AreIgnoredOnDemand) {
  EXPECT_EQ(status_in_child([] {
              Kernel k;
              if (k.is_ignored(SIGUSR1)) return 1;
              k.ignore_signal(SIGUSR1);
              raise(SIGUSR1);
              return k.is_ignored(SIGUSR1) ? 0 : 2;
            }),
            0);
}

TEST(KernelSignals, AreReadFromADescriptor) {
  EXPECT_EQ(status_in_child([] {
              Kernel k;
              k.block_all_signals();
              const UniqueFd signals = k.signalfd(std::array{SIGTERM, SIGUSR1});
              ::kill(getpid(), SIGUSR1);
              return k.read_signal(signals) == SIGUSR1 ? 0 : 1;
            }),
            0);
}

TEST(KernelSignals, EndTheProcessWhenALifelineHangsUp) {
  Kernel k;
  for (const bool hang_up : {true, false}) {
    auto [ours, theirs] = k.socketpair("lifeline");
    auto [ready_in, ready_out] = k.pipe2("ready");
    const pid_t pid = fork();
    if (pid == 0) {
      ours.reset();
      k.exit_on_signal(SIGIO, 42);
      k.signal_on_input(theirs, true);
      k.write(ready_out, std::as_bytes(std::span("r", 1)));
      for (;;) pause();
    }
    theirs.reset();
    std::array<std::byte, 1> byte{};
    k.read(ready_in, byte);
    if (hang_up) {
      ours.reset();
    } else {
      k.send(ours, byte);
    }
    EXPECT_EQ(k.wait4(WaitFor::kEnd), (Reaped{pid, W_EXITCODE(42, 0)})) << hang_up;
  }
}

// Otherwise a process of the container could end init with it.
TEST(KernelSignals, EndNothingThatSomebodySent) {
  EXPECT_EQ(status_in_child([] {
              Kernel k;
              k.block_all_signals();
              k.exit_on_signal(SIGIO, 42);
              ::kill(getpid(), SIGIO);
              k.unblock_signal(SIGIO);
              return 0;
            }),
            0);
}

TEST(KernelSignals, NoLongerComeFromADisarmedLifeline) {
  Kernel k;
  auto [ours, theirs] = k.socketpair("lifeline");
  EXPECT_EQ(status_in_child([&, out = Fd(ours), in = Fd(theirs)] {
              k.exit_on_signal(SIGIO, 42);
              k.signal_on_input(in, true);
              k.signal_on_input(in, false);
              k.send(out, std::as_bytes(std::span("x", 1)));
              std::array<std::byte, 2> buffer{};
              return k.read(in, buffer) == 1 ? 0 : 1;
            }),
            0);
}

// What comes between its exec and the return of spawn() is as what comes here.
TEST(KernelSignals, EndNothingOnceTheProgramRuns) {
  Kernel k;
  for (const bool ends : {true, false}) {
    auto [ours, theirs] = k.socketpair("lifeline");
    EXPECT_EQ(status_in_child([&, out = Fd(ours), in = Fd(theirs)] {
                k.exit_on_signal(SIGIO, 42);
                k.signal_on_input(in, true);
                const Spawned child =
                    k.spawn({.path = "/bin/true", .argv = {"true"}, .ends_exit_on_signal = ends});
                k.send(out, std::as_bytes(std::span("x", 1)));
                return k.waitid(child.pidfd)->status;
              }),
              W_EXITCODE(ends ? 0 : 42, 0));
  }
}

TEST(KernelThreads, RunWhatTheyAreGiven) {
  Kernel k;
  auto [in, out] = k.pipe2("pipe");
  std::atomic<pid_t> thread = 0;
  k.start_thread([&, fd = Fd(out)] {
    thread = ::gettid();
    k.write(fd, std::as_bytes(std::span("x", 1)));
  });
  std::array<std::byte, 1> byte{};
  EXPECT_EQ(k.read(in, byte), 1U);
  EXPECT_EQ(byte[0], std::byte{'x'});
  // A fork while it still ends, in the next test, would copy its locks but not the thread.
  while (::tgkill(::getpid(), thread, 0) == 0) std::this_thread::yield();
}

TEST(KernelFilters, ReachEveryThread) {
  EXPECT_EQ(status_in_child([] {
              Kernel k;
              auto [go_in, go] = k.pipe2("go");
              auto [answer, answer_out] = k.pipe2("answer");
              k.start_thread([&k, in = Fd(go_in), out = Fd(answer_out)] {
                std::array<std::byte, 1> byte{};
                k.read(in, byte);
                const bool refused = ::syscall(SYS_getppid) < 0 && errno == EXDEV;
                byte[0] = std::byte{refused};
                k.write(out, byte);
              });
              k.set_no_new_privs();
              k.load_filter(refusing(SYS_getppid, EXDEV));
              std::array<std::byte, 1> byte{};
              k.write(go, byte);
              k.read(answer, byte);
              return byte[0] == std::byte{1} && ::syscall(SYS_getppid) < 0 ? 0 : 1;
            }),
            0);
}

TEST(KernelFilters, ThatAreNoneAreRefused) {
  EXPECT_EQ(status_in_child([] {
              Kernel k;
              k.set_no_new_privs();
              return error_of([&] { k.load_filter({}); }) == "seccomp: Invalid argument" ? 0 : 1;
            }),
            0);
}

TEST(KernelLandlock, HasAVersionOrIsNotThere) {
  Kernel k;
  try {
    EXPECT_GE(k.landlock_abi(), 1);
  } catch (const SyscallError& e) {
    EXPECT_EQ(e.call(), "landlock_create_ruleset");
    EXPECT_TRUE(e.error() == ENOSYS || e.error() == EOPNOTSUPP) << e.what();
  }
}

TEST(KernelLandlock, IsNotThereWhereItIsSwitchedOff) {
  EXPECT_EQ(status_in_child([] {
              Kernel k;
              k.set_no_new_privs();
              k.load_filter(refusing(SYS_landlock_create_ruleset, EOPNOTSUPP));
              return error_of([&] { k.landlock_abi(); }) ==
                             "landlock_create_ruleset: Operation not supported"
                         ? 0
                         : 1;
            }),
            0);
}

}  // namespace
}  // namespace kekkai
