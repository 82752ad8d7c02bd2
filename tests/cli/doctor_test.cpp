// What `kekkai doctor` finds on machines that are broken in one place each.
#include "../../cli/command_line.h"
#include "../../cli/doctor_remedies.h"
#include "../../cli/doctor_report.h"
#include "../../cli/json_line.h"
#include "healthy_machine.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace kekkai::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The names of the required ones.
std::string failing(const std::vector<Examined>& examined, Outcome outcome = Outcome::kFails) {
  std::string names;
  for (const Examined& one : examined) {
    if (one.check.need != Need::kRequired || one.finding.outcome != outcome) continue;
    names.append(names.empty() ? "" : ", ").append(one.check.name);
  }
  return names;
}

TEST(Doctor, FindsNothingWrongOnAHealthyMachineAndLeavesNothing) {
  HealthyMachine machine;
  const std::vector<Examined> examined = machine.examine();
  EXPECT_EQ(failing(examined), "");
  EXPECT_EQ(failing(examined, Outcome::kNotTried), "");
  EXPECT_TRUE(is_healthy(examined));
  EXPECT_THAT(machine.k.open_descriptors(), IsEmpty());
  EXPECT_THAT(machine.k.misuses(), IsEmpty());
}

struct BrokenMachine {
  const char* what;
  void (*breaks)(HealthyMachine& machine);
  const char* failing;  // checks that are required
  const char* text;     // of the first of them
  const char* remedy;
};

const BrokenMachine kBrokenMachines[]{
    {"OldKernel", [](auto& m) { m.sysctl("kernel/osrelease", "5.10.0-28-amd64"); }, "kernel",
     "5.10.0-28-amd64 is too old", "boot Linux 6.1 or later"},
    {"NoInit", [](auto& m) { m.k.host(kInit).missing(); }, "kekkai-init, bare container",
     "kekkai-init is missing: it is neither /opt/bin/kekkai-init nor "
     "/opt/bin/../libexec/kekkai/kekkai-init",
     "copy kekkai-init to where kekkai is"},
    {"InitNotExecutable", [](auto& m) { m.k.host(kInit).regular(); }, "kekkai-init, bare container",
     "faccessat2 /opt/bin/kekkai-init: Permission denied",
     "let everybody execute it: `chmod 755 /opt/bin/kekkai-init`"},
    {"NoPidfd", [](auto& m) { m.fail("pidfd_open", ENOSYS); }, "pidfd, bare container",
     "pidfd_open 4242: Function not implemented", "boot Linux 6.1 or later"},
    {"UserNamespacesOff",
     [](auto& m) {
       m.sysctl("user/max_user_namespaces", "0");
       m.fail_namespaces("user", ENOSPC);
     },
     "user namespaces", "clone (user): No space left on device",
     "as root: `sysctl user.max_user_namespaces=10000`"},
    {"UserNamespacesUsedUp", [](auto& m) { m.fail_namespaces("user", ENOSPC); }, "user namespaces",
     "clone (user): No space left on device",
     "end some sandboxes, or raise user.max_user_namespaces of the container around it"},
    {"UserNamespacesForRoot",
     [](auto& m) {
       m.sysctl("kernel/unprivileged_userns_clone", "0");
       m.fail_namespaces("user", EPERM);
     },
     "user namespaces", "clone (user): Operation not permitted",
     "as root: `sysctl kernel.unprivileged_userns_clone=1`"},
    {"UserNamespacesUnderAppArmor",
     [](auto& m) {
       m.sysctl("kernel/apparmor_restrict_unprivileged_userns", "1");
       m.fail_namespaces("user", EACCES);
     },
     "user namespaces", "clone (user): Permission denied",
     "as root: `sysctl kernel.apparmor_restrict_unprivileged_userns=0`"},
    {"UserNamespacesFiltered",
     [](auto& m) {
       m.k.host("/proc/self/status").regular("Name:\tkekkai\nSeccomp:\t2\n");
       m.fail_namespaces("user", EPERM);
     },
     "user namespaces", "clone (user): Operation not permitted",
     "let the filter of the container around it allow the call: podman and docker "
     "`--security-opt seccomp=unconfined`, kekkai `--seccomp none`"},
    {"InAChroot",
     [](auto& m) {
       m.k.host("/proc/self/mountinfo").regular("22 27 0:21 / /proc rw,relatime - proc proc rw\n");
       m.fail_namespaces("user", EPERM);
     },
     "user namespaces", "clone (user): Operation not permitted",
     "enter its root by pivot_root, as containers do, and not by chroot"},
    {"UserNamespacesRefused", [](auto& m) { m.fail_namespaces("user", EPERM); }, "user namespaces",
     "clone (user): Operation not permitted",
     "a security module of the host refuses it: see which by `journalctl -k`, or `dmesg`"},
    {"UserNamespacesNested", [](auto& m) { m.fail_namespaces("user", EUSERS); }, "user namespaces",
     "clone (user): Too many users", "start it in fewer sandboxes, one in the other"},
    {"NoUserNamespaces", [](auto& m) { m.fail_namespaces("user", EINVAL); }, "user namespaces",
     "clone (user): Invalid argument", "boot a kernel with user namespaces (CONFIG_USER_NS)"},
    {"TooManyProcesses", [](auto& m) { m.fail_namespaces("user", EAGAIN); }, "user namespaces",
     "clone (user): Resource temporarily unavailable",
     "end some processes, or raise their limit: `ulimit -u`"},
    {"TooManyDescriptors", [](auto& m) { m.fail("openat2 /dev/null", EMFILE); }, "user namespaces",
     "openat2 /dev/null: Too many open files", "raise the limit on open files: `ulimit -n`"},
    {"PidNamespacesOff",
     [](auto& m) {
       m.sysctl("user/max_pid_namespaces", "0");
       m.fail_namespaces("user|pid", ENOSPC);
     },
     "other namespaces", "clone (user|pid): No space left on device",
     "as root: `sysctl user.max_pid_namespaces=10000`"},
    {"NoNetworkNamespaces", [](auto& m) { m.fail_namespaces("user|net", EINVAL); },
     "other namespaces", "clone (user|net): Invalid argument",
     "boot a kernel that has net namespaces"},
    {"AppArmorAtTheIdMap",
     [](auto& m) {
       m.sysctl("kernel/apparmor_restrict_unprivileged_userns", "1");
       m.init_faults = {{"write /proc/self/uid_map", EPERM}};
     },
     "bare container",
     "cannot set up user, group and host name: write /proc/self/uid_map: Operation not permitted",
     "as root: `sysctl kernel.apparmor_restrict_unprivileged_userns=0`"},
    {"RootWithoutSetfcap",
     [](auto& m) {
       m.k.set_ids({0, 0, 0}, {0, 0, 0});
       m.init_faults = {{"write /proc/self/uid_map", EPERM}};
     },
     "bare container",
     "cannot set up user, group and host name: write /proc/self/uid_map: Operation not permitted",
     "give the container around it the capability CAP_SETFCAP, or start as another user"},
    {"AppArmorAtTheFirstMount",
     [](auto& m) {
       m.sysctl("kernel/apparmor_restrict_unprivileged_userns", "1");
       m.init_faults = {{"mount_setattr", EACCES}};
     },
     "bare container",
     "cannot separate the mount tree from the host's: mount_setattr /: Permission denied",
     "as root: `sysctl kernel.apparmor_restrict_unprivileged_userns=0`"},
    {"TooManyMounts",
     [](auto& m) {
       m.init_faults = {{"open_tree /", ENOSPC}};
     },
     "bare container", "cannot prepare op 0 (bind / on /): open_tree /: No space left on device",
     "as root: `sysctl fs.mount-max=100000`"},
    {"CoveredProc",
     [](auto& m) {
       m.init_faults = {{"fsmount proc", EPERM}};
     },
     "own /proc, kekkai run",
     "cannot apply op 1 (proc on /proc): fsmount proc: Operation not permitted",
     "leave the /proc of the container around it uncovered: podman `--security-opt unmask=ALL`, "
     "docker `--security-opt systempaths=unconfined`, kekkai `--proc-open all`"},
    {"NoDevpts",
     [](auto& m) {
       m.init_faults = {{"fsopen devpts", ENODEV}};
     },
     "own /dev, kekkai run", "cannot apply op 1 (dev on /dev): fsopen devpts: No such device",
     "look for the reason in the kernel's log: `journalctl -k`, or `dmesg`"},
    {"NoLoopback",
     [](auto& m) {
       m.init_faults = {{"ioctl SIOCSIFFLAGS lo", EPERM}};
     },
     "own network, kekkai run",
     "cannot bring up the loopback interface: ioctl SIOCSIFFLAGS lo: Operation not permitted",
     "look for the reason in the kernel's log: `journalctl -k`, or `dmesg`"},
};

void PrintTo(const BrokenMachine& broken, std::ostream* out) { *out << broken.what; }

class DoctorTest : public ::testing::TestWithParam<BrokenMachine> {};

TEST_P(DoctorTest, TellsWhatIsBrokenAndWhatMendsIt) {
  const BrokenMachine& broken = GetParam();
  HealthyMachine machine;
  broken.breaks(machine);
  const std::vector<Examined> examined = machine.examine();
  ASSERT_EQ(failing(examined), broken.failing);
  const std::string_view all(broken.failing);
  const Finding& finding = finding_of(examined, all.substr(0, all.find(',')));
  EXPECT_EQ(finding.text, broken.text);
  EXPECT_EQ(finding.remedy, broken.remedy);
  EXPECT_FALSE(is_healthy(examined));
  EXPECT_THAT(machine.k.open_descriptors(), IsEmpty());
  EXPECT_THAT(machine.k.misuses(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(BrokenMachines, DoctorTest, ::testing::ValuesIn(kBrokenMachines),
                         [](const auto& machine) { return std::string(machine.param.what); });

TEST(Doctor, DoesNotTryWhatNeedsSomethingThatIsMissing) {
  HealthyMachine machine;
  machine.fail_namespaces("user", EPERM);
  const std::vector<Examined> examined = machine.examine();
  EXPECT_EQ(failing(examined, Outcome::kNotTried),
            "other namespaces, bare container, tmpfs, own /proc, own /dev, own network, system "
            "call filter, kekkai run");
  EXPECT_EQ(finding_of(examined, "tmpfs").text, "not tried: it needs bare container");
  EXPECT_EQ(machine.k.spawned().size(), 0U);
}

TEST(Doctor, DoesWithoutProc) {
  HealthyMachine machine;
  machine.fail("openat2 /proc", ENOENT);
  machine.fail("readlinkat /proc", ENOENT);
  const std::vector<Examined> examined = machine.examine();
  EXPECT_EQ(failing(examined), "kernel, proc at /proc");
  EXPECT_EQ(finding_of(examined, "proc at /proc").text,
            "openat2 /proc/self/ns: No such file or directory");
  EXPECT_EQ(finding_of(examined, "proc at /proc").remedy, "as root: `mount -t proc proc /proc`");
  EXPECT_EQ(finding_of(examined, "kekkai-init").text, "not tried: it needs proc at /proc");
}

TEST(Remedies, NeverSendPeopleBackToTheDoctor) {
  HealthyMachine healthy;
  const Machine machine{healthy.k, healthy.caller};
  for (const char* call : {"clone (user)", "write /proc/self/uid_map", "fsmount proc",
                           "fsconfig create proc", "open_tree /", "move_mount /a -> /b",
                           "openat2 /proc/self", "readlinkat /proc/self/exe", "anything"}) {
    for (int error = 1; error < 134; ++error) {
      EXPECT_THAT(remedy_for(machine, call, error), Not(HasSubstr("kekkai doctor")))
          << call << " " << error;
    }
  }
}

TEST(DoctorCommand, AnswersInItsExitStatus) {
  HealthyMachine machine;
  Parsed parsed = parse_command_line({"doctor", "--json"}, machine.caller);
  ASSERT_TRUE(parsed.ask);
  Answer answer = parsed.ask(machine.k);
  EXPECT_EQ(answer.exit_code, 0);
  EXPECT_TRUE(Json::parse(answer.text)["works"]);
  machine.init_faults = {{"fsmount proc", EPERM}};
  answer = parse_command_line({"doctor"}, machine.caller).ask(machine.k);
  EXPECT_EQ(answer.exit_code, 1);
  EXPECT_THAT(answer.text, HasSubstr("\n  no  own /proc "));
}

TEST(DoctorChecks, HaveNamesOfTheirOwnACostAndWhatTheyComeAfterAbove) {
  std::vector<std::string_view> above;
  for (const Check& check : doctor_checks()) {
    EXPECT_THAT(above, Not(::testing::Contains(check.name)));
    if (!check.after.empty()) {
      EXPECT_THAT(above, ::testing::Contains(check.after)) << check.name;
    }
    EXPECT_EQ(check.cost.empty(), check.need == Need::kInformation) << check.name;
    above.push_back(check.name);
  }
}

}  // namespace
}  // namespace kekkai::cli
