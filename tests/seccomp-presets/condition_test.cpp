// Calls that are refused by what their arguments are: the bits that count, and those that do not.
#include "filter_under_test.h"

#include <gtest/gtest.h>
#include <linux/personality.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <csignal>
#include <random>
#include <set>

namespace kekkai::seccomp {
namespace {

using testing::kAllowed;
using testing::refused;

constexpr uint64_t kBit32 = uint64_t{1} << 32;
constexpr uint64_t kBit63 = uint64_t{1} << 63;
constexpr uint64_t kHighHalf = ~kLow32;
constexpr uint64_t kMinusOne = ~uint64_t{0};
constexpr int kYes = 0;  // In the place of an errno: allowed.

struct Case {
  long call;
  unsigned index;
  uint64_t argument;
  int error;
};

void expect_under(Preset preset, const Options& options, std::span<const Case> cases) {
  for (const Preset presets : all_presets()) {
    const auto filter = filter_of(presets, options);
    for (const Case& c : cases) {
      const bool refuses = contains(presets, preset) && c.error != kYes;
      EXPECT_EQ(filter.run(native_call(static_cast<uint32_t>(c.call), c.index, c.argument)),
                refuses ? refused(c.error) : kAllowed)
          << "call " << c.call << ", argument " << c.index << " = 0x" << std::hex << c.argument
          << " under " << name_of(presets);
    }
  }
}

TEST(Conditions, CloneMustNotMakeAUserNamespace) {
  constexpr uint64_t kNewUser = CLONE_NEWUSER;
  const Case cases[] = {
      {SYS_clone, 0, 0, kYes},
      {SYS_clone, 0, SIGCHLD, kYes},
      {SYS_clone, 0, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, kYes},
      {SYS_clone, 0, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET, kYes},
      {SYS_clone, 0, kMinusOne & ~kNewUser, kYes},
      {SYS_clone, 0, kNewUser << 32, kYes},
      {SYS_clone, 1, kNewUser, kYes},
      {SYS_clone, 2, kMinusOne, kYes},
      {SYS_clone, 0, kNewUser, EPERM},
      {SYS_clone, 0, kNewUser | SIGCHLD, EPERM},
      {SYS_clone, 0, kNewUser | CLONE_NEWNS, EPERM},
      {SYS_clone, 0, kNewUser | kBit32, EPERM},
      {SYS_clone, 0, kNewUser | kBit63, EPERM},
      {SYS_clone, 0, kMinusOne, EPERM},
  };
  expect_under(Preset::kDenyNs, {}, cases);
}

TEST(Conditions, IoctlMustNotTypeIntoTheTerminalWhateverTheHighBitsSay) {
  const Case cases[] = {
      {SYS_ioctl, 1, 0, kYes},
      {SYS_ioctl, 1, TCGETS, kYes},
      {SYS_ioctl, 1, TIOCSTI - 1, kYes},
      {SYS_ioctl, 1, TIOCSTI + 1, kYes},
      {SYS_ioctl, 1, TIOCLINUX - 1, kYes},
      {SYS_ioctl, 1, TIOCLINUX + 1, kYes},
      {SYS_ioctl, 1, uint64_t{TIOCSTI} << 32, kYes},
      {SYS_ioctl, 1, TIOCSTI | 0x8000'0000u, kYes},  // Another request, for its 32 bits differ.
      {SYS_ioctl, 1, kMinusOne, kYes},
      {SYS_ioctl, 0, TIOCSTI, kYes},
      {SYS_ioctl, 2, TIOCSTI, kYes},
      {SYS_ioctl, 1, TIOCSTI, EPERM},
      {SYS_ioctl, 1, TIOCSTI | kBit32, EPERM},
      {SYS_ioctl, 1, TIOCSTI | kBit63, EPERM},
      {SYS_ioctl, 1, TIOCSTI | kHighHalf, EPERM},
      {SYS_ioctl, 1, TIOCLINUX, EPERM},
      {SYS_ioctl, 1, TIOCLINUX | kBit32, EPERM},
      {SYS_ioctl, 1, TIOCLINUX | kHighHalf, EPERM},
  };
  expect_under(Preset::kDenyTty, {}, cases);
}

TEST(Conditions, PersonalityStaysLinux) {
  const Case cases[] = {
      {SYS_personality, 0, PER_LINUX, kYes},
      {SYS_personality, 1, PER_LINUX32, kYes},
      {SYS_personality, 0, PER_LINUX32, EPERM},
      {SYS_personality, 0, PER_SVR4, EPERM},
      {SYS_personality, 0, ADDR_NO_RANDOMIZE, EPERM},
      {SYS_personality, 0, READ_IMPLIES_EXEC, EPERM},
      {SYS_personality, 0, 0x8000'0000, EPERM},
      {SYS_personality, 0, kLow32, EPERM},  // Only asks.
      {SYS_personality, 0, kMinusOne, EPERM},
      {SYS_personality, 0, kBit32, EPERM},
  };
  expect_under(Preset::kDenyDevel, {}, cases);
}

TEST(Conditions, PersonalityStaysLinux32WhereThatIsAskedFor) {
  const Case cases[] = {
      {SYS_personality, 0, PER_LINUX32, kYes},
      {SYS_personality, 0, PER_LINUX, EPERM},
      {SYS_personality, 0, uint64_t{PER_LINUX32} | ADDR_NO_RANDOMIZE, EPERM},
      {SYS_personality, 0, PER_LINUX32 | kBit32, EPERM},
      {SYS_personality, 0, kLow32, EPERM},
  };
  expect_under(Preset::kDenyDevel, {.linux32 = true}, cases);
}

// Small ones, the neighbours of every power of two, and some at random; the seed is fixed.
std::set<uint32_t> families_to_try() {
  std::set<uint32_t> families;
  for (uint32_t family = 0; family < 300; ++family) families.insert(family);
  for (uint32_t power = 1; power != 0; power <<= 1) {
    for (uint32_t near = 0; near < 40; ++near) {
      families.insert(power + near);
      families.insert(power - near);
    }
  }
  std::mt19937 random(20240501);
  for (int i = 0; i < 2000; ++i) families.insert(static_cast<uint32_t>(random()));
  return families;
}

void expect_families(const Options& options, const std::set<uint32_t>& allowed) {
  const std::set<uint32_t> families = families_to_try();
  for (const Preset presets : {Preset::kCommon, Preset::kStrict}) {
    const auto filter = filter_of(presets, options);
    for (const uint32_t family : families) {
      const auto expected = allowed.contains(family) ? kAllowed : refused(EAFNOSUPPORT);
      for (const uint64_t high : {uint64_t{0}, kBit32, kBit63, kHighHalf}) {
        ASSERT_EQ(filter.run(native_call(SYS_socket, 0, family | high)), expected)
            << "family " << family << " | 0x" << std::hex << high;
        ASSERT_EQ(filter.run(native_call(SYS_socketpair, 0, family | high)),
                  presets == Preset::kStrict ? expected : kAllowed)
            << "family " << family << " | 0x" << std::hex << high;
      }
    }
    EXPECT_EQ(filter.run(native_call(SYS_socket, 1, AF_VSOCK)), kAllowed) << "that is its type";
  }
}

TEST(Conditions, SocketsAreOfCommonFamilies) {
  expect_families({}, {AF_UNSPEC, AF_LOCAL, AF_INET, AF_INET6, AF_NETLINK});
}
TEST(Conditions, SocketsAreOfCanWhereAskedFor) {
  expect_families({.can = true}, {AF_UNSPEC, AF_LOCAL, AF_INET, AF_INET6, AF_NETLINK, AF_CAN});
}
TEST(Conditions, SocketsAreOfBluetoothWhereAskedFor) {
  expect_families({.bluetooth = true},
                  {AF_UNSPEC, AF_LOCAL, AF_INET, AF_INET6, AF_NETLINK, AF_BLUETOOTH});
}
TEST(Conditions, SocketsAreOfBothWhereAskedFor) {
  expect_families({.multiarch = true, .can = true, .bluetooth = true},
                  {AF_UNSPEC, AF_LOCAL, AF_INET, AF_INET6, AF_NETLINK, AF_CAN, AF_BLUETOOTH});
}

}  // namespace
}  // namespace kekkai::seccomp
