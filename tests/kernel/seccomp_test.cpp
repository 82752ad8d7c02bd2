// What the kernel makes of our filters: every refusal of every preset, and what goes on working.
#include "../seccomp-presets/expected_policy.h"
#include "filtered_box.h"

#include <linux/personality.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <csignal>

namespace kekkai::kernel_tests {
namespace {

using seccomp::Policy;
using seccomp::Preset;
using seccomp::Selection;
using testing::AllOf;
using testing::Ne;

class PresetOnKernel : public KernelTest, public testing::WithParamInterface<const char*> {
 protected:
  Selection selection_ = seccomp::parse_selection(GetParam());
  Policy policy_ = seccomp::preset_policy(selection_);
};

TEST_P(PresetOnKernel, RefusesItsCallsAndNoOthers) {
  std::vector<std::string> steps{"calls"};
  for (const seccomp::RefusedCall& row : seccomp::refused_calls()) {
    const auto number = seccomp::expected_number(seccomp::kNativeArch, row.call);
    if (number) steps.push_back(call_word(std::string(row.call), *number));
  }
  ASSERT_GT(steps.size(), 50U);
  const Seen seen = probe_under(policy_, steps);
  const Seen control = probe_under(with_unusual_errors(policy_), steps);
  for (size_t i = 1; i < steps.size(); ++i) {
    const std::string call = steps[i].substr(0, steps[i].find(':'));
    const auto row = std::ranges::find(seccomp::refused_calls(), call, &seccomp::RefusedCall::call);
    if (is_in_force(*row, selection_)) {
      EXPECT_EQ(seen[call], name_of(row->error)) << call;
      EXPECT_EQ(control[call], kUnusualName) << call;
    } else {
      EXPECT_THAT(control[call], AllOf(Ne(kUnusualName), Ne("(nothing)"))) << call;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seccomp, PresetOnKernel,
                         testing::Values("common", "ext", "deny_ns", "deny_ids", "deny_tty",
                                         "deny_devel", "strict", "strict,deny_ids"));

struct Attempt {
  const char* what;
  uint32_t number;
  std::initializer_list<uint64_t> arguments;
  int error;  // 0: the filter lets it through
};

class SeccompOnKernel : public KernelTest {
 protected:
  // Under the strict preset, and under its control.
  static void expect_under_strict(std::initializer_list<Attempt> attempts) {
    const Policy policy = seccomp::preset_policy({});
    std::vector<std::string> steps{"calls"};
    for (const Attempt& a : attempts) steps.push_back(call_word(a.what, a.number, a.arguments));
    const Seen seen = probe_under(policy, steps);
    const Seen control = probe_under(with_unusual_errors(policy), steps);
    for (const Attempt& a : attempts) {
      if (a.error != 0) {
        EXPECT_EQ(seen[a.what], name_of(a.error)) << a.what;
        EXPECT_EQ(control[a.what], kUnusualName) << a.what;
      } else {
        EXPECT_EQ(seen[a.what], control[a.what]) << a.what;
        EXPECT_THAT(control[a.what], Ne(kUnusualName)) << a.what;
      }
    }
  }
};

constexpr uint64_t kBit32 = uint64_t{1} << 32;
constexpr uint64_t kBit63 = uint64_t{1} << 63;

// CVE-2017-5226, CVE-2019-10063, CVE-2023-28100
TEST_F(SeccompOnKernel, TypingIntoATerminalIsRefusedWhateverTheHighBitsSay) {
  expect_under_strict({
      {"sti", SYS_ioctl, {0, TIOCSTI, 0}, EPERM},
      {"sti+32", SYS_ioctl, {0, TIOCSTI | kBit32, 0}, EPERM},
      {"sti+63", SYS_ioctl, {0, TIOCSTI | kBit63, 0}, EPERM},
      {"linux", SYS_ioctl, {0, TIOCLINUX, 0}, EPERM},
      {"linux+32", SYS_ioctl, {0, TIOCLINUX | kBit32, 0}, EPERM},
      {"linux+all", SYS_ioctl, {0, TIOCLINUX | ~seccomp::kLow32, 0}, EPERM},
      {"tcgets", SYS_ioctl, {0, TCGETS, 0}, 0},
      {"sti+31", SYS_ioctl, {0, TIOCSTI | 0x8000'0000U, 0}, 0},
  });
}

TEST_F(SeccompOnKernel, CloneMakesNoUserNamespace) {
  expect_under_strict({
      {"newuser", SYS_clone, {CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0}, EPERM},
      {"newuser+32", SYS_clone, {CLONE_NEWUSER | SIGCHLD | kBit32, 0, 0, 0, 0}, EPERM},
      {"newuser+63", SYS_clone, {CLONE_NEWUSER | SIGCHLD | kBit63, 0, 0, 0, 0}, EPERM},
      {"clone", SYS_clone, {SIGCHLD, 0, 0, 0, 0}, 0},
      {"clone3", SYS_clone3, {0, 0}, ENOSYS},
  });
  const Seen seen = probe_under(seccomp::preset_policy({}),
                                {"calls", call_word("clone", SYS_clone, {SIGCHLD, 0, 0, 0, 0})});
  EXPECT_EQ(seen["clone"], "ok");
}

TEST_F(SeccompOnKernel, SocketsAreOfCommonFamilies) {
  expect_under_strict({
      {"vsock", SYS_socket, {AF_VSOCK, SOCK_STREAM, 0}, EAFNOSUPPORT},
      {"vsock+32", SYS_socket, {AF_VSOCK | kBit32, SOCK_STREAM, 0}, EAFNOSUPPORT},
      {"alg", SYS_socket, {AF_ALG, SOCK_SEQPACKET, 0}, EAFNOSUPPORT},
      {"packet", SYS_socket, {AF_PACKET, SOCK_RAW, 0}, EAFNOSUPPORT},
      {"can", SYS_socket, {AF_CAN, SOCK_RAW, 0}, EAFNOSUPPORT},
      {"bluetooth", SYS_socket, {AF_BLUETOOTH, SOCK_RAW, 0}, EAFNOSUPPORT},
      {"negative", SYS_socket, {~uint64_t{0}, SOCK_RAW, 0}, EAFNOSUPPORT},
      {"beyond", SYS_socket, {0x8000'0002U, SOCK_STREAM, 0}, EAFNOSUPPORT},
  });
  std::vector<std::string> steps{"calls"};
  for (const auto& [name, family] :
       {std::pair("unix", uint64_t{AF_UNIX}), std::pair("inet", uint64_t{AF_INET}),
        std::pair("inet6", uint64_t{AF_INET6}), std::pair("netlink", uint64_t{AF_NETLINK}),
        std::pair("inet+32", AF_INET | kBit32)}) {
    steps.push_back(call_word(name, SYS_socket, {family, SOCK_DGRAM, 0}));
  }
  const Seen seen = probe_under(seccomp::preset_policy({}), steps);
  for (const char* family : {"unix", "inet", "inet6", "netlink", "inet+32"}) {
    EXPECT_EQ(seen[family], "ok") << family;
  }
}

TEST_F(SeccompOnKernel, PersonalityStaysLinux) {
  expect_under_strict({
      {"linux", SYS_personality, {PER_LINUX}, 0},
      {"linux32", SYS_personality, {PER_LINUX32}, EPERM},
      {"no-randomize", SYS_personality, {ADDR_NO_RANDOMIZE}, EPERM},
      {"read-implies-exec", SYS_personality, {READ_IMPLIES_EXEC}, EPERM},
      {"ask", SYS_personality, {0xffff'ffff}, EPERM},
      {"high", SYS_personality, {kBit32}, EPERM},
  });
}

TEST_F(SeccompOnKernel, CallsNewerThanTheTableAreNotThereUnderStrict) {
  expect_under_strict({
      {"470", 470, {}, ENOSYS},
      {"1000", 1000, {}, ENOSYS},
      {"last", 0x3fff'ffff, {}, ENOSYS},
      {"getpid", SYS_getpid, {}, 0},
      {"a gap", 400, {}, ENOSYS},
  });
  const std::vector<std::string> steps{"calls", "470:470", "1000:1000"};
  const Seen common =
      probe_under(with_unusual_errors(seccomp::preset_policy({Preset::kCommon, {}})), steps);
  EXPECT_THAT(common["470"], Ne(kUnusualName));
  EXPECT_THAT(common["1000"], Ne(kUnusualName));
}

// CVE-2021-41133
TEST_F(SeccompOnKernel, NewMountCallsAreNotThere) {
  expect_under_strict({
      {"open_tree", SYS_open_tree, {}, ENOSYS},
      {"open_tree_attr", 467, {}, ENOSYS},
      {"move_mount", SYS_move_mount, {}, ENOSYS},
      {"fsopen", SYS_fsopen, {}, ENOSYS},
      {"fsconfig", SYS_fsconfig, {}, ENOSYS},
      {"fsmount", SYS_fsmount, {}, ENOSYS},
      {"fspick", SYS_fspick, {}, ENOSYS},
      {"mount_setattr", SYS_mount_setattr, {}, ENOSYS},
  });
}

TEST_F(SeccompOnKernel, CommonLetsRingsThrough) {
  const Policy policy = with_unusual_errors(seccomp::preset_policy({Preset::kCommon, {}}));
  const Seen seen = probe_under(policy, {"calls", call_word("setup", SYS_io_uring_setup)});
  EXPECT_THAT(seen["setup"], Ne(kUnusualName));
}

TEST_F(SeccompOnKernel, OwnersThatDoNotChangeMayBeSetUnderStrict) {
  const Seen seen = probe_under(seccomp::preset_policy({}), {"own", "/tmp/mine"});
  EXPECT_EQ(seen["chown"], "ok");
  EXPECT_EQ(seen["fchown"], "ok");
  const Seen refused =
      probe_under(seccomp::preset_policy({Preset::kDenyIds, {}}), {"own", "/tmp/mine"});
  EXPECT_EQ(refused["chown"], "EPERM");
  EXPECT_EQ(refused["fchown"], "EPERM");
}

#if defined(__x86_64__)
TEST_F(SeccompOnKernel, X32IsNotThere) {
  expect_under_strict({
      {"getpid", seccomp::kX32Bit | SYS_getpid, {}, ENOSYS},
      {"ptrace", seccomp::kX32Bit | SYS_ptrace, {}, ENOSYS},
      {"x32-ioctl", seccomp::kX32Bit | 514, {0, TIOCSTI, 0}, ENOSYS},
  });
}

TEST_F(SeccompOnKernel, I386IsNotThereUnlessItIsAskedFor) {
  const std::vector<std::string> steps{"i386-calls", call_word("getpid", 20),
                                       call_word("sti", 54, {0, TIOCSTI, 0}),
                                       call_word("mount", 21), call_word("newer", 470)};
  if (probe(bare_box(), steps)["getpid"] == "no entry") return;  // the kernel has none
  const Policy without = seccomp::preset_policy({});
  const Policy with = seccomp::preset_policy({Preset::kStrict, {.multiarch = true}});
  for (const auto& [policy, getpid, sti, mount, newer] :
       {std::tuple(without, "ENOSYS", "ENOSYS", "ENOSYS", "ENOSYS"),
        std::tuple(with_unusual_errors(without), kUnusualName, kUnusualName, kUnusualName,
                   kUnusualName),
        std::tuple(with, "ok", "EPERM", "EPERM", "ENOSYS"),
        std::tuple(with_unusual_errors(with), "ok", kUnusualName, kUnusualName, kUnusualName)}) {
    const Seen seen = probe_under(policy, steps);
    EXPECT_EQ(seen["getpid"], getpid);
    EXPECT_EQ(seen["sti"], sti);
    EXPECT_EQ(seen["mount"], mount);
    EXPECT_EQ(seen["newer"], newer);
  }
}
#endif

}  // namespace
}  // namespace kekkai::kernel_tests
