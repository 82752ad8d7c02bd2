// Which namespaces a container has of its own, which it shares with its caller, and which it joins.
#include "box.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>

namespace kekkai::kernel_tests {
namespace {

using testing::HasSubstr;

class Namespaces : public KernelTest {};

std::string own_namespace(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/ns/" + name).string();
}

OwnedFd open_namespace(pid_t pid, const std::string& name) {
  const std::string path = "/proc/" + std::to_string(pid) + "/ns/" + name;
  return OwnedFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

std::string identity_map(unsigned id) {
  return std::to_string(id) + " " + std::to_string(id) + " 1";
}

// A process that does nothing in namespaces of its own, with our ids mapped to themselves.
class Neighbour {
 public:
  explicit Neighbour(
      unsigned long namespaces, const std::function<void()>& run =
                                    [] {
                                      for (;;) ::pause();
                                    })
      : helper_(run, namespaces) {
    if ((namespaces & CLONE_NEWUSER) == 0) return;
    const std::string directory = "/proc/" + std::to_string(helper_.pid()) + "/";
    write_file(directory + "uid_map", identity_map(::getuid()));
    write_file(directory + "setgroups", "deny");
    write_file(directory + "gid_map", identity_map(::getgid()));
  }
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;
  ~Neighbour() { end(); }
  pid_t pid() const { return helper_.pid(); }
  OwnedFd open(const std::string& name) const { return open_namespace(pid(), name); }
  std::string link(const std::string& name) const {
    return std::filesystem::read_symlink("/proc/" + std::to_string(pid()) + "/ns/" + name).string();
  }
  void wait() {
    if (!std::exchange(ended_, true)) helper_.wait();
  }
  void end() {
    if (!ended_) helper_.kill();
    wait();
  }

 private:
  Helper helper_;
  bool ended_ = false;
};

struct Shared {
  Namespace which;
  std::string name;
};

class SharedNamespace : public KernelTest, public testing::WithParamInterface<Shared> {};

TEST_P(SharedNamespace, IsTheCallersAndNoOther) {
  const auto& [shared, shared_name] = GetParam();
  Box box = bare_box();
  box.params().namespaces = kAllNamespaces & ~shared;
  const Seen seen = probe(std::move(box), {"namespaces"});
  for (const char* name : {"user", "pid", "mnt", "ipc", "uts", "cgroup", "net"}) {
    if (name == shared_name) {
      EXPECT_EQ(seen["ns." + shared_name], own_namespace(name));
    } else {
      EXPECT_NE(seen["ns." + std::string(name)], own_namespace(name));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Each, SharedNamespace,
                         testing::Values(Shared{Namespace::kPid, "pid"},
                                         Shared{Namespace::kIpc, "ipc"},
                                         Shared{Namespace::kUts, "uts"},
                                         Shared{Namespace::kCgroup, "cgroup"},
                                         Shared{Namespace::kNet, "net"}),
                         [](const auto& test) { return test.param.name; });

TEST_F(Namespaces, WithoutAUserNamespaceIdsAreTheHosts) {
  Box box = bare_box();
  box.params().namespaces = kAllNamespaces & ~Namespace::kUser;
  if (!is_root()) {
    const Failure failure = start_failure(std::move(box));
    EXPECT_EQ(failure.error, EPERM);
    EXPECT_THAT(failure.call, HasSubstr("clone (pid"));
    EXPECT_THAT(failure.hint, HasSubstr("CAP_SYS_ADMIN"));
    return;
  }
  const Seen seen = probe(std::move(box), {"namespaces", "--", "ids", "--", "status"});
  EXPECT_EQ(seen["ns.user"], own_namespace("user"));
  EXPECT_EQ(seen["uids"], "0 0 0");
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    EXPECT_EQ(seen["status." + std::string(set)], "0000000000000000") << set;
  }
}

TEST_F(Namespaces, WithoutAUserNamespaceRootKeepsWhatItAsksFor) {
  if (!is_root()) return;
  Box box = bare_box();
  box.params().namespaces = kAllNamespaces & ~Namespace::kUser;
  box.params().keep_capabilities = 1;  // CAP_CHOWN
  const Seen seen = probe(std::move(box), {"status"});
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    EXPECT_EQ(seen["status." + std::string(set)], "0000000000000001") << set;
  }
}

class SharedPids : public Namespaces {
 protected:
  static Box box() {
    Box box = bare_box();
    box.params().namespaces = kAllNamespaces & ~Namespace::kPid;
    return box;
  }
};

TEST_F(SharedPids, ShowTheCallersProcesses) {
  const Seen seen = probe(box(), {"process"});
  EXPECT_THAT(" " + seen["pids"] + " ", HasSubstr(" " + std::to_string(::getpid()) + " "));
  EXPECT_NE(seen["pid"], "1");
}

TEST_F(SharedPids, TellHowTheProgramEnds) {
  EXPECT_EQ(run(box().steps({"exit", "7"})).status, (ExitStatus{false, 7}));
  EXPECT_EQ(run(box().steps({"die", std::to_string(SIGTERM)})).status, (ExitStatus{true, SIGTERM}));
}

// "Every process" would be every process of the caller's.
TEST_F(SharedPids, ACancelReachesNobodyElse) {
  Neighbour neighbour(0);
  Running running(box().steps({"ignore", "--", "ready", "--", "hold"}));
  running.expect_line("ready=yes");
  running.container().pause();
  running.container().resume();
  running.container().cancel();
  EXPECT_EQ(running.wait(), (ExitStatus{true, SIGKILL}));
  EXPECT_EQ(::kill(neighbour.pid(), 0), 0);
  EXPECT_EQ(::waitpid(neighbour.pid(), nullptr, WNOHANG | WUNTRACED), 0) << "it was stopped";
}

TEST_F(SharedPids, EndWithTheLauncher) {
  Pipe tracker = make_pipe();
  const Pipe told = make_pipe();
  Helper launcher([&] {
    Box held = box();
    held.settings.extra_files = {{tracker.write.get(), 9}};
    held.settings.stdio = {-1, told.write.get(), -1};
    held.steps({"ignore", "--", "ready", "--", "hold"});
    Container container(kernel(), std::move(held.settings));
    container.start();
    container.wait();
  });
  tracker.write.reset();
  ASSERT_EQ(read_line(told.read.get()), "ready=yes");
  launcher.kill();
  launcher.wait();
  EXPECT_TRUE(ends_within(tracker.read.get()));
}

// Joined namespaces.

TEST_F(Namespaces, AUserNamespaceIsJoined) {
  Neighbour neighbour(CLONE_NEWUSER);
  const OwnedFd user = neighbour.open("user");
  Box box = bare_box();
  box.params().namespaces = kAllNamespaces & ~Namespace::kUser;
  box.params().user_namespace = user.get();
  const Seen seen =
      probe(std::move(box), {"namespaces", "--", "ids", "--", "status", "--", "process"});
  EXPECT_EQ(seen["ns.user"], neighbour.link("user"));
  EXPECT_NE(seen["ns.pid"], own_namespace("pid"));
  EXPECT_THAT(seen["pids"], testing::StartsWith("1 "));
  EXPECT_EQ(seen["status.CapEff"], "0000000000000000");
  EXPECT_EQ(seen["uid_map"], identity_map(::getuid()));
}

TEST_F(Namespaces, APidNamespaceIsJoined) {
  Neighbour neighbour(CLONE_NEWUSER | CLONE_NEWPID);
  const OwnedFd user = neighbour.open("user");
  const OwnedFd pid = neighbour.open("pid");
  Box box = bare_box();
  box.params().namespaces = kAllNamespaces & ~Namespace::kUser & ~Namespace::kPid;
  box.params().user_namespace = user.get();
  box.params().pid_namespace = pid.get();
  const Seen seen = probe(std::move(box), {"namespaces"});
  EXPECT_EQ(seen["ns.pid"], neighbour.link("pid"));
}

TEST_F(Namespaces, APidNamespaceIsMadeBelowAJoinedOne) {
  Neighbour neighbour(CLONE_NEWUSER | CLONE_NEWPID);
  const OwnedFd user = neighbour.open("user");
  const OwnedFd pid = neighbour.open("pid");
  Box box = bare_box();
  box.params().namespaces = kAllNamespaces & ~Namespace::kUser;
  box.params().user_namespace = user.get();
  box.params().pid_namespace = pid.get();
  Running running(std::move(box.steps({"ready", "--", "await-end-of-input"})));
  running.expect_line("ready=yes");
  const std::string status =
      read_file("/proc/" + std::to_string(running.container().init_pid()) + "/status");
  const size_t begin = status.find("NSpid:");
  const std::string pids = status.substr(begin, status.find('\n', begin) - begin);
  EXPECT_EQ(std::ranges::count(pids, '\t'), 3) << pids;  // ours, the neighbour's, its own
  EXPECT_TRUE(pids.ends_with("\t1")) << pids;
  running.end_input();
  EXPECT_EQ(running.wait().code(), 0);
}

TEST_F(Namespaces, WhatCannotBeJoinedIsNoStart) {
  const OwnedFd file = make_memory_file("text");
  Box box = bare_box();
  box.params().namespaces = kAllNamespaces & ~Namespace::kUser;
  box.params().user_namespace = file.get();
  const Failure failure = start_failure(std::move(box));
  EXPECT_EQ(failure.error, EINVAL);
  EXPECT_THAT(failure.call, HasSubstr("setns"));
}

TEST_F(Namespaces, ASecondUserNamespaceIsEnteredAtTheEnd) {
  // Its parent has to be the one that is joined: made within it, by a process in it.
  const Pipe mapped = make_pipe(), made = make_pipe(), done = make_pipe();
  Neighbour outer(CLONE_NEWUSER, [&, id = std::to_string(::getuid())] {
    read_line(mapped.read.get());
    Helper inner(
        [&] {
          write_file("/proc/self/uid_map", "5 " + id + " 1");
          const std::string pid = std::to_string(::getpid()) + "\n";
          ASSERT_EQ(::write(made.write.get(), pid.data(), pid.size()), std::ssize(pid));
          for (;;) ::pause();
        },
        CLONE_NEWUSER);
    read_line(done.read.get());
  });
  ASSERT_EQ(::write(mapped.write.get(), "\n", 1), 1);
  const pid_t inner = std::stoi(read_line(made.read.get()));
  const OwnedFd user = outer.open("user");
  const OwnedFd second = open_namespace(inner, "user");
  Box box = bare_box();
  box.params().namespaces = kAllNamespaces & ~Namespace::kUser;
  box.params().user_namespace = user.get();
  box.params().second_user_namespace = second.get();
  const Seen seen = probe(std::move(box), {"namespaces", "--", "status"});
  EXPECT_EQ(seen["ns.user"],
            std::filesystem::read_symlink("/proc/" + std::to_string(inner) + "/ns/user"));
  EXPECT_EQ(seen["status.CapEff"], "0000000000000000");
  ASSERT_EQ(::write(done.write.get(), "\n", 1), 1);
  outer.wait();
}

// Ids that somebody else maps.

TEST_F(Namespaces, IdsAreMappedBySomebodyElse) {
  Pipe gate = make_pipe();
  Box box = bare_box();
  const Pipe output = make_pipe();
  box.params().id_map_gate = gate.read.get();
  box.settings.stdio = {-1, output.write.get(), 2};
  box.steps({"ids"});
  Container container(kernel(), std::move(box.settings));
  container.launch();
  const std::string directory = "/proc/" + std::to_string(container.init_pid()) + "/";
  write_file(directory + "uid_map", "77 " + std::to_string(::getuid()) + " 1");
  write_file(directory + "setgroups", "deny");
  write_file(directory + "gid_map", "78 " + std::to_string(::getgid()) + " 1");
  gate.write.reset();
  EXPECT_EQ(container.wait(), (ExitStatus{false, 0}));
  EXPECT_EQ(read_line(output.read.get()), "uids=77 77 77");
  EXPECT_EQ(read_line(output.read.get()), "gids=78 78 78");
}

// No more of them.

TEST_F(Namespaces, ForbiddenOnesCannotBeMade) {
  Box box = bare_box();
  box.params().disable_user_namespaces = true;
  const Seen seen = probe(std::move(box), {"unshare", "--", "ids", "--", "status"});
  EXPECT_EQ(seen["unshare"], "ENOSPC");
  EXPECT_EQ(seen["uids"], std::to_string(::getuid()) + " " + std::to_string(::getuid()) + " " +
                              std::to_string(::getuid()));
  EXPECT_EQ(seen["status.CapEff"], "0000000000000000");
  EXPECT_EQ(seen["status.NoNewPrivs"], "1");
}

TEST_F(Namespaces, ThatNoneCanBeMadeIsMadeSure) {
  Box box = bare_box();
  box.params().assert_no_user_namespaces = true;
  EXPECT_THAT(start_failure(std::move(box)).message(),
              HasSubstr("the program could make user namespaces, although it must not"));
  Box safe = bare_box();
  safe.params().disable_user_namespaces = true;
  safe.params().assert_no_user_namespaces = true;
  EXPECT_EQ(run(std::move(safe)).status, (ExitStatus{false, 0}));
}

TEST_F(Namespaces, AProgramIsToldAnotherName) {
  Box box = bare_box();
  box.params().argv0 = "another";
  EXPECT_THAT(probe(std::move(box), {"process"})["cmdline"], testing::StartsWith("another"));
}

}  // namespace
}  // namespace kekkai::kernel_tests
