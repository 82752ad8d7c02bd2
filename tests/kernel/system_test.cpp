// sysfs, cgroup2 and mqueue, and the settings of proc, on the real kernel.
#include "box.h"

#include <algorithm>

namespace kekkai::kernel_tests {
namespace {

using testing::HasSubstr;

class Sysfs : public KernelTest {};

TEST_F(Sysfs, ShowsTheContainersNetworkOnly) {
  Box box = bare_box();
  box.ops().sysfs();
  EXPECT_EQ(probe(std::move(box), {"list", "/sys/class/net"})["list./sys/class/net"], "lo");
}

// A caller with uid 0 keeps it, and files of /sys ask for the uid.
TEST_F(Sysfs, HoldsNothingThatCanBeWritten) {
  for (const char* path : {"/sys", "/elsewhere"}) {
    Box box = bare_box();
    box.params().uid = box.params().gid = 0;
    box.ops().sysfs({.path = path}).cgroup2({.path = std::string(path) + "/fs/cgroup"});
    const Seen seen = probe(std::move(box), {"writable", path, "--", "open",
                                             std::string(path) + "/class/net/lo/mtu", "w"});
    EXPECT_EQ(seen.all("writable"), std::vector<std::string>());
    EXPECT_NE(seen["open." + std::string(path) + "/class/net/lo/mtu"], "ok");
  }
}

TEST_F(Sysfs, MountsHaveTheirFlags) {
  Box box = bare_box();
  box.ops().sysfs().cgroup2();
  const std::string mounts = run(box.steps({"copy", "/proc/self/mountinfo"})).output;
  EXPECT_THAT(mounts, HasSubstr(" /sys ro,nosuid,nodev,noexec"));
  EXPECT_THAT(mounts, HasSubstr(" /sys/fs/cgroup ro,nosuid,nodev,noexec"));
}

TEST_F(Sysfs, IsRefusedWithTheHostsNetwork) {
  Box box = bare_box();
  box.params().namespaces = kAllNamespaces & ~Namespace::kNet;
  box.ops().sysfs();
  EXPECT_EQ(start_failure(std::move(box)).message(),
            "cannot prepare op 4 (sysfs on /sys): a sysfs of its own needs a network of its own, "
            "and this one is the host's");
}

class Cgroup2 : public KernelTest {};

TEST_F(Cgroup2, HasTheContainersCgroupAsItsRoot) {
  Box box = bare_box();
  box.ops().cgroup2({.path = "/cgroup"});
  const Seen seen = probe(std::move(box), {"cat", "/cgroup/cgroup.controllers", "--", "mkdir",
                                           "/cgroup/new", "--", "cat", "/proc/self/cgroup"});
  EXPECT_NE(seen["cat./cgroup/cgroup.controllers"], "ENOENT");
  EXPECT_EQ(seen["mkdir./cgroup/new"], "EROFS");
  EXPECT_THAT(seen["cat./proc/self/cgroup"], HasSubstr("0::/\\n"));
}

class ProcSettings : public KernelTest {};

TEST_F(ProcSettings, SubsetHidesAllButProcesses) {
  Box box = bare_box();
  box.ops().proc({.path = "/p", .pids_only = true});
  const Seen seen = probe(std::move(box), {"cat", "/p/1/comm", "--", "stat", "/p/cpuinfo", "--",
                                           "stat", "/p/sys", "--", "stat", "/proc/cpuinfo"});
  EXPECT_EQ(seen["cat./p/1/comm"], "kekkai-init\\n");
  EXPECT_EQ(seen["stat./p/cpuinfo"], "ENOENT");
  EXPECT_EQ(seen["stat./p/sys"], "ENOENT");
  EXPECT_EQ(seen["stat./proc/cpuinfo"], "file 0444");
}

// Init cannot be traced by anybody.
TEST_F(ProcSettings, HidepidHidesInit) {
  Box box = bare_box();
  box.ops().proc({.path = "/p", .hidepid = "ptraceable"});
  const Seen seen =
      probe(std::move(box), {"stat", "/p/1", "--", "stat", "/p/self", "--", "stat", "/proc/1"});
  EXPECT_EQ(seen["stat./p/1"], "ENOENT");
  EXPECT_THAT(seen["stat./p/self"], HasSubstr("link"));
  EXPECT_EQ(seen["stat./proc/1"], "directory 0555");
}

class Mqueue : public KernelTest {};

TEST_F(Mqueue, ShowsTheContainersQueues) {
  Box box = bare_box();
  box.ops().mqueue({.path = "/queues"});
  const Seen seen = probe(std::move(box), {"stat", "/queues", "--", "open", "/queues/q", "wc", "--",
                                           "list", "/queues"});
  EXPECT_EQ(seen["stat./queues"], "directory 1777");
  EXPECT_EQ(seen["open./queues/q"], "ok");
  EXPECT_EQ(seen["list./queues"], "q");
}

}  // namespace
}  // namespace kekkai::kernel_tests
