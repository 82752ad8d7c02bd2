// Every call number under every preset: what is refused without a look at the arguments.
#include "filter_under_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>

namespace kekkai::seccomp {
namespace {

using testing::kAllowed;
using testing::refused;

constexpr long kAbsent = -1;  // Not a call of x86-64.

struct Entry {
  const char* call = nullptr;
  long number = kAbsent;  // The kernel's, not libseccomp's.
  Preset preset = Preset::kCommon;
  int error = 0;
  bool unless_multiarch = false;
};

// The policy, written down a second time.
const Entry kPolicy[] = {
    {"syslog", SYS_syslog, Preset::kCommon, EPERM},
    {"uselib", SYS_uselib, Preset::kCommon, EPERM},
    {"acct", SYS_acct, Preset::kCommon, EPERM},
    {"quotactl", SYS_quotactl, Preset::kCommon, EPERM},
    {"add_key", SYS_add_key, Preset::kCommon, EPERM},
    {"keyctl", SYS_keyctl, Preset::kCommon, EPERM},
    {"request_key", SYS_request_key, Preset::kCommon, EPERM},
    {"move_pages", SYS_move_pages, Preset::kCommon, EPERM},
    {"mbind", SYS_mbind, Preset::kCommon, EPERM},
    {"get_mempolicy", SYS_get_mempolicy, Preset::kCommon, EPERM},
    {"set_mempolicy", SYS_set_mempolicy, Preset::kCommon, EPERM},
    {"migrate_pages", SYS_migrate_pages, Preset::kCommon, EPERM},
    {"modify_ldt", SYS_modify_ldt, Preset::kCommon, EPERM, true},
    {"adjtimex", SYS_adjtimex, Preset::kExt, EPERM},
    {"clock_adjtime", SYS_clock_adjtime, Preset::kExt, EPERM},
    {"clock_adjtime64", kAbsent, Preset::kExt, EPERM},
    {"clock_settime", SYS_clock_settime, Preset::kExt, EPERM},
    {"clock_settime64", kAbsent, Preset::kExt, EPERM},
    {"settimeofday", SYS_settimeofday, Preset::kExt, EPERM},
    {"delete_module", SYS_delete_module, Preset::kExt, EPERM},
    {"finit_module", SYS_finit_module, Preset::kExt, EPERM},
    {"init_module", SYS_init_module, Preset::kExt, EPERM},
    {"kexec_file_load", SYS_kexec_file_load, Preset::kExt, EPERM},
    {"kexec_load", SYS_kexec_load, Preset::kExt, EPERM},
    {"reboot", SYS_reboot, Preset::kExt, EPERM},
    {"swapoff", SYS_swapoff, Preset::kExt, EPERM},
    {"swapon", SYS_swapon, Preset::kExt, EPERM},
    {"subpage_prot", kAbsent, Preset::kExt, ENOSYS, true},
    {"switch_endian", kAbsent, Preset::kExt, ENOSYS, true},
    {"vm86", kAbsent, Preset::kExt, ENOSYS, true},
    {"vm86old", kAbsent, Preset::kExt, ENOSYS, true},
    {"unshare", SYS_unshare, Preset::kDenyNs, EPERM},
    {"setns", SYS_setns, Preset::kDenyNs, EPERM},
    {"mount", SYS_mount, Preset::kDenyNs, EPERM},
    {"umount", kAbsent, Preset::kDenyNs, EPERM},
    {"umount2", SYS_umount2, Preset::kDenyNs, EPERM},
    {"pivot_root", SYS_pivot_root, Preset::kDenyNs, EPERM},
    {"chroot", SYS_chroot, Preset::kDenyNs, EPERM},
    {"clone3", SYS_clone3, Preset::kDenyNs, ENOSYS},
    {"open_tree", SYS_open_tree, Preset::kDenyNs, ENOSYS},
    {"open_tree_attr", 467, Preset::kDenyNs, ENOSYS},
    {"move_mount", SYS_move_mount, Preset::kDenyNs, ENOSYS},
    {"fsopen", SYS_fsopen, Preset::kDenyNs, ENOSYS},
    {"fsconfig", SYS_fsconfig, Preset::kDenyNs, ENOSYS},
    {"fsmount", SYS_fsmount, Preset::kDenyNs, ENOSYS},
    {"fspick", SYS_fspick, Preset::kDenyNs, ENOSYS},
    {"mount_setattr", SYS_mount_setattr, Preset::kDenyNs, ENOSYS},
    {"chown", SYS_chown, Preset::kDenyIds, EPERM},
    {"chown32", kAbsent, Preset::kDenyIds, EPERM},
    {"fchown", SYS_fchown, Preset::kDenyIds, EPERM},
    {"fchown32", kAbsent, Preset::kDenyIds, EPERM},
    {"fchownat", SYS_fchownat, Preset::kDenyIds, EPERM},
    {"lchown", SYS_lchown, Preset::kDenyIds, EPERM},
    {"lchown32", kAbsent, Preset::kDenyIds, EPERM},
    {"setgid", SYS_setgid, Preset::kDenyIds, EPERM},
    {"setgid32", kAbsent, Preset::kDenyIds, EPERM},
    {"setgroups", SYS_setgroups, Preset::kDenyIds, EPERM},
    {"setgroups32", kAbsent, Preset::kDenyIds, EPERM},
    {"setregid", SYS_setregid, Preset::kDenyIds, EPERM},
    {"setregid32", kAbsent, Preset::kDenyIds, EPERM},
    {"setresgid", SYS_setresgid, Preset::kDenyIds, EPERM},
    {"setresgid32", kAbsent, Preset::kDenyIds, EPERM},
    {"setresuid", SYS_setresuid, Preset::kDenyIds, EPERM},
    {"setresuid32", kAbsent, Preset::kDenyIds, EPERM},
    {"setreuid", SYS_setreuid, Preset::kDenyIds, EPERM},
    {"setreuid32", kAbsent, Preset::kDenyIds, EPERM},
    {"setuid", SYS_setuid, Preset::kDenyIds, EPERM},
    {"setuid32", kAbsent, Preset::kDenyIds, EPERM},
    {"perf_event_open", SYS_perf_event_open, Preset::kDenyDevel, EPERM},
    {"ptrace", SYS_ptrace, Preset::kDenyDevel, EPERM},
    {"quotactl_fd", SYS_quotactl_fd, Preset::kStrict, EPERM},
    {"set_mempolicy_home_node", SYS_set_mempolicy_home_node, Preset::kStrict, EPERM},
    {"io_uring_setup", SYS_io_uring_setup, Preset::kStrict, ENOSYS},
    {"io_uring_enter", SYS_io_uring_enter, Preset::kStrict, ENOSYS},
    {"io_uring_register", SYS_io_uring_register, Preset::kStrict, ENOSYS},
};

// These have a table of their own in condition_test.cpp.
constexpr long kConditional[] = {SYS_clone, SYS_ioctl, SYS_personality, SYS_socket};

const Options kOptions[] = {
    {},
    {.multiarch = true},
    {.linux32 = true},
    {.can = true},
    {.bluetooth = true},
    {.multiarch = true, .linux32 = true, .can = true, .bluetooth = true},
};

bool is_in_force(const Entry& entry, Preset presets, const Options& options) {
  return contains(presets, entry.preset) && !(entry.unless_multiarch && options.multiarch);
}

testing::FilterDecision policy_for(Preset presets, const Options& options, long number) {
  // 335 to 423 are free, but for 335 and 336; 469 is the last of Linux 6.18.
  const bool unclassified = (number > 336 && number < 424) || number > 469;
  if (contains(presets, Preset::kStrict) && unclassified) return refused(ENOSYS);
  for (const Entry& entry : kPolicy) {
    if (entry.number == number && is_in_force(entry, presets, options)) return refused(entry.error);
  }
  return kAllowed;
}

void expect_policy(Preset presets, const Options& options) {
  constexpr uint64_t kHigh = uint64_t{1} << 32;
  constexpr uint64_t kOnes = ~uint64_t{0};
  const Arguments all_arguments[] = {
      {}, {kOnes, kOnes, kOnes, kOnes, kOnes, kOnes}, {kHigh, kHigh, kHigh, kHigh, kHigh, kHigh}};
  const auto filter = filter_of(presets, options);
  for (uint32_t number = 0; number < 600; ++number) {
    if (std::ranges::count(kConditional, long{number}) != 0) continue;
    const auto expected = policy_for(presets, options, number);
    for (const Arguments& arguments : all_arguments) {
      ASSERT_EQ(filter.run(call_of(AUDIT_ARCH_X86_64, number, arguments)), expected)
          << "call " << number << " under " << name_of(presets)
          << (options.multiarch ? ", multiarch" : "");
    }
  }
}

TEST(CallTable, HoldsForEveryNumberUnderEveryPresetWhateverTheArguments) {
  for (const Preset presets : all_presets()) {
    for (const Options& options : kOptions) expect_policy(presets, options);
  }
}

// The calls that x86-64 lacks cannot be asked for: their rules are compared by name.
TEST(CallTable, HoldsByNameForCallsOfOtherArchitecturesToo) {
  for (const Preset presets : all_presets()) {
    for (const Options& options : kOptions) {
      std::map<std::string, int> expected;
      for (const Entry& entry : kPolicy) {
        if (is_in_force(entry, presets, options)) expected[entry.call] = entry.error;
      }
      std::map<std::string, int> found;
      for (const Rule& rule : preset_policy({presets, options}).rules) {
        if (rule.conditions.empty() && rule.call != "socket") found[rule.call] = rule.answer.error;
      }
      ASSERT_EQ(found, expected) << name_of(presets);
    }
  }
}

TEST(CallTable, StrictIsEverythingButIds) {
  EXPECT_EQ(name_of(Preset::kStrict), "common ext deny_ns deny_tty deny_devel");
  EXPECT_TRUE(contains(Preset::kStrict | Preset::kDenyIds, Preset::kStrict));
  EXPECT_FALSE(contains(Preset::kDenyNs | Preset::kDenyTty, Preset::kStrict));
  EXPECT_TRUE(contains(Preset::kCommon, Preset::kCommon));
}

TEST(CallTable, UnclassifiedNumbersAreRefusedUnderStrictOnly) {
  const auto strict = filter_of(Preset::kStrict);
  const auto common = filter_of(Preset::kCommon);
  for (const uint32_t number : {337u, 423u, 470u, 471u, 500u, 1000u, 0xffffu, 0x3fff'ffffu}) {
    EXPECT_EQ(strict.run(native_call(number)), refused(ENOSYS)) << number;
    EXPECT_EQ(common.run(native_call(number)), kAllowed) << number;
  }
  for (const uint32_t number : std::initializer_list<uint32_t>{
           SYS_rseq, 335, 336, SYS_pidfd_send_signal, SYS_futex_waitv, 452, 469}) {
    EXPECT_EQ(strict.run(native_call(number)), kAllowed) << number;
  }
}

}  // namespace
}  // namespace kekkai::seccomp
