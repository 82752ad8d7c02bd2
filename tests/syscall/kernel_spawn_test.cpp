// Kernel::spawn: what the new process is given, and what is told when it does not come to be.
#include <kekkai/syscall/kernel.h>

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace kekkai {
namespace {

constexpr int kExited127 = W_EXITCODE(127, 0);

class KernelSpawn : public ::testing::Test {
 protected:
  KernelSpawn()
      : null_(k.openat2(Fd::cwd(), "/dev/null", Open::kReadWrite, Resolve::kAnywhere, 0)) {
    std::tie(out_, in_) = k.pipe2("output");
    plan.fds = {{null_.number(), 0}, {in_.number(), 1}, {2, 2}};
  }

  // What `plan` writes to its descriptor 1, when it ends with status 0.
  std::string output() {
    const Spawned child = k.spawn(plan);
    EXPECT_EQ(child.failed_call, "");
    in_.reset();
    std::string text = read_text(k, out_);
    EXPECT_EQ(k.waitid(child.pidfd), (Reaped{child.pid, 0}));
    return text;
  }
  std::string output_of(std::vector<std::string> argv) {
    plan.path = argv.front();
    plan.argv = std::move(argv);
    return output();
  }
  // "execve /bin/x: ENOENT"; the child has ended, and waits to be waited for.
  std::string failure() {
    const Spawned child = k.spawn(plan);
    EXPECT_EQ(k.waitid(child.pidfd), (Reaped{child.pid, kExited127}));
    EXPECT_EQ(k.waitid(child.pidfd), std::nullopt);
    EXPECT_EQ(k.wait4(WaitFor::kEnd), std::nullopt);
    return child.failed_call + ": " + errno_name(child.error);
  }
  std::string failure_of(std::vector<std::string> argv) {
    plan.path = argv.front();
    plan.argv = std::move(argv);
    return failure();
  }

  Kernel k;
  SpawnPlan plan;
  UniqueFd null_, out_, in_;
};

TEST_F(KernelSpawn, GivesArgumentsAndNothingButTheEnvironmentOfThePlan) {
  plan.path = "/bin/sh";
  plan.argv = {"a name", "-c", "echo \"$0|$1|$2\"; exec env", "zero", "", "two words"};
  plan.env = {"A=1", "EMPTY=", "PATH=/usr/bin:/bin"};
  EXPECT_EQ(output().substr(0, 17), "zero||two words\nA");
  std::tie(out_, in_) = k.pipe2("output");
  plan.fds[1].source = in_.number();
  EXPECT_EQ(output_of({"/usr/bin/env"}), "A=1\nEMPTY=\nPATH=/usr/bin:/bin\n");
}

TEST_F(KernelSpawn, TellsPidAndExitStatus) {
  plan.path = "/bin/sh";
  plan.argv = {"sh", "-c", "exit 7"};
  const Spawned child = k.spawn(plan);
  EXPECT_GT(child.pid, 1);
  EXPECT_EQ(child.pidfd.label(), "/bin/sh");
  EXPECT_EQ(fcntl(child.pidfd.number(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(k.waitid(child.pidfd), (Reaped{child.pid, W_EXITCODE(7, 0)}));
}

TEST_F(KernelSpawn, TellsWhyAProgramCouldNotBeExecuted) {
  plan.env = {"PATH=/bin"};
  EXPECT_EQ(failure_of({"/no/such/program"}), "execve /no/such/program: ENOENT");
  EXPECT_EQ(failure_of({"/dev/null/x"}), "execve /dev/null/x: ENOTDIR");
  EXPECT_EQ(failure_of({"/etc/passwd"}), "execve /etc/passwd: EACCES");
  EXPECT_EQ(failure_of({"/"}), "execve /: EACCES");
  EXPECT_EQ(failure_of({"/bin/true", std::string(1 << 20, 'x')}), "execve /bin/true: E2BIG");
  const UniqueFd text = k.memfd_create("text");
  write_all(k, text, "no program\n");
  k.fchmod(text, 0755);
  const std::string path = "/proc/self/fd/" + std::to_string(text.number());
  EXPECT_EQ(failure_of({path}), "execve " + path + ": ENOEXEC");
}

TEST_F(KernelSpawn, ReapsNothing) {
  plan.path = "/bin/true";
  plan.argv = {"true"};
  const Spawned first = k.spawn(plan);
  EXPECT_EQ(k.waitid(first.pidfd), (Reaped{first.pid, 0}));
  const Spawned second = k.spawn(plan);
  EXPECT_EQ(k.wait4(WaitFor::kEnd), (Reaped{second.pid, 0}));
}

TEST_F(KernelSpawn, GivesDescriptorsTheirPlacesAndClosesAllOthers) {
  const UniqueFd inherited = k.memfd_create("not close-on-exec");
  fcntl(inherited.number(), F_SETFD, 0);
  const UniqueFd a = k.memfd_create("a");
  const UniqueFd b = k.memfd_create("b");
  const std::vector<FdPlacement> stdio = plan.fds;
  // Down from the highest: whatever place a source has on the way is the place of another one.
  std::vector<FdPlacement> every_place;
  std::string names_of_every_place;
  for (int target = 40; target >= 3; --target) {
    every_place.push_back({target % 2 == 0 ? a.number() : b.number(), target});
    names_of_every_place =
        std::to_string(target) + (target % 2 == 0 ? " a " : " b ") + names_of_every_place;
  }
  const struct {
    std::vector<FdPlacement> extra;
    std::string names;  // of descriptors 3 and up
  } cases[] = {
      {{}, ""},
      {{{a.number(), 3}, {b.number(), 4}}, "3 a 4 b "},
      {{{b.number(), 3}, {a.number(), 4}}, "3 b 4 a "},
      {{{a.number(), b.number()}, {b.number(), a.number()}},
       std::to_string(a.number()) + " b " + std::to_string(b.number()) + " a "},
      {{{a.number(), a.number()}, {b.number(), b.number()}},
       std::to_string(a.number()) + " a " + std::to_string(b.number()) + " b "},
      {{{a.number(), 3}, {a.number(), 4}, {a.number(), a.number()}},
       "3 a 4 a " + std::to_string(a.number()) + " a "},
      {{{a.number(), 200}}, "200 a "},
      {every_place, names_of_every_place},
  };
  const std::string script =
      "for n in {3..210}; do [ -e /proc/$$/fd/$n ] || continue; "
      "l=$(readlink /proc/$$/fd/$n) || continue; case $l in pipe:* | /dev/*) continue;; esac; "
      "l=${l#/memfd:}; echo -n \"$n ${l%% *} \"; done";
  for (const auto& c : cases) {
    std::tie(out_, in_) = k.pipe2("output");
    plan.fds = stdio;
    plan.fds[1].source = in_.number();
    plan.fds.insert(plan.fds.end(), c.extra.begin(), c.extra.end());
    plan.env = {"PATH=/usr/bin:/bin", "LC_ALL=C"};
    std::string text = output_of({"/bin/bash", "-c", script});
    EXPECT_EQ(text, c.names);
  }
}

TEST_F(KernelSpawn, CanExchangeInputAndOutput) {
  plan.fds = {{in_.number(), 0}, {null_.number(), 1}, {2, 2}};
  plan.env = {"PATH=/bin"};
  EXPECT_EQ(output_of({"/bin/sh", "-c", "echo through 0 >&0"}), "through 0\n");
}

TEST_F(KernelSpawn, RefusesADescriptorThatIsNotOpen) {
  plan.fds.push_back({999'999, 3});
  EXPECT_EQ(failure_of({"/bin/true"}), "fcntl F_DUPFD /bin/true: EBADF");
}

// Restores what a test changes of the signals of this thread and process.
class SignalsAsBefore {
 public:
  SignalsAsBefore() {
    pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
    for (int signo : {SIGHUP, SIGPIPE, SIGUSR1}) sigaction(signo, nullptr, &actions_[signo]);
  }
  SignalsAsBefore(const SignalsAsBefore&) = delete;
  SignalsAsBefore& operator=(const SignalsAsBefore&) = delete;
  ~SignalsAsBefore() {
    for (int signo : {SIGHUP, SIGPIPE, SIGUSR1}) sigaction(signo, &actions_[signo], nullptr);
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }

 private:
  sigset_t mask_{};
  struct sigaction actions_[32]{};
};

TEST_F(KernelSpawn, ResetsSignals) {
  const SignalsAsBefore restore;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGUSR1, [](int) {});
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
  const std::vector<std::string> look{"/bin/sed", "-n", "/^Sig[BIC]/p", "/proc/self/status"};
  const std::string none(16, '0');
  EXPECT_EQ(output_of(look),
            "SigBlk:\t" + none + "\nSigIgn:\t" + none + "\nSigCgt:\t" + none + "\n");

  std::tie(out_, in_) = k.pipe2("output");
  plan.fds[1].source = in_.number();
  plan.ignore_hangup = true;
  EXPECT_EQ(output_of(look), "SigBlk:\t" + none +
                                 "\nSigIgn:\t000000000000000"
                                 "1\nSigCgt:\t" +
                                 none + "\n");

  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&after, SIGTERM), 1);
  EXPECT_EQ(sigismember(&after, SIGINT), 0);
  EXPECT_TRUE(k.is_ignored(SIGPIPE));
}

TEST_F(KernelSpawn, MakesASessionOnDemand) {
  plan.env = {"PATH=/usr/bin:/bin"};
  const std::vector<std::string> look{"/bin/sh", "-c", "cut -d' ' -f6 /proc/$$/stat; echo $$"};
  plan.new_session = true;
  const std::string own = output_of(look);
  const std::string session = own.substr(0, own.find('\n') + 1);
  EXPECT_EQ(own, session + session);

  std::tie(out_, in_) = k.pipe2("output");
  plan.fds[1].source = in_.number();
  plan.new_session = false;
  EXPECT_TRUE(output_of(look).starts_with(std::to_string(getsid(0)) + "\n"));
}

TEST_F(KernelSpawn, FailsWithTheNamespacesWhereThereCanBeNoProcess) {
  plan.path = "/bin/true";
  plan.namespaces = static_cast<Namespace>(CLONE_THREAD);  // EINVAL without CLONE_SIGHAND
  try {
    k.spawn(plan);
    ADD_FAILURE() << "a process was made";
  } catch (const SyscallError& e) {
    EXPECT_STREQ(e.what(), "clone (65536): Invalid argument");
  }
}

TEST_F(KernelSpawn, WorksFromSeveralThreadsAtOnce) {
  plan.path = "/bin/true";
  plan.argv = {"true"};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int run = 0; run < 10; ++run) {
        const Spawned child = k.spawn(plan);
        EXPECT_EQ(child.failed_call, "");
        EXPECT_EQ(k.waitid(child.pidfd), (Reaped{child.pid, 0}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Refuses some system calls with EXDEV.
FilterProgram refusing(const std::vector<long>& calls) {
  FilterProgram program{{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)}};
  for (const long call : calls) {
    program.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<uint32_t>(call)});
    program.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EXDEV});
  }
  program.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
  return program;
}

// Instead of a program.
TEST_F(KernelSpawn, RunsInACopyOfThisProcess) {
  const UniqueFd closed = k.memfd_create("not of the plan");
  fcntl(closed.number(), F_SETFD, 0);
  const UniqueFd report = k.memfd_create("report");
  signal(SIGUSR1, [](int) {});
  int value = 1;
  plan.path = "a copy";
  plan.fds.push_back({closed.number(), 9});
  plan.report = report.number();
  plan.copy = [&](const FailedExec& failed) {
    std::string text = failed.call + std::to_string(value) + " has";
    for (int fd = 0; fd < 1024; ++fd) {
      if (fcntl(fd, F_GETFD) >= 0) text += " " + std::to_string(fd);
    }
    struct sigaction action {};
    sigaction(SIGUSR1, nullptr, &action);
    if (action.sa_handler == SIG_DFL) text += ", no handler";
    value = 2;
    return ::write(1, text.data(), text.size()) == std::ssize(text) ? 5 : 6;
  };
  const Spawned child = k.spawn(plan);
  in_.reset();
  EXPECT_EQ(read_text(k, out_), "1 has 0 1 2 9, no handler");
  EXPECT_EQ(k.waitid(child.pidfd), (Reaped{child.pid, W_EXITCODE(5, 0)}));
  EXPECT_EQ(value, 1) << "it is the copy's own";
  signal(SIGUSR1, SIG_DFL);
}

TEST_F(KernelSpawn, TellsTheCopyWhatFailed) {
  plan.path = "a copy";
  plan.fds.push_back({999, 9});
  plan.report = in_.number();
  plan.copy = [](const FailedExec& failed) {
    const std::string text = failed.call + ": " + errno_name(failed.error);
    return ::write(failed.report, text.data(), text.size()) == std::ssize(text) ? 5 : 6;
  };
  const Spawned child = k.spawn(plan);
  EXPECT_EQ(child.failed_call, "") << "nobody waits for that";
  in_.reset();
  EXPECT_EQ(read_text(k, out_), "fcntl F_DUPFD a copy: EBADF");
  EXPECT_EQ(k.waitid(child.pidfd), (Reaped{child.pid, W_EXITCODE(5, 0)}));
}

struct ChangedData {
  std::string text = "made before";
} changed_data;

// CVE-2019-5736, for a process that executes nothing.
TEST_F(KernelSpawn, ACopyMovesToAReadOnlyImage) {
  plan.path = k.readlinkat(Fd::cwd(), "/proc/self/exe");
  plan.argv = {"another name"};
  plan.namespaces = Namespace::kUser | Namespace::kMount;
  plan.ambient_capabilities = uint64_t{1} << CAP_SYS_ADMIN;
  plan.read_only_image = true;
  changed_data.text = "made by the test";
  plan.copy = [&](const FailedExec& failed) {
    std::string text = failed.call;
    try {
      changed_data.text += ", and by the copy";
      throw std::runtime_error(changed_data.text);
    } catch (const std::exception& e) {
      text += e.what();
    }
    struct statvfs mount {};
    const int image = ::open("/proc/self/exe", O_RDONLY);
    if (::fstatvfs(image, &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0) text += ", read-only";
    struct stat seen {
    }, own{};
    if (::fstat(image, &seen) == 0 && ::stat(plan.path.c_str(), &own) == 0 &&
        seen.st_ino == own.st_ino) {
      text += ", the same file";
    }
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      if (line.ends_with(plan.path)) text += "\n" + line;
    }
    std::ifstream words("/proc/self/cmdline");
    text += std::string(", ") + std::string(std::istreambuf_iterator<char>(words), {}).c_str();
    return ::write(1, text.data(), text.size()) == std::ssize(text) ? 5 : 6;
  };
  const Spawned child = k.spawn(plan);
  in_.reset();
  EXPECT_EQ(read_text(k, out_),
            "made by the test, and by the copy, read-only, the same file, another name");
  EXPECT_EQ(k.waitid(child.pidfd), (Reaped{child.pid, W_EXITCODE(5, 0)}));
  EXPECT_EQ(changed_data.text, "made by the test");
}

TEST_F(KernelSpawn, ACopyDoesNotMoveToTheImageOfAnotherProgram) {
  plan.path = "/bin/true";
  plan.argv = {"another name"};
  plan.namespaces = Namespace::kUser | Namespace::kMount;
  plan.ambient_capabilities = uint64_t{1} << CAP_SYS_ADMIN;
  plan.read_only_image = true;
  plan.copy = [](const FailedExec& failed) {
    const std::string text = failed.call + ": " + errno_name(failed.error);
    return ::write(1, text.data(), text.size()) == std::ssize(text) ? 5 : 6;
  };
  const Spawned child = k.spawn(plan);
  in_.reset();
  EXPECT_EQ(read_text(k, out_), "fstat /bin/true: ESTALE");
  EXPECT_EQ(k.waitid(child.pidfd), (Reaped{child.pid, W_EXITCODE(5, 0)}));
}

class KernelSpawnFilters : public KernelSpawn {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "without no_new_privs only root may load a filter";
  }
};

TEST_F(KernelSpawnFilters, AreAllLoaded) {
  plan.filters = {refusing({SYS_getppid}), refusing({SYS_getpgid})};
  EXPECT_EQ(output_of({"/bin/grep", "^Seccomp", "/proc/self/status"}),
            "Seccomp:\t2\nSeccomp_filters:\t2\n");
}

TEST_F(KernelSpawnFilters, AreTheLastThingBeforeTheExec) {
  plan.new_session = true;
  plan.filters = {refusing({SYS_setsid, SYS_fcntl, SYS_close_range, SYS_dup3})};
  EXPECT_EQ(output_of({"/bin/echo", "it runs"}), "it runs\n");
  plan.filters = {refusing({SYS_execve})};
  EXPECT_EQ(failure_of({"/bin/true"}), "execve /bin/true: EXDEV");
}

TEST_F(KernelSpawnFilters, ThatAreNoneAreRefused) {
  plan.filters = {FilterProgram()};
  EXPECT_EQ(failure_of({"/bin/true"}), "seccomp /bin/true: EINVAL");
}

}  // namespace
}  // namespace kekkai
