// Lists of rules of one's own: what they mean, and what is written of a policy.
#include "filter_under_test.h"

#include <kekkai/seccomp-presets/policy_file.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <fstream>
#include <iterator>
#include <string>

namespace kekkai::seccomp {
namespace {

using testing::kAllowed;
using testing::refused;

Policy parse(const std::string& json) { return parse_policy(json, "rules.json", Arch::kX86_64); }

Policy without_origins(Policy policy) {
  for (Rule& rule : policy.rules) rule.origin.clear();
  return policy;
}

constexpr const char* kEverything = R"({
  "$schema": "x",
  "default": "allow",
  "unclassified": "ENOSYS",
  "foreign": "kill",
  "multiarch": true,
  "rules": [
    {"call": "ptrace", "action": "allow"},
    {"call": ["mount", "umount2"], "action": "errno", "errno": "EACCES", "why": "text"},
    {"call": "chroot", "errno": 4095}, {"call": "0x1d0", "action": "kill"},
    {"call": 465, "action": "log"},
    {"call": "swapon", "action": "trap"},
    {"call": "swapoff", "action": "kill_thread"},
    {"call": "ioctl", "errno": "EPERM",
     "args": [{"index": 1, "op": "masked_eq", "mask": "0xffffffff", "value": "0x5412"},
              {"index": "0", "op": "le", "value": 2}]}
  ]
})";

TEST(PolicyFile, SaysEverythingThatAPolicyHolds) {
  const Rule expected[] = {
      {"ptrace", kAllow, {}, "rules.json:8"},
      {"mount", refuse_with(EACCES), {}, "rules.json:9", "text"},
      {"umount2", refuse_with(EACCES), {}, "rules.json:9", "text"},
      {"chroot", refuse_with(4095), {}, "rules.json:10"},
      {"464", {Action::kKillProcess}, {}, "rules.json:10"},
      {"465", {Action::kLog}, {}, "rules.json:11"},
      {"swapon", {Action::kTrap}, {}, "rules.json:12"},
      {"swapoff", {Action::kKillThread}, {}, "rules.json:13"},
      {"ioctl",
       refuse_with(EPERM),
       {masked(1, kLow32, 0x5412), {0, Comparison::kLessOrEqual, 2}},
       "rules.json:14"},
  };
  const Policy policy = parse(kEverything);
  EXPECT_THAT(policy.rules, ::testing::ElementsAreArray(expected));
  EXPECT_EQ(policy.otherwise, kAllow);
  EXPECT_EQ(policy.unclassified, refuse_with(ENOSYS));
  EXPECT_EQ(policy.foreign, Answer{Action::kKillProcess});
  EXPECT_TRUE(policy.multiarch);
}

TEST(PolicyFile, RulesStandAloneWithoutPresets) {
  const Policy policy = parse(R"({"rules": [{"call": "unlink"}]})");
  EXPECT_EQ(without_origins(policy), (Policy{.rules = {{.call = "unlink"}}}));
}

TEST(PolicyFile, RulesComeBeforeThoseOfPresets) {
  const testing::BpfInterpreter filter(compile(
      parse(R"({"presets": "strict,can", "rules": [{"call": "ptrace", "action": "allow"}]})")));
  EXPECT_EQ(filter.run(native_call(SYS_ptrace)), kAllowed);
  EXPECT_EQ(filter.run(native_call(SYS_mount)), refused(EPERM));
  EXPECT_EQ(filter.run(native_call(SYS_socket, 0, 29)), kAllowed) << "AF_CAN";
  EXPECT_EQ(filter.run(native_call(470)), refused(ENOSYS));
}

TEST(PolicyFile, PresetsMayStandAlone) {
  EXPECT_EQ(parse(R"({"presets": "deny_ns"})"), preset_policy(parse_selection("deny_ns")));
}

TEST(PolicyFile, EveryComparisonHasAName) {
  const std::pair<const char*, Comparison> names[] = {
      {"eq", Comparison::kEqual},
      {"ne", Comparison::kNotEqual},
      {"lt", Comparison::kLess},
      {"le", Comparison::kLessOrEqual},
      {"gt", Comparison::kGreater},
      {"ge", Comparison::kGreaterOrEqual},
      {"masked_eq", Comparison::kMaskedEqual},
  };
  for (const auto& [name, comparison] : names) {
    const std::string mask = comparison == Comparison::kMaskedEqual ? R"("mask": 7, )" : "";
    const Policy policy = parse(R"({"rules": [{"call": "read", "args": [{"index": 5, "op": ")" +
                                std::string(name) + "\", " + mask + R"("value": 5}]}]})");
    EXPECT_EQ(policy.rules.front().conditions.front().comparison, comparison) << name;
  }
}

TEST(PolicyFile, DefaultsAreActionsOrErrnos) {
  const std::pair<const char*, Answer> words[] = {
      {R"("allow")", kAllow},
      {R"("errno")", refuse_with(EPERM)},
      {R"("ENOTSUP")", refuse_with(EOPNOTSUPP)},
      {R"("EWOULDBLOCK")", refuse_with(EAGAIN)},
      {R"("EHWPOISON")", refuse_with(EHWPOISON)},
      {R"("0x26")", refuse_with(ENOSYS)},
      {"4095", refuse_with(4095)},
      {R"("kill")", {Action::kKillProcess}},
  };
  for (const auto& [word, answer] : words) {
    EXPECT_EQ(parse("{\"default\": " + std::string(word) +
                    R"(, "rules": [{"call": "read", "action": "allow"}]})")
                  .otherwise,
              answer)
        << word;
  }
}

TEST(PolicyFile, ARuleMayFollowConditionalOnes) {
  const testing::BpfInterpreter filter(compile(parse(R"({"rules": [
    {"call": "write", "action": "allow", "args": [{"index": 0, "op": "eq", "value": 1}]},
    {"call": 1, "errno": "EIO", "args": [{"index": 0, "op": "eq", "value": 2}]},
    {"call": "write", "errno": "EBADF"}]})")));
  EXPECT_EQ(filter.run(native_call(SYS_write, 0, 1)), kAllowed);
  EXPECT_EQ(filter.run(native_call(SYS_write, 0, 2)), refused(EIO));
  EXPECT_EQ(filter.run(native_call(SYS_write, 0, 3)), refused(EBADF));
}

// The blocks of its section, up to the next one.
TEST(PolicyFile, TheExampleOfTheBookIsAccepted) {
  std::ifstream file(KEKKAI_PAGE);
  const std::string page(std::istreambuf_iterator<char>(file), {});
  const size_t begin = page.find("## A rule list of your own\n");
  const size_t end = page.find("\n## ", begin);
  const std::string block = "```json\n";
  size_t examples = 0;
  for (size_t at = page.find(block, begin); at < end; at = page.find(block, at + 1)) {
    const size_t text = at + block.size();
    EXPECT_NO_THROW(parse(page.substr(text, page.find("```", text) - text)));
    ++examples;
  }
  EXPECT_EQ(examples, 1U);
}

TEST(PolicyFile, WhatIsWrittenIsReadAgain) {
  std::vector<Policy> policies{parse(kEverything)};
  for (const Preset preset : all_presets()) policies.push_back(preset_policy({preset, {}}));
  for (const SelectionWord& word : selection_words()) {
    const std::string name(word.name);
    policies.push_back(preset_policy(parse_selection(word.option ? "strict," + name : name)));
  }
  for (const Policy& policy : policies) {
    const std::string json = to_json(policy);
    EXPECT_EQ(without_origins(parse(json)), without_origins(policy)) << json;
  }
}

TEST(PolicyFile, ARuleIsALine) {
  EXPECT_EQ(to_json(parse(kEverything)), R"({
  "default": "allow",
  "unclassified": "ENOSYS",
  "foreign": "kill",
  "multiarch": true,
  "rules": [
    {"call": "ptrace", "action": "allow"},
    {"call": ["mount", "umount2"], "action": "errno", "errno": "EACCES", "why": "text"},
    {"call": "chroot", "action": "errno", "errno": 4095},
    {"call": 464, "action": "kill"},
    {"call": 465, "action": "log"},
    {"call": "swapon", "action": "trap"},
    {"call": "swapoff", "action": "kill_thread"},
    {"call": "ioctl", "action": "errno", "errno": "EPERM", "args": [{"index": 1, "op": "masked_eq", "mask": "0xffffffff", "value": "0x5412"}, {"index": 0, "op": "le", "value": 2}]}
  ]
}
)");
}

TEST(PolicyFile, RulesThatNeverApplyAreNotWritten) {
  const Policy policy =
      parse(R"({"presets": "strict", "rules": [{"call": "ptrace", "action": "allow"}]})");
  const Policy again = parse(to_json(policy));
  EXPECT_EQ(again.rules.size() + 1, policy.rules.size());
  const testing::BpfInterpreter filter(compile(again));
  EXPECT_EQ(filter.run(native_call(SYS_ptrace)), kAllowed);
}

TEST(PolicyFile, WhatHasNoWordIsNotWritten) {
  EXPECT_THROW(to_json(Policy{}), FilterError);
  EXPECT_THROW(to_json(Policy{.rules = {{"read", {Action::kNotify}}}}), FilterError);
}

}  // namespace
}  // namespace kekkai::seccomp
