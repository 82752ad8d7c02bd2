// The other doors into the same kernel: i386 by `int 0x80`, x32 by a bit in the number.
#include "filter_under_test.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

namespace kekkai::seccomp {
namespace {

using testing::kAllowed;
using testing::refused;

constexpr uint32_t kX32Bit = 0x4000'0000;

TEST(ForeignArchitecture, EveryCallIsRefused) {
  for (const Preset presets : all_presets()) {
    const auto filter = filter_of(presets);
    for (const uint32_t architecture :
         {uint32_t{AUDIT_ARCH_I386}, uint32_t{AUDIT_ARCH_AARCH64}, uint32_t{AUDIT_ARCH_ARM}, 0u}) {
      for (uint32_t number = 0; number < 600; ++number) {
        ASSERT_EQ(filter.run(call_of(architecture, number, {})), refused(ENOSYS))
            << std::hex << architecture << ", call " << std::dec << number;
      }
    }
  }
}

TEST(ForeignArchitecture, X32IsRefusedEvenUnderMultiarch) {
  for (const Preset presets : all_presets()) {
    for (const bool multiarch : {false, true}) {
      const auto filter = filter_of(presets, {.multiarch = multiarch});
      for (uint32_t number = 0; number < 600; ++number) {
        ASSERT_EQ(filter.run(native_call(kX32Bit | number)), refused(ENOSYS)) << number;
      }
      for (const uint32_t number : {0x7fff'ffffu, 0x8000'0000u, 0xc000'0000u, 0xffff'fffeu}) {
        EXPECT_EQ(filter.run(native_call(number)), refused(ENOSYS)) << std::hex << number;
      }
    }
  }
}

// -1 stands for a call that a tracer took out; the kernel makes none, whatever a filter says.
TEST(ForeignArchitecture, ACallThatATracerSkippedIsNotTakenForX32) {
  EXPECT_EQ(filter_of(Preset::kCommon).run(native_call(~0u)), kAllowed);
  EXPECT_EQ(filter_of(Preset::kStrict).run(native_call(~0u)), kAllowed);
}

struct I386Case {
  const char* call = nullptr;
  uint32_t number = 0;  // asm/unistd_32.h, which cannot be included beside the native one.
  Preset preset = Preset::kCommon;
  int error = 0;
  Arguments arguments = {};
};

constexpr int kYes = 0;  // In the place of an errno: allowed.

const I386Case kI386Cases[] = {
    {"syslog", 103, Preset::kCommon, EPERM},
    {"keyctl", 288, Preset::kCommon, EPERM},
    {"set_mempolicy", 276, Preset::kCommon, EPERM},
    {"modify_ldt", 123, Preset::kCommon, kYes},
    {"swapon", 87, Preset::kExt, EPERM},
    {"reboot", 88, Preset::kExt, EPERM},
    {"clock_settime", 264, Preset::kExt, EPERM},
    {"clock_adjtime64", 405, Preset::kExt, EPERM},
    {"vm86", 166, Preset::kExt, kYes},
    {"vm86old", 113, Preset::kExt, kYes},
    {"mount", 21, Preset::kDenyNs, EPERM},
    {"umount", 22, Preset::kDenyNs, EPERM},
    {"umount2", 52, Preset::kDenyNs, EPERM},
    {"chroot", 61, Preset::kDenyNs, EPERM},
    {"unshare", 310, Preset::kDenyNs, EPERM},
    {"setns", 346, Preset::kDenyNs, EPERM},
    {"clone3", 435, Preset::kDenyNs, ENOSYS},
    {"mount_setattr", 442, Preset::kDenyNs, ENOSYS},
    {"clone", 120, Preset::kDenyNs, kYes, {CLONE_NEWPID}},
    {"clone", 120, Preset::kDenyNs, EPERM, {CLONE_NEWUSER}},
    {"setuid", 23, Preset::kDenyIds, EPERM},
    {"setuid32", 213, Preset::kDenyIds, EPERM},
    {"chown32", 212, Preset::kDenyIds, EPERM},
    {"ioctl", 54, Preset::kDenyTty, kYes, {0, TCGETS}},
    {"ioctl", 54, Preset::kDenyTty, EPERM, {0, TIOCSTI}},
    {"ioctl", 54, Preset::kDenyTty, EPERM, {0, TIOCLINUX}},
    {"ptrace", 26, Preset::kDenyDevel, EPERM},
    {"personality", 136, Preset::kDenyDevel, kYes, {0}},
    {"personality", 136, Preset::kDenyDevel, EPERM, {8}},
    {"rseq", 386, Preset::kStrict, kYes},
    {"a gap", 387, Preset::kStrict, ENOSYS},
    {"a gap", 392, Preset::kStrict, ENOSYS},
    {"semget", 393, Preset::kStrict, kYes},
    {"clock_gettime64", 403, Preset::kStrict, kYes},
    {"set_mempolicy_home_node", 450, Preset::kStrict, EPERM},
    {"file_setattr", 469, Preset::kStrict, kYes},
    {"too new", 470, Preset::kStrict, ENOSYS},
    {"too new", 0x4000'0003, Preset::kStrict, ENOSYS},  // Also the value of AUDIT_ARCH_I386.
    // The family is in memory there, so it is not filtered.
    {"socketcall", 102, Preset::kCommon, kYes, {1}},
    {"socket", 359, Preset::kCommon, EAFNOSUPPORT, {AF_VSOCK}},
    // Native numbers of calls that are refused mean other ones here.
    {"write", 4, Preset::kStrict, kYes},
    {"ssetmask", 69, Preset::kStrict, kYes},
};

TEST(ForeignArchitecture, I386FollowsTheSameRulesUnderMultiarch) {
  for (const Preset presets : all_presets()) {
    const auto filter = filter_of(presets, {.multiarch = true});
    for (const I386Case& c : kI386Cases) {
      const bool refuses = contains(presets, c.preset) && c.error != kYes;
      EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, c.number, c.arguments)),
                refuses ? refused(c.error) : kAllowed)
          << c.call << " under " << name_of(presets);
    }
    EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_AARCH64, 0, {})), refused(ENOSYS));
  }
}

}  // namespace
}  // namespace kekkai::seccomp
