// Whole runs of init, call by call. KEKKAI_UPDATE_GOLDEN=1 writes down what is now.
#include "init_run.h"
#include "marker_op.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <stdlib.h>

#include <fstream>
#include <functional>
#include <sstream>

namespace kekkai {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(KEKKAI_GOLDEN) + "/" + name;
  if (::getenv("KEKKAI_UPDATE_GOLDEN") != nullptr) {  // NOLINT: one thread
    std::ofstream(path) << actual;
    return;
  }
  std::ostringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(actual, golden.str()) << "see KEKKAI_UPDATE_GOLDEN in " __FILE__;
}

void expect_golden_run(const std::string& name, Params params,
                       const std::function<void(InitRun&)>& prepare = {}) {
  InitRun run(std::move(params));
  if (prepare) prepare(run);
  EXPECT_EQ(run.run(), 0);
  expect_golden(name, joined(run.k.transcript()));
  EXPECT_THAT(run.messages(),
              ElementsAre(::testing::VariantWith<Started>(::testing::_), ExitStatus{}));
  EXPECT_THAT(run.k.misuses(), IsEmpty());
  EXPECT_THAT(run.k.open_descriptors(), IsEmpty());
}

TEST(InitGolden, OrdinaryContainer) { expect_golden_run("init.txt", ordinary_container()); }

TEST(InitGolden, SharedNetwork) {
  Params params = ordinary_container();
  params.namespaces = kAllNamespaces & ~Namespace::kNet;
  expect_golden_run("init_shared_network.txt", params);
}

TEST(InitGolden, SharedPids) {
  Params params = ordinary_container();
  params.namespaces = kAllNamespaces & ~Namespace::kPid & ~Namespace::kUser;
  params.uid = params.gid = kCallersId;
  expect_golden_run("init_shared_pids.txt", params);
}

TEST(InitGolden, NoMoreUserNamespaces) {
  Params params = ordinary_container();
  params.disable_user_namespaces = true;
  expect_golden_run("init_last_user_namespace.txt", params);
}

TEST(InitGolden, KeptCapabilities) {
  Params params = ordinary_container();
  params.keep_capabilities = uint64_t{1} << CAP_NET_RAW | uint64_t{1} << CAP_SYS_NICE;
  params.extra_files = {9};
  expect_golden_run("init_kept_capabilities.txt", params);
}

TEST(InitGolden, KeptTerminal) {
  Params params = ordinary_container();
  params.terminal = Terminal::kKept;
  expect_golden_run("init_kept_terminal.txt", params, [](InitRun& run) {
    run.request.in_foreground = true;
    run.k.set_terminal(1, "/dev/pts/3");
  });
}

TEST(InitGolden, OwnTerminal) {
  Params params = ordinary_container();
  params.terminal = Terminal::kOwn;
  params.window_size = {.ws_row = 24, .ws_col = 80};
  expect_golden_run("init_own_terminal.txt", params);
}

// It ends before the program does, so that the end is the usual one.
TEST(InitGolden, Daemon) {
  Params params = ordinary_container();
  params.ops.daemon({.command = {"/usr/bin/served", "--socket"}, .ready = "/usr/socket"});
  params.keep_capabilities = uint64_t{1} << CAP_NET_RAW;
  expect_golden_run("init_daemon.txt", params, [](InitRun& run) {
    run.k.host("/usr/bin/served").executable();
    run.k.host("/usr/socket").missing();
    run.k.when_idle([&] { run.k.host("/usr/socket").regular(); });
  });
}

// DESIGN.md, section 2. A line that moves to another place moves a guarantee.
TEST(Init, TakesItsStepsInOrder) {
  Params params = ordinary_container();
  params.ops.add(Marker{});
  InitRun run(params);
  ASSERT_EQ(run.run(), 0);
  const std::vector<std::string> order{
      "fcntl O_ASYNC lifeline on",                               // the lifeline first of all
      "prctl PR_SET_PTRACER",                                    // 1
      "read setup stream",                                       //
      "ioctl SIOCSIFFLAGS lo",                                   // 2
      "prctl PR_SET_DUMPABLE on",                                // 3
      "write /proc/self/uid_map \"1000 1000 1\\n\"",             //
      "write /proc/self/setgroups \"deny\\n\"",                  //
      "write /proc/self/gid_map \"100 100 1\\n\"",               //
      "prctl PR_SET_DUMPABLE off",                               //
      "umask 0000",                                              // 4
      "sethostname box",                                         //
      "mount_setattr / slave recursive",                         //
      "open_tree / recursive",                                   // 5
      "prctl PR_SET_NAME marker early",                          //
      "move_mount intermediate root -> /proc/self/fd",           // 6
      "pivot_root host",                                         //
      "move_mount / -> /",                                       // 7
      "prctl PR_SET_NAME marker apply",                          //
      "mount_setattr intermediate root/host private recursive",  // 8
      "pivot_root .",                                            //
      "fchdir intermediate root",                                //
      "umount2",                                                 //
      "fchdir /",                                                //
      "read /proc/self/mountinfo",                               // 9
      "readlinkat /proc/self/ns/user",                           //
      "prctl PR_CAP_AMBIENT_CLEAR_ALL",                          //
      "prctl PR_CAPBSET_DROP CAP_CHECKPOINT_RESTORE",            //
      "capset none",                                             //
      "prctl PR_SET_NO_NEW_PRIVS",                               //
      "read /proc/self/status",                                  //
      "umask 0022",                                              // 10
      "sigprocmask all",                                         //
      "sigprocmask -SIGPOLL",                                    //
      "clone (thread)",                                          //
      "prctl PR_SET_NAME marker late",                           // 11
      "fchdir /home/user/work",                                  // 12
      "getcwd",                                                  //
      "statx /proc/self/fd",                                     //
      "poll lifeline, launcher: now",                            //
      "spawn /usr/bin/true",                                     //
      "fcntl O_ASYNC lifeline off",                              //
      "seccomp",                                                 //
      "write status stream",                                     //
      "wait4"};
  auto next = order.begin();
  for (const std::string& line : run.k.steps()) {
    if (next != order.end() && line.starts_with(*next)) ++next;
  }
  EXPECT_EQ(next, order.end()) << "not after what comes before it: " << *next;
}

}  // namespace
}  // namespace kekkai
