// How init is made: every call, what it is sent, and what is left when one of them fails.
#include "launcher.h"

#include <kekkai/ops/refusal.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::ScriptedDispatcher;
using ::testing::StartsWith;

TEST(Launch, MakesInitWithFewCalls) {
  Launcher launcher;
  launcher.init_says({Started{}});
  {
    Container container(launcher.k, launcher.settings);
    container.start();
    EXPECT_EQ(container.state(), Container::State::kRunning);
    EXPECT_EQ(container.init_pid(), ScriptedDispatcher::kFirstChild);
  }
  EXPECT_THAT(
      launcher.k.transcript(),
      ElementsAre(
          "getresuid", "getresgid", "readlinkat /proc/self/exe",
          "faccessat2 /opt/bin/kekkai-init X_OK", "memfd_create setup stream", "getresuid",
          "getresgid", "readlinkat /proc/self/ns/user", "readlinkat /proc/self/ns/pid",
          "readlinkat /proc/self/ns/mnt", "readlinkat /proc/self/ns/ipc",
          "readlinkat /proc/self/ns/uts", "readlinkat /proc/self/ns/cgroup",
          "readlinkat /proc/self/ns/net", StartsWith("write setup stream"),
          "fcntl F_ADD_SEALS setup stream", "lseek setup stream", "pipe2 status stream",
          "socketpair lifeline", "pidfd_open 77", "sigaction SIGHUP",
          "spawn /opt/bin/kekkai-init [kekkai-init] env [KEKKAI_SETUP=3] fds 0=stdin 1=stdout "
          "2=stderr 3=setup stream 4=status stream 5=lifeline 6=process 77 namespaces "
          "user|pid|mnt|ipc|uts|cgroup|net ambient "
          "CAP_DAC_OVERRIDE|CAP_SETPCAP|CAP_NET_ADMIN|CAP_SYS_ADMIN read_only_image "
          "new_process_group",
          "read status stream", "waitid /opt/bin/kekkai-init"));
  EXPECT_THAT(launcher.k.open_descriptors(), IsEmpty());
  EXPECT_THAT(launcher.k.misuses(), IsEmpty());
}

TEST(Launch, SendsTheParamsAndWhoAsks) {
  Launcher launcher;
  launcher.settings.params.env = {"A=1"};
  launcher.init_says({Started{}});
  Container(launcher.k, launcher.settings).start();
  const SetupRequest request = launcher.request();
  EXPECT_THAT(request.params.command, ElementsAre("true"));
  EXPECT_THAT(request.params.env, ElementsAre("A=1"));
  EXPECT_EQ(request.params.uid, 1000U);
  EXPECT_EQ(request.params.gid, 100U);
  EXPECT_EQ(request.host_uid, 1000U);
  EXPECT_EQ(request.host_gid, 100U);
  EXPECT_THAT(
      request.host_namespaces,
      ElementsAre("user:[4026532000]", "pid:[4026532000]", "mnt:[4026532000]", "ipc:[4026532000]",
                  "uts:[4026532000]", "cgroup:[4026532000]", "net:[4026532000]"));
}

TEST(Launch, PassesOnTheDescriptorsThatOpsNeed) {
  Launcher launcher;
  launcher.k.inherit(20, "a file");
  launcher.k.inherit(21, "a directory");
  launcher.settings.extra_files = {{20, 9}};
  launcher.settings.params.ops.bind({.descriptor = 21, .target = "/b"})
      .bind({.descriptor = 20, .target = "/a"})
      .bind({.descriptor = 21, .target = "/c"});
  launcher.init_says({Started{}});
  Container(launcher.k, launcher.settings).start();
  EXPECT_THAT(
      launcher.k.transcript(),
      ::testing::Contains(::testing::HasSubstr("6=process 77 7=a file 8=a file 9=a directory ")));
}

TEST(Launch, RefusesToBindADescriptorThatIsNotOpen) {
  Launcher launcher;
  launcher.settings.params.ops.bind({.descriptor = 20, .target = "/a"});
  Container container(launcher.k, launcher.settings);
  EXPECT_THAT([&] { container.start(); },
              ::testing::ThrowsMessage<StartError>(
                  "cannot start init: descriptor 20 is needed, but is not open"));
  EXPECT_THAT(launcher.k.transcript(), ElementsAre("getresuid", "getresgid"))
      << "nothing has been opened that could be taken for it";
}

TEST(Launch, FollowsTheSettings) {
  Launcher launcher;
  launcher.k.inherit(20, "a file");
  launcher.k.inherit(21, "output");
  launcher.k.set_ignored(SIGHUP);
  launcher.settings.params.uid = 5;
  launcher.settings.params.gid = 6;
  launcher.settings.params.namespaces = kAllNamespaces & ~Namespace::kNet;
  launcher.settings.params.extra_files = {99};  // not for callers to fill
  launcher.settings.stdio = {0, 21, 21};
  launcher.settings.extra_files = {{20, 9}, {20, 4}};
  launcher.settings.init.path = "/usr/libexec/kekkai-init";
  launcher.init_says({Started{}});
  Container(launcher.k, launcher.settings).start();

  const SpawnPlan& plan = launcher.k.spawned().front();
  EXPECT_EQ(plan.path, "/usr/libexec/kekkai-init");
  EXPECT_EQ(names(plan.namespaces), "user|pid|mnt|ipc|uts|cgroup");
  EXPECT_TRUE(plan.ignore_hangup);
  EXPECT_EQ(plan.fds.size(), 9U);
  EXPECT_EQ(plan.fds[1], (FdPlacement{21, 1}));
  EXPECT_EQ(plan.fds[2], (FdPlacement{21, 2}));
  EXPECT_EQ(plan.fds[7], (FdPlacement{20, 7}));
  EXPECT_EQ(plan.fds[8], (FdPlacement{20, 8}));
  const SetupRequest request = launcher.request();
  EXPECT_THAT(request.params.extra_files, ElementsAre(9, 4));
  EXPECT_EQ(request.params.uid, 5U);
  EXPECT_EQ(request.params.gid, 6U);
  EXPECT_EQ(request.host_uid, 1000U);
  EXPECT_EQ(request.host_namespaces.size(), 6U);
}

TEST(Launch, MayMakeInitOfTheRunningProgram) {
  Launcher launcher;
  launcher.settings.init.self = true;
  launcher.init_says({Started{}});
  Container(launcher.k, launcher.settings).start();
  EXPECT_EQ(launcher.k.spawned().front().path, "/opt/bin/kekkai");
  EXPECT_THAT(launcher.k.spawned().front().argv, ElementsAre("kekkai-init"));
}

// Of a program that the caller could not change.
struct CopyingLauncher : Launcher {
  std::string words = "kekkai";
  std::array<char*, 2> argv{words.data(), nullptr};

  CopyingLauncher() {
    settings.init.copy = argv.data();
    k.host("/opt/bin/kekkai").executable().owned_by(0, 0);
    init_says({Started{}});
  }
  // What writing to the program fails with.
  bool copies(int error = EACCES) {
    k.fail_call("openat2 /proc/self/exe O_WRONLY", error);
    Container(k, settings).start();
    return k.spawned().front().copy != nullptr;
  }
};

TEST(Launch, MayMakeInitACopyOfThisProcess) {
  CopyingLauncher launcher;
  EXPECT_TRUE(launcher.copies());
  EXPECT_THAT(
      launcher.k.transcript(),
      ::testing::Contains(
          "spawn a copy of this process, kekkai-init, fds 0=stdin 1=stdout 2=stderr 3=setup stream "
          "4=status stream 5=lifeline 6=process 77 namespaces user|pid|mnt|ipc|uts|cgroup|net "
          "ambient CAP_DAC_OVERRIDE|CAP_SETPCAP|CAP_NET_ADMIN|CAP_SYS_ADMIN new_process_group"));
}

struct CopyCase {
  const char* why;
  std::function<void(CopyingLauncher&)> change;
};

TEST(Launch, ACopyRunsFromAReadOnlyMountWhereItsCallerCouldChangeTheProgram) {
  CopyingLauncher reader;
  EXPECT_TRUE(reader.copies());
  EXPECT_FALSE(reader.k.spawned().front().read_only_image);
  CopyingLauncher writer;
  EXPECT_TRUE(writer.copies(ETXTBSY));
  EXPECT_TRUE(writer.k.spawned().front().read_only_image);
  EXPECT_EQ(writer.k.spawned().front().path, "/opt/bin/kekkai");
  CopyingLauncher owner;
  owner.k.host("/opt/bin/kekkai").owned_by(1000, 1000);
  EXPECT_TRUE(owner.copies());
  EXPECT_TRUE(owner.k.spawned().front().read_only_image);
}

TEST(Launch, ExecutesInitWhereACopyCannotMoveToAReadOnlyMount) {
  const CopyCase cases[] = {
      {"the kernel cannot do it", [](auto& l) { l.k.forbid_image_replacement(); }},
      {"not everybody may read the program",
       [](auto& l) { l.k.host("/opt/bin/kekkai").regular({}, 0711); }},
      {"the program was removed",
       [](auto& l) { l.k.fail_call("openat2 /opt/bin/kekkai O_PATH", ENOENT); }},
  };
  for (const CopyCase& c : cases) {
    CopyingLauncher launcher;
    c.change(launcher);
    EXPECT_FALSE(launcher.copies(ETXTBSY)) << c.why;
    EXPECT_TRUE(launcher.k.spawned().front().read_only_image) << c.why;
  }
}

TEST(Launch, ExecutesInitWhereACopyWouldNotDo) {
  const CopyCase cases[] = {
      {"nobody asks for one", [](auto& l) { l.settings.init.copy = nullptr; }},
      {"capabilities of the host are kept",
       [](auto& l) {
         l.settings.params.namespaces = kAllNamespaces & ~Namespace::kUser;
         l.settings.params.keep_capabilities = 1;
       }},
      {"a namespace is joined",
       [](auto& l) {
         l.k.inherit(20, "a pid namespace");
         l.settings.params.namespaces = kAllNamespaces & ~Namespace::kPid;
         l.settings.params.pid_namespace = 20;
       }},
      {"somebody else maps the ids",
       [](auto& l) {
         l.k.inherit(20, "a gate");
         l.settings.params.id_map_gate = 20;
       }},
      {"the program gets another user namespace",
       [](auto& l) {
         l.k.inherit(20, "a user namespace");
         l.settings.params.second_user_namespace = 20;
       }},
      {"calls are recorded", [](auto& l) { l.settings.on_call = [](const RecordedCall&) {}; }},
  };
  for (const CopyCase& c : cases) {
    CopyingLauncher launcher;
    c.change(launcher);
    EXPECT_FALSE(launcher.copies()) << c.why;
    EXPECT_TRUE(launcher.k.spawned().front().read_only_image) << c.why;
  }
}

TEST(Launch, ACopyTellsWhatFailedBeforeItWasInit) {
  CopyingLauncher launcher;
  launcher.k.fail_call("openat2 /proc/self/exe O_WRONLY", EACCES);
  Container container(launcher.k, launcher.settings);
  container.start();
  const SpawnPlan& plan = launcher.k.spawned().front();
  const UniqueFd report = launcher.k.memfd_create("report");
  EXPECT_EQ(plan.copy({"fcntl F_DUPFD kekkai-init", EMFILE, report.number()}), kExitSetupFailed);
  FrameReader reader;
  reader.feed(launcher.k.written("status stream"));
  const StatusMessage message = decode_status_message(reader.next().value());
  const auto* failure = std::get_if<Failure>(&message);
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->message(),
            "cannot start init: fcntl F_DUPFD kekkai-init: Too many open files");
}

TEST(Launch, PutsDevNullInThePlaceOfWhatIsClosed) {
  Launcher launcher;
  launcher.settings.stdio = {0, 55, 2};
  launcher.init_says({Started{}});
  Container(launcher.k, launcher.settings).start();
  EXPECT_THAT(launcher.k.transcript()[2], "openat2 /dev/null O_RDWR");
  EXPECT_THAT(launcher.k.transcript(),
              ::testing::Contains(::testing::HasSubstr(" fds 0=stdin 1=/dev/null 2=stderr ")));
}

TEST(Launch, HasNoBorrowedRights) {
  const struct {
    Ids users, groups;
    const char* text;
  } cases[] = {
      {{1000, 0, 0},
       {100, 100, 100},
       "cannot start init: real and effective user id differ: Kekkai does not run with borrowed "
       "rights"},
      {{1000, 1000, 0},
       {100, 100, 100},
       "cannot start init: real and effective user id differ: Kekkai does not run with borrowed "
       "rights"},
      {{1000, 1000, 1000},
       {100, 5, 5},
       "cannot start init: real and effective group id differ: Kekkai does not run with borrowed "
       "rights"},
  };
  for (const auto& c : cases) {
    Launcher launcher;
    launcher.k.set_ids(c.users, c.groups);
    EXPECT_EQ(launcher.failed_start().message(), c.text);
    EXPECT_THAT(launcher.k.spawned(), IsEmpty());
  }
}

TEST(Launch, SaysWhyThereCouldBeNoInit) {
  const struct {
    std::function<void(Launcher&)> change;
    const char* message;
    const char* hint;
  } cases[] = {
      {[](auto& l) { l.k.fail_call("spawn", ENOSPC); },
       "cannot start init: clone (user|pid|mnt|ipc|uts|cgroup|net): No space left on device",
       "user namespaces are used up or switched off: see `sysctl user.max_user_namespaces`; "
       "`kekkai doctor` tells more"},
      {[](auto& l) { l.k.fail_call("spawn", EAGAIN); },
       "cannot start init: clone (user|pid|mnt|ipc|uts|cgroup|net): Resource temporarily "
       "unavailable",
       "the limit on processes is reached: see `ulimit -u`"},
      {[](auto& l) { l.k.fail_child("execveat", ENOEXEC); },
       "cannot start init: execveat /opt/bin/kekkai-init: Exec format error", ""},
      {[](auto& l) { l.k.fail_child("fcntl F_DUPFD", EMFILE); },
       "cannot start init: fcntl F_DUPFD /opt/bin/kekkai-init: Too many open files",
       "too many open files: see `ulimit -n` and `ulimit -Hn`"},
      {[](auto& l) { l.k.host("/proc/self/exe").missing(); },
       "cannot start init: readlinkat /proc/self/exe: No such file or directory",
       "Kekkai needs proc mounted at /proc; `kekkai doctor` tells more"},
      {[](auto& l) { l.k.host("/opt/bin/kekkai-init").missing(); },
       "cannot start init: kekkai-init is missing: it is neither /opt/bin/kekkai-init nor "
       "/opt/bin/../libexec/kekkai/kekkai-init",
       ""},
  };
  for (const auto& c : cases) {
    Launcher launcher;
    launcher.k.host("/opt/libexec/kekkai/kekkai-init").missing();
    c.change(launcher);
    const Failure failure = launcher.failed_start();
    EXPECT_EQ(failure.message(), c.message);
    EXPECT_EQ(failure.hint, c.hint) << c.message;
    EXPECT_EQ(failure.exit_code, 125) << c.message;
  }
}

// A whole life in which the call `failing` fails, if there are so many.
std::optional<Failure> live(Launcher& launcher, size_t failing) {
  launcher.k.inherit(20, "a file");
  launcher.settings.stdio = {0, 55, 2};
  launcher.settings.extra_files = {{20, 3}};
  launcher.init_says({Started{}, ExitStatus{}});
  launcher.k.fail_step(failing, EIO);
  try {
    Container container(launcher.k, launcher.settings);
    container.start();
    container.wait();
  } catch (const StartError& e) {
    return e.failure;
  } catch (const InitLost& e) {
    return Failure{.reason = e.what()};
  }
  return std::nullopt;
}

// Whatever call fails: the start names it, and leaves no descriptor and no process.
TEST(Launch, LeavesNothingBehindWhateverFails) {
  Launcher good;
  ASSERT_FALSE(live(good, SIZE_MAX));
  const std::vector<std::string> steps = good.k.steps();
  EXPECT_GT(steps.size(), 20U);
  for (size_t failing = 0; failing < steps.size(); ++failing) {
    SCOPED_TRACE(steps[failing]);
    Launcher launcher;
    const std::optional<Failure> failure = live(launcher, failing);
    ASSERT_GT(launcher.k.steps().size(), failing);
    EXPECT_EQ(launcher.k.steps()[failing], steps[failing] + " = EIO");
    if (!steps[failing].starts_with("waitid")) {  // then nothing can be learned, nor need be
      ASSERT_TRUE(failure);
      EXPECT_EQ(failure->phase, Phase::kLaunch);
      if (failure->reason.empty()) {
        EXPECT_EQ(failure->error, EIO);
        EXPECT_TRUE(failure->call.starts_with("clone") || steps[failing].starts_with(failure->call))
            << failure->call;
      } else {  // the program has been started
        EXPECT_EQ(failure->reason, steps[failing] + ": Input/output error");
      }
    }
    EXPECT_THAT(launcher.k.open_descriptors(), IsEmpty());
    EXPECT_THAT(launcher.k.misuses(), IsEmpty());
    if (!launcher.k.spawned().empty()) {
      EXPECT_THAT(launcher.k.steps(), ::testing::Contains(StartsWith("waitid")));
    }
  }
}

TEST(FindInit, LooksBesideTheProgramAndInLibexec) {
  const std::string beside = "/opt/bin/kekkai-init";
  const std::string libexec = "/opt/libexec/kekkai/kekkai-init";
  const struct {
    std::function<void(ScriptedDispatcher&)> declare;
    const char* result;
  } cases[] = {
      {[&](auto& k) { k.host(beside).executable(), k.host(libexec).executable(); },
       "/opt/bin/kekkai-init"},
      {[&](auto& k) { k.host(beside).missing(), k.host(libexec).executable(); },
       "/opt/bin/../libexec/kekkai/kekkai-init"},
      {[&](auto& k) { k.host(beside).missing(), k.host("/opt/libexec").regular(); },
       "kekkai-init is missing: it is neither /opt/bin/kekkai-init nor "
       "/opt/bin/../libexec/kekkai/kekkai-init"},
      {[&](auto& k) { k.host(beside).regular(), k.host(libexec).executable(); },
       "faccessat2 /opt/bin/kekkai-init: Permission denied"},
  };
  for (const auto& c : cases) {
    ScriptedDispatcher k;
    k.host("/proc/self/exe").link_to("/opt/bin/kekkai");
    c.declare(k);
    std::string result;
    try {
      result = find_init(k);
    } catch (const Refusal& e) {
      result = e.what();
    } catch (const SyscallError& e) {
      result = e.what();
    }
    EXPECT_EQ(result, c.result);
  }
}

TEST(Launch, FailsWhereInitCannotBeRead) {
  Launcher launcher;
  launcher.init_says({Started{}});
  launcher.k.fail_call("read status stream", EIO);
  const Failure failure = launcher.failed_start();
  EXPECT_EQ(failure.message(), "cannot start init: read status stream: Input/output error");
  EXPECT_THAT(launcher.k.open_descriptors(), IsEmpty());
}

TEST(FindInit, WorksInTheRoot) {
  ScriptedDispatcher k;
  k.host("/proc/self/exe").link_to("/kekkai");
  k.host("/kekkai-init").executable();
  EXPECT_EQ(find_init(k), "/kekkai-init");
}

TEST(Launch, TellsInitWhetherWeAreInTheForegroundOfTheTerminal) {
  for (const pid_t group : {77, 78}) {
    Launcher launcher;
    launcher.settings.params.terminal = Terminal::kKept;
    launcher.k.set_foreground(group);
    Container(launcher.k, launcher.settings).launch();
    EXPECT_EQ(launcher.request().in_foreground, group == 77);
  }
}

TEST(Launch, LooksForNoTerminalThatIsNotKept) {
  Launcher launcher;
  launcher.k.host("/dev/tty").missing();
  Container(launcher.k, launcher.settings).launch();
  EXPECT_FALSE(launcher.request().in_foreground);
}

TEST(Launch, NeedsTheTerminalThatIsToBeKept) {
  Launcher launcher;
  launcher.settings.params.terminal = Terminal::kKept;
  launcher.k.fail_call("openat2 /dev/tty", ENXIO);
  const Failure failure = launcher.failed_start();
  EXPECT_EQ(failure.message(), "cannot start init: openat2 /dev/tty: No such device or address");
  EXPECT_EQ(failure.hint,
            "there is no terminal to keep: leave --tty out, or give the program one of its own, "
            "--pty");
}

}  // namespace
}  // namespace kekkai
