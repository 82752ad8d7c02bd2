// The rules of the presets by name, those of other architectures among them.
#include "expected_policy.h"
#include "filter_under_test.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <initializer_list>
#include <map>
#include <string>

namespace kekkai::seccomp {
namespace {

using testing::kAllowed;
using testing::refused;

const Options kOptions[] = {
    {},
    {.multiarch = true},
    {.linux32 = true, .can = true, .bluetooth = true},
};

// The calls that x86-64 lacks cannot be asked for: their rules are compared by name.
TEST(CallTable, HoldsByNameForCallsOfOtherArchitecturesToo) {
  for (const Preset presets : all_presets()) {
    for (const Options& options : kOptions) {
      std::map<std::string, int> expected;
      for (const RefusedCall& row : refused_calls()) {
        if (is_in_force(row, {presets, options})) expected[std::string(row.call)] = row.error;
      }
      std::map<std::string, int> found;
      for (const Rule& rule : preset_policy({presets, options}).rules) {
        const bool has_families = rule.call.starts_with("socket");
        if (rule.conditions.empty() && !has_families) found[rule.call] = rule.answer.error;
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
