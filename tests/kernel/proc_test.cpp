// proc, on the real kernel: above all what its covers keep from a caller with uid 0.
#include "box.h"

#include <algorithm>
#include <array>
#include <set>

namespace kekkai::kernel_tests {
namespace {

using testing::HasSubstr;

class Proc : public KernelTest {};

TEST_F(Proc, ShowsTheContainersProcesses) {
  const Seen seen = probe(bare_box(), {"cat", "/proc/1/comm", "--", "process"});
  EXPECT_EQ(seen["cat./proc/1/comm"], "kekkai-init\\n");
  EXPECT_EQ(seen["pids"], "1 " + seen["pid"]);
}

TEST_F(Proc, MayBeElsewhere) {
  Box box = bare_box();
  box.ops().proc({.path = "/other/proc"});
  const Seen seen = probe(std::move(box), {"cat", "/other/proc/1/comm", "--", "write",
                                           "/other/proc/sys/kernel/hostname", "x"});
  EXPECT_EQ(seen["cat./other/proc/1/comm"], "kekkai-init\\n");
  EXPECT_NE(seen["write./other/proc/sys/kernel/hostname"], "ok");
}

TEST_F(Proc, SettingsOfTheHostCanBeReadAndNotWritten) {
  const std::string pattern = read_file("/proc/sys/kernel/core_pattern");
  Box box = bare_box();
  box.params().uid = 0;
  const Seen seen =
      probe(std::move(box),
            {"cat", "/proc/sys/kernel/core_pattern", "--", "open", "/proc/sys/kernel/core_pattern",
             "w", "--", "open", "/proc/sys/kernel/core_pattern", "rw", "--", "open",
             "/proc/sysrq-trigger", "w", "--", "mkdir", "/proc/sys/x"});
  EXPECT_EQ(seen["cat./proc/sys/kernel/core_pattern"] + "\n",
            pattern.substr(0, pattern.size() - 1) + "\\n\n");
  EXPECT_EQ(seen["open./proc/sys/kernel/core_pattern"], is_root() ? "EROFS" : "EACCES");
  EXPECT_NE(seen["open./proc/sysrq-trigger"], "ok");
  EXPECT_EQ(read_file("/proc/sys/kernel/core_pattern"), pattern);
}

TEST_F(Proc, WhatTellsOfTheHostIsEmpty) {
  for (const char* name : {"kcore", "keys", "timer_list"}) {
    const std::string path = std::string("/proc/") + name;
    if (::access(path.c_str(), F_OK) != 0) continue;
    const Seen seen = probe(bare_box(), {"cat", path, "--", "stat", path, "--", "open", path, "w"});
    EXPECT_EQ(seen["cat." + path], "") << path;
    EXPECT_EQ(seen["stat." + path], "file 0444") << path;
    EXPECT_NE(seen["open." + path], "ok") << path;
  }
}

TEST_F(Proc, CoversAreLeftAwayByName) {
  Box box;
  box.settings.init.self = true;
  box.probe = "/probe";
  box.ops().bind({.source = probe_path(), .target = "/probe"}).proc({.open = {"sys", "keys"}});
  const std::string mounts = run(box.steps({"copy", "/proc/self/mountinfo"})).output;
  EXPECT_THAT(mounts, testing::Not(HasSubstr(" /proc/sys ")));
  EXPECT_THAT(mounts, testing::Not(HasSubstr(" /proc/keys ")));
  EXPECT_THAT(mounts, HasSubstr(" /proc/fs ro,nosuid,nodev,noexec"));
  EXPECT_THAT(mounts, HasSubstr(" /proc/bus ro,nosuid,nodev,noexec"));
}

TEST_F(Proc, OnlyWhatIsCoveredCanBeLeftOpen) {
  Box box = bare_box();
  box.ops().proc({.path = "/other", .open = {"cpuinfo"}});
  EXPECT_EQ(start_failure(std::move(box)).message(),
            "cannot prepare op 4 (proc on /other): \"cpuinfo\" is not a covered part of /proc");
}

// Everything that can be opened for writing below /proc and /sys. Kernels that lack one of these
// are fine; one that is not here has to be looked at: may uid 0 change the host with it?
const std::set<std::string> kWritableFiles{
    // Of the process itself.
    "/proc/self/attr/apparmor/current",
    "/proc/self/attr/apparmor/exec",
    "/proc/self/attr/current",
    "/proc/self/attr/exec",
    "/proc/self/attr/fscreate",
    "/proc/self/attr/keycreate",
    "/proc/self/attr/smack/current",
    "/proc/self/attr/sockcreate",
    "/proc/self/autogroup",
    "/proc/self/clear_refs",
    "/proc/self/comm",
    "/proc/self/coredump_filter",
    "/proc/self/gid_map",
    "/proc/self/loginuid",
    "/proc/self/mem",
    "/proc/self/oom_adj",
    "/proc/self/oom_score_adj",
    "/proc/self/projid_map",
    "/proc/self/sched",
    "/proc/self/setgroups",
    "/proc/self/timens_offsets",
    "/proc/self/timerslack_ns",
    "/proc/self/uid_map",
    // Everybody's: what is written asks for news of the same descriptor.
    "/proc/pressure/cpu",
    "/proc/pressure/io",
    "/proc/pressure/irq",
    "/proc/pressure/memory",
};

std::vector<std::string> writable_files(Box box) {
  std::vector<std::string> found =
      probe(std::move(box), {"writable", "/proc", "--", "writable", "/sys"}).all("writable");
  const std::string tasks = "/proc/self/task/";
  for (std::string& path : found) {
    if (path.starts_with(tasks)) path = "/proc/self" + path.substr(path.find('/', tasks.size()));
  }
  return found;
}

class WritableFiles : public KernelTest, public testing::WithParamInterface<bool> {};

TEST_P(WritableFiles, AreThoseOfTheProcessItself) {
  Box box = full_box();
  box.params().uid = box.params().gid = 0;
  if (GetParam()) box.params().namespaces = kAllNamespaces & ~Namespace::kNet;
  const auto found = writable_files(std::move(box));
  EXPECT_THAT(found, testing::Contains("/proc/self/comm")) << "nothing was looked at";
  for (const std::string& path : found) {
    EXPECT_TRUE(kWritableFiles.contains(path)) << path << " can be opened for writing";
  }
}

// As a program without uid 0 sees it, there is nothing more.
TEST_P(WritableFiles, AreNoMoreForTheCallersOwnIds) {
  Box box = full_box();
  if (GetParam()) box.params().namespaces = kAllNamespaces & ~Namespace::kNet;
  for (const std::string& path : writable_files(std::move(box))) {
    EXPECT_TRUE(kWritableFiles.contains(path)) << path << " can be opened for writing";
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, WritableFiles, testing::Bool(),
                         [](const auto& i) { return std::string(i.param ? "Shared" : "Own"); });

}  // namespace
}  // namespace kekkai::kernel_tests
