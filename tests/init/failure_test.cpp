#include <kekkai/init/failure.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/syscall/syscall_error.h>

#include <errno.h>
#include <gtest/gtest.h>

#include <new>

namespace kekkai {
namespace {

TEST(FailureMessage, SaysWhatWhichAndWhy) {
  const struct {
    Failure failure;
    const char* text;
  } cases[] = {
      {{.phase = Phase::kApply,
        .op_index = 3,
        .op = "bind /srv/data on /data",
        .call = "open_tree /srv/data",
        .error = EACCES},
       "cannot apply op 3 (bind /srv/data on /data): open_tree /srv/data: Permission denied"},
      {{.phase = Phase::kEarly,
        .op_index = 0,
        .op = "bind /srv/data on /data",
        .call = "openat2 /srv/data",
        .error = ENOENT,
        .hint = "never part of it"},
       "cannot prepare op 0 (bind /srv/data on /data): openat2 /srv/data: No such file or "
       "directory"},
      {{.phase = Phase::kLate, .op_index = 12, .op = "daemon x", .reason = "it ended"},
       "cannot complete op 12 (daemon x): it ended"},
      {{.phase = Phase::kExecute, .op = "/bin/x", .error = EACCES},
       "cannot execute /bin/x: Permission denied"},
      {{.phase = Phase::kExecute, .op = "x", .reason = "there is no such program in PATH=/bin"},
       "cannot execute x: there is no such program in PATH=/bin"},
      {{.phase = Phase::kIdentity, .call = "write /proc/self/uid_map", .error = EPERM},
       "cannot set up user, group and host name: write /proc/self/uid_map: Operation not "
       "permitted"},
      {{.phase = Phase::kReceive, .reason = "it ends too early"},
       "cannot read the setup stream: it ends too early"},
      {{.phase = Phase::kAttest, .reason = "out of memory"},
       "cannot confirm the container: out of memory"},
      {{}, "cannot start init"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(c.failure.message(), c.text);
    EXPECT_STREQ(SetupFailure(c.failure).what(), c.text);
  }
}

TEST(FailureMessage, HasWordsForEveryPhase) {
  const struct {
    Phase phase;
    const char* name;
    const char* message;
  } cases[] = {
      {Phase::kLaunch, "launch", "cannot start init"},
      {Phase::kReceive, "receive", "cannot read the setup stream"},
      {Phase::kNetwork, "network", "cannot bring up the loopback interface"},
      {Phase::kTerminal, "terminal", "cannot open the terminal"},
      {Phase::kIdentity, "identity", "cannot set up user, group and host name"},
      {Phase::kPropagation, "propagation", "cannot separate the mount tree from the host's"},
      {Phase::kEarly, "early", "cannot prepare"},
      {Phase::kIntermediateRoot, "intermediate root", "cannot enter the intermediate root"},
      {Phase::kApply, "apply", "cannot apply"},
      {Phase::kContainerRoot, "container root", "cannot enter the container's root"},
      {Phase::kAttest, "attest", "cannot confirm the container"},
      {Phase::kPrivileges, "privileges", "cannot give up privileges"},
      {Phase::kReaper, "reaper", "cannot start the reaper thread"},
      {Phase::kLate, "late", "cannot complete"},
      {Phase::kExecute, "execute", "cannot start the program"},
      {Phase::kSupervise, "supervise", "cannot look after the container's processes"},
  };
  ASSERT_EQ(std::size(cases), static_cast<size_t>(Phase::kLast) + 1);
  for (size_t i = 0; i < std::size(cases); ++i) {
    EXPECT_EQ(static_cast<size_t>(cases[i].phase), i);
    EXPECT_EQ(phase_name(cases[i].phase), cases[i].name);
    EXPECT_EQ((Failure{.phase = cases[i].phase}).message(), cases[i].message);
  }
}

Failure thrown_in_phase(Phase phase, const std::function<void()>& run) {
  try {
    in_phase(phase, run);
  } catch (const SetupFailure& e) {
    return e.failure;
  }
  return {.reason = "nothing was thrown"};
}

TEST(InPhase, GivesWhatIsThrownItsPhase) {
  EXPECT_EQ(thrown_in_phase(Phase::kApply, [] { throw SyscallError(EIO, "move_mount /a -> /b"); }),
            (Failure{.phase = Phase::kApply, .call = "move_mount /a -> /b", .error = EIO}));
  EXPECT_EQ(thrown_in_phase(Phase::kApply, [] { throw SyscallError(EMFILE, "openat2 /a"); }),
            (Failure{.phase = Phase::kApply,
                     .call = "openat2 /a",
                     .error = EMFILE,
                     .hint = "too many open files: see `ulimit -n` and `ulimit -Hn`"}));
  EXPECT_EQ(thrown_in_phase(Phase::kLate, [] { throw Refusal("it is not safe"); }),
            (Failure{.phase = Phase::kLate, .reason = "it is not safe"}));
  EXPECT_EQ(thrown_in_phase(Phase::kLate, [] { throw Refusal("it is late", "wait longer"); }),
            (Failure{.phase = Phase::kLate, .reason = "it is late", .hint = "wait longer"}));
  EXPECT_EQ(thrown_in_phase(Phase::kEarly, [] { throw SyscallError(ENOENT, "openat2 /a"); }),
            (Failure{.phase = Phase::kEarly,
                     .call = "openat2 /a",
                     .error = ENOENT,
                     .hint = hint_for("openat2 /a", ENOENT, Phase::kEarly)}));
  EXPECT_EQ(thrown_in_phase(Phase::kEarly, [] { throw std::bad_alloc(); }),
            (Failure{.phase = Phase::kEarly, .reason = "out of memory"}));
}

TEST(InPhase, LeavesAFailureThatKnowsItsOwn) {
  const Failure inner{.phase = Phase::kExecute, .op = "x", .exit_code = 127};
  EXPECT_EQ(thrown_in_phase(Phase::kApply, [&] { throw SetupFailure(inner); }), inner);
}

TEST(InPhase, LetsThroughWhatSucceeds) {
  bool ran = false;
  in_phase(Phase::kApply, [&] { ran = true; });
  EXPECT_TRUE(ran);
}

constexpr const char* kNoUserNamespaces =
    "user namespaces are used up or switched off: see `sysctl user.max_user_namespaces`"
    "; `kekkai doctor` tells more";
constexpr const char* kRestricted =
    "this host restricts user namespaces; under AppArmor see `sysctl "
    "kernel.apparmor_restrict_unprivileged_userns`; `kekkai doctor` tells more";
constexpr const char* kCoveredProc =
    "something covers parts of /proc here, so the kernel allows no new one: a container around us "
    "has to leave its /proc uncovered; `kekkai doctor` tells more";
constexpr const char* kReadOnlyParent =
    "nothing can be made below something read-only: create it on the host before, or choose a path "
    "below a tmpfs";
constexpr const char* kTooManyMounts =
    "too many mounts: see `sysctl fs.mount-max`; `kekkai doctor` tells more";

TEST(Hint, IsThereForEveryErrnoThatMisleads) {
  const struct {
    const char* call;
    int error;
    const char* text;
  } cases[] = {
      {"clone (user|pid|mnt)", ENOSPC, kNoUserNamespaces},
      {"clone (user|pid|mnt)", EPERM,
       "this host, or the sandbox around us, does not allow user namespaces; `kekkai doctor` tells "
       "more"},
      {"clone (user|pid|mnt)", EUSERS,
       "user namespaces are nested too deeply; `kekkai doctor` tells more"},
      {"clone (user|pid|mnt)", EAGAIN, "the limit on processes is reached: see `ulimit -u`"},
      {"clone (0)", EAGAIN, "the limit on processes is reached: see `ulimit -u`"},
      {"clone (thread)", EAGAIN, "the limit on processes is reached: see `ulimit -u`"},
      {"write /proc/self/uid_map", EPERM,
       "this host restricts user namespaces (under AppArmor see `sysctl "
       "kernel.apparmor_restrict_unprivileged_userns`), or we are root in a sandbox that was not "
       "given CAP_SETFCAP; `kekkai doctor` tells more"},
      {"write /proc/self/uid_map", EACCES, kRestricted},
      {"openat2 /proc/self/uid_map", ENOENT,
       "Kekkai needs proc mounted at /proc; `kekkai doctor` tells more"},
      {"readlinkat /proc/self/exe", ENOENT,
       "Kekkai needs proc mounted at /proc; `kekkai doctor` tells more"},
      {"fsmount proc", EPERM, kCoveredProc},
      {"fsconfig create proc", EPERM, kCoveredProc},
      {"fsconfig create overlay", EINVAL,
       "nothing may be mounted below a layer, upper and work must lie neither in each other nor in "
       "a lower, and their file system has to be one that overlayfs can write to"},
      {"fsconfig overlay upperdir=/a", EINVAL,
       "nothing may be mounted below a layer, upper and work must lie neither in each other nor in "
       "a lower, and their file system has to be one that overlayfs can write to"},
      {"faccessat2 /opt/kekkai-init", EACCES,
       "it has to be an executable file, on a file system that is not mounted noexec"},
      {"fsconfig create overlay", ELOOP, "a layer lies in another one"},
      {"move_mount /a -> /b", ENOSPC, kTooManyMounts},
      {"open_tree /a", ENOSPC, kTooManyMounts},
      {"openat2 /a", ELOOP,
       "too many symbolic links, or one of /proc's magic links, which are not followed"},
      {"mkdirat /a", EROFS, kReadOnlyParent},
      {"openat2 /a", EROFS, kReadOnlyParent},
      {"anything", EMFILE, "too many open files: see `ulimit -n` and `ulimit -Hn`"},
      {"anything", ENFILE, "too many open files on the whole system: see `sysctl fs.file-max`"},
      {"anything", ENOSYS,
       "Kekkai needs Linux 6.1 or later, and no filter around it that refuses the call; `kekkai "
       "doctor` tells more"},
      {"prlimit64 /bin/x", EPERM,
       "a limit cannot be raised above the caller's own: see `ulimit -H -a`"},
      {"execve /bin/x", E2BIG,
       "arguments and environment together are longer than the kernel takes"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(hint_for(c.call, c.error), c.text) << c.call << " " << c.error;
  }
}

TEST(Hint, OfAMissingSourceIsOneOfThePhaseThatOpensSources) {
  EXPECT_EQ(hint_for("openat2 /srv/data", ENOENT, Phase::kEarly),
            "the host has nothing there: correct the path; `optional` does without what a bind "
            "would show, `ensure` makes it");
  EXPECT_EQ(hint_for("openat2 /proc/none", ENOENT, Phase::kEarly),
            hint_for("openat2 /srv/data", ENOENT, Phase::kEarly));
  EXPECT_EQ(hint_for("openat2 /srv/data", ENOENT, Phase::kApply), "");
}

TEST(Hint, IsNotGivenWhereTheErrnoSpeaksForItself) {
  EXPECT_EQ(hint_for("openat2 /srv/data", ENOENT), "");
  EXPECT_EQ(hint_for("open_tree /srv/data", EACCES), "");
  EXPECT_EQ(hint_for("execve /bin/x", EACCES), "");
  EXPECT_EQ(hint_for("fsmount tmpfs", EPERM), "");
  EXPECT_EQ(hint_for("", ENOSPC), "");
}

}  // namespace
}  // namespace kekkai
