// Who the program is inside, and what it is kept from.
#include "box.h"

#include <kekkai/seccomp-presets/presets.h>

#include <sys/stat.h>

#include <filesystem>

namespace kekkai::kernel_tests {
namespace {

class Identity : public KernelTest {};

std::string three_times(uint32_t id) {
  const std::string text = std::to_string(id);
  return text + " " + text + " " + text;
}

std::string single_id_map(uint32_t inside, uint32_t outside) {
  return std::to_string(inside) + " " + std::to_string(outside) + " 1";
}

TEST_F(Identity, IsTheCallersUnlessAskedOtherwise) {
  const Seen seen = probe(bare_box(), {"ids"});
  EXPECT_EQ(seen["uids"], three_times(::getuid()));
  EXPECT_EQ(seen["gids"], three_times(::getgid()));
  EXPECT_EQ(seen["uid_map"], single_id_map(::getuid(), ::getuid()));
  EXPECT_EQ(seen["gid_map"], single_id_map(::getgid(), ::getgid()));
}

class ChosenIds : public KernelTest, public testing::WithParamInterface<uint32_t> {};

TEST_P(ChosenIds, AreSeenInsideAndMappedToTheCaller) {
  Box box = bare_box();
  box.params().uid = GetParam();
  box.params().gid = GetParam() == 0 ? 7 : GetParam() - 1;
  const Params params = box.params();
  const Seen seen = probe(std::move(box), {"ids"});
  EXPECT_EQ(seen["uids"], three_times(params.uid));
  EXPECT_EQ(seen["gids"], three_times(params.gid));
  EXPECT_EQ(seen["uid_map"], single_id_map(params.uid, ::getuid()));
  EXPECT_EQ(seen["gid_map"], single_id_map(params.gid, ::getgid()));
}

INSTANTIATE_TEST_SUITE_P(Ids, ChosenIds, testing::Values(0, 1, 1000, 65534, 4'294'967'294U));

TEST_F(Identity, OwnsWhatItMakesOnTheHostAsTheCaller) {
  const Scratch scratch;
  Box box = bare_box();
  box.params().uid = 4321;
  box.params().gid = 1234;
  box.ops().bind({.source = scratch.path(), .target = "/data", .writable = true});
  EXPECT_EQ(probe(std::move(box), {"write", "/data/made", "x"})["write./data/made"], "ok");
  struct stat made {};
  ASSERT_EQ(::stat((scratch / "made").c_str(), &made), 0);
  EXPECT_EQ(made.st_uid, ::getuid());
  EXPECT_EQ(made.st_gid, ::getgid());
}

TEST_F(Identity, SetgroupsIsDenied) {
  Box box = bare_box();
  box.params().uid = 0;
  const Seen seen = probe(std::move(box), {"ids", "--", "attack-privileges"});
  EXPECT_EQ(seen["setgroups"], "EPERM");
  EXPECT_THAT(seen.all("setgroups"), testing::Contains("deny\\n"));
}

class Privileges : public KernelTest, public testing::WithParamInterface<uint32_t> {};

TEST_P(Privileges, AreNoneInAnySet) {
  Box box = bare_box();
  box.params().uid = box.params().gid = GetParam();
  const Seen seen = probe(std::move(box), {"status"});
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    EXPECT_EQ(seen["status." + std::string(set)], "0000000000000000") << set;
  }
  EXPECT_EQ(seen["status.NoNewPrivs"], "1");
}

TEST_P(Privileges, CannotBeHadBack) {
  Box box = bare_box();
  box.params().uid = box.params().gid = GetParam();
  const Seen seen = probe(std::move(box), {"attack-privileges", "--", "mknod", "/tmp/node"});
  for (const char* call : {"setgroups", "mount", "remount", "umount", "chroot", "sethostname",
                           "raise-ambient", "capset", "mknod./tmp/node"}) {
    EXPECT_EQ(seen[call], "EPERM") << call;
  }
}

// Also the user who would be root inside.
INSTANTIATE_TEST_SUITE_P(Ids, Privileges, testing::Values(kCallersId, 0U, 1000U));

TEST_F(Identity, KeepsTheCapabilitiesThatWereAskedFor) {
  constexpr uint64_t kSysAdmin = uint64_t{1} << 21;
  constexpr uint64_t kNetAdmin = uint64_t{1} << 12;
  constexpr uint64_t kNetBindService = uint64_t{1} << 10;  // init itself has no use for these
  constexpr uint64_t kBpf = uint64_t{1} << 39;
  Box box = bare_box();
  box.params().uid = 1000;
  box.params().keep_capabilities = kSysAdmin | kNetAdmin | kNetBindService | kBpf;
  const Seen seen = probe(std::move(box), {"status", "--", "attack-privileges"});
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    EXPECT_EQ(seen["status." + std::string(set)], "0000008000201400") << set;
  }
  EXPECT_EQ(seen["sethostname"], "ok");
  EXPECT_EQ(seen["setgroups"], "EPERM");
}

TEST_F(Identity, FilterIsLoadedForTheProgram) {
  Box box = bare_box();
  box.params().filters = {seccomp::preset_program({})};
  const Seen seen = probe(std::move(box), {"status", "--", "unshare"});
  EXPECT_EQ(seen["status.Seccomp"], "2");
  EXPECT_EQ(seen["status.Seccomp_filters"], "1");
  EXPECT_EQ(seen["unshare"], "EPERM");
}

TEST_F(Identity, WithoutAFilterThereIsNone) {
  const Seen seen = probe(bare_box(), {"status", "--", "unshare"});
  EXPECT_EQ(seen["status.Seccomp"], "0");
  EXPECT_EQ(seen["unshare"], "ok");
}

TEST_F(Identity, SeveralFiltersAreLoaded) {
  Box box = bare_box();
  for (const char* call : {"unshare", "mkdir"}) {
    box.params().filters.push_back(
        seccomp::compile({.rules = {{.call = call, .answer = seccomp::refuse_with(EXDEV)}}}));
  }
  const Seen seen = probe(std::move(box), {"status", "--", "unshare", "--", "mkdir", "/tmp/x"});
  EXPECT_EQ(seen["status.Seccomp_filters"], "2");
  EXPECT_EQ(seen["unshare"], "EXDEV");
  EXPECT_EQ(seen["mkdir./tmp/x"], "EXDEV");
}

// Every thread of init is as powerless as its program, and has a filter of its own.
TEST_F(Identity, InitHasNoPrivilegesEither) {
  const mode_t before = ::umask(027);
  Running running(bare_box().steps({"ready", "--", "until", "/proc/1/status", "Seccomp:\t2", "--",
                                    "await-end-of-input", "--", "init-status"}));
  ::umask(before);
  running.expect_line("ready=yes");
  running.expect_line("until./proc/1/status=yes");
  running.end_input();
  std::string output;
  for (std::string line; !(line = running.read_line()).empty();) output += line + "\n";
  EXPECT_EQ(running.wait().code(), 0);
  const Seen seen(output);
  ASSERT_GE(seen.all("init.CapEff").size(), 2U) << "init and its reaper";
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    EXPECT_THAT(seen.all("init." + std::string(set)), testing::Each("0000000000000000")) << set;
  }
  EXPECT_THAT(seen.all("init.NoNewPrivs"), testing::Each("1"));
  EXPECT_THAT(seen.all("init.Seccomp"), testing::Each("2"));
  EXPECT_THAT(seen.all("init.Umask"), testing::Each("0027"));
}

TEST_F(Identity, NamespacesAreNewOnes) {
  const Seen seen = probe(bare_box(), {"namespaces"});
  const auto host = [](const std::string& ns) {
    return std::filesystem::read_symlink("/proc/self/ns/" + ns).string();
  };
  for (const char* ns : {"user", "pid", "mnt", "ipc", "uts", "cgroup", "net"}) {
    const std::string inside = seen[std::string("ns.") + ns];
    EXPECT_THAT(inside, testing::StartsWith(std::string(ns) + ":["));
    EXPECT_NE(inside, host(ns));
  }
  EXPECT_EQ(seen["ns.time"], host("time"));
}

TEST_F(Identity, NetworkIsSharedOnRequest) {
  Box box = bare_box();
  box.params().namespaces = kAllNamespaces & ~Namespace::kNet;
  EXPECT_EQ(probe(std::move(box), {"namespaces"})["ns.net"],
            std::filesystem::read_symlink("/proc/self/ns/net").string());
}

TEST_F(Identity, LoopbackIsUpAndAlone) {
  const Seen seen = probe(bare_box(), {"network"});
  EXPECT_EQ(seen["interfaces"], "lo");
  EXPECT_EQ(seen["loopback"], "ok");
}

TEST_F(Identity, HostnameIsSetInsideOnly) {
  const std::string before = read_file("/proc/sys/kernel/hostname");
  Box box = bare_box();
  box.params().hostname = "kekkai-box";
  EXPECT_EQ(probe(std::move(box), {"process"})["hostname"], "kekkai-box");
  EXPECT_EQ(read_file("/proc/sys/kernel/hostname"), before);
  EXPECT_EQ(probe(bare_box(), {"process"})["hostname"] + "\n", before);
}

}  // namespace
}  // namespace kekkai::kernel_tests
