// What `kekkai doctor` finds of what nobody needs who runs `kekkai run` without options.
#include "../../cli/doctor_report.h"
#include "healthy_machine.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace kekkai::cli {
namespace {

TEST(Doctor, LooksForWhatIsOptional) {
  HealthyMachine machine;
  machine.k.set_limit({RLIMIT_NOFILE, 64, 512});
  machine.k.set_limit({RLIMIT_NPROC, 8, 4000});
  machine.install("pasta");
  std::vector<Examined> examined = machine.examine();
  EXPECT_EQ(finding_of(examined, "pasta").text, "/opt/tools/pasta");
  EXPECT_EQ(finding_of(examined, "xdg-dbus-proxy").remedy, "install the package xdg-dbus-proxy");
  EXPECT_EQ(finding_of(examined, "open files").text, "512 at most, which is few");
  EXPECT_EQ(finding_of(examined, "processes").text, "4000 at most");
  EXPECT_EQ(finding_of(examined, "Landlock").text, "version 2 of its interface");
  EXPECT_EQ(finding_of(examined, "overlay").outcome, Outcome::kWorks);
  EXPECT_EQ(finding_of(examined, "Yama").text, "it is not there");
  EXPECT_TRUE(is_healthy(examined));

  machine.caller.env.clear();
  machine.sysctl("kernel/yama/ptrace_scope", "1");
  machine.fail("landlock_create_ruleset", EOPNOTSUPP);
  machine.init_faults = {{"fsopen overlay", ENODEV}};
  examined = machine.examine();
  EXPECT_EQ(finding_of(examined, "pasta").text, "it is not in PATH");
  EXPECT_EQ(finding_of(examined, "Yama").text, "1: only descendants may be traced");
  EXPECT_EQ(finding_of(examined, "Landlock").remedy, "boot with landlock in the list `lsm=`");
  EXPECT_EQ(finding_of(examined, "overlay").remedy, "as root: `modprobe overlay`");
  EXPECT_TRUE(is_healthy(examined));
}

TEST(Doctor, LooksForSubordinateIds) {
  HealthyMachine machine;
  const auto found = [&] { return finding_of(machine.examine(), "subordinate ids").text; };
  machine.k.host("/etc/passwd").regular("root:x:0:0:::\nme:x:1000:1000:Me:/home/me:/bin/sh\n");
  EXPECT_EQ(found(), "/etc/subuid has no entry for me");
  machine.k.host("/etc/subuid").regular("other:1:1\nme:100000:65536\n");
  EXPECT_EQ(found(), "/etc/subgid has no entry for me");
  machine.k.host("/etc/subgid").regular("1000:100000:65536");
  EXPECT_EQ(found(), "newuidmap is not in PATH");
  machine.install("newuidmap");
  EXPECT_EQ(found(), "newgidmap is not in PATH");
  machine.install("newgidmap");
  EXPECT_EQ(found(), "entries and programs are there");
}

}  // namespace
}  // namespace kekkai::cli
