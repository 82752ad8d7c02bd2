#include "../../cli/denial_log.h"

#include <kekkai/seccomp-presets/policy_file.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>

namespace kekkai::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const seccomp::Rule kNoPtrace{
    "ptrace", seccomp::refuse_with(EPERM), {}, "deny_devel", "one process would look"};

DeniedCall ptrace_call() {
  return {.thread = 12,
          .program = "gdb",
          .call = "ptrace",
          .arch = seccomp::kNativeArch,
          .arguments = {"PTRACE_ATTACH", "7", "0", "0"},
          .decision = {kNoPtrace.answer, seccomp::Decider::kRule, &kNoPtrace},
          .allowance = seccomp::Rule{"ptrace", seccomp::kAllow}};
}

DeniedCall socket_call(uint64_t family) {
  DeniedCall call = ptrace_call();
  call.call = "socket";
  call.arguments = {std::to_string(family)};
  call.allowance =
      seccomp::Rule{"socket", seccomp::kAllow, {seccomp::masked(0, seccomp::kLow32, family)}};
  return call;
}

DeniedCall foreign_call() {
  DeniedCall call = ptrace_call();
  call.call = "i386 write";
  call.arch = seccomp::Arch::kI386;
  call.decision = {seccomp::refuse_with(ENOSYS), seccomp::Decider::kForeign};
  call.allowance.reset();
  return call;
}

std::string option_for(const DeniedCall& call, const SeccompOptions& options = {}) {
  return describe_denial(call, options).option;
}

TEST(DenialLog, TellsWhoWhatWhyAndTheWayOut) {
  const DeniedCall call = ptrace_call();
  const Denial denial = describe_denial(call, {});
  EXPECT_EQ(denial_text(denial),
            "gdb[12]: ptrace(PTRACE_ATTACH, 7, 0, 0): EPERM by deny_devel; "
            "--seccomp-allow ptrace allows it");
  EXPECT_EQ(denial_line(call, denial),
            R"({"event":"refused","pid":12,"program":"gdb","call":"ptrace",)"
            R"("arguments":["PTRACE_ATTACH","7","0","0"],"errno":"EPERM","by":"deny_devel",)"
            R"("why":"one process would look","option":"--seccomp-allow ptrace"})"
            "\n");
}

TEST(DenialLog, NamesTheOptionThatIsMadeForIt) {
  EXPECT_EQ(option_for(socket_call(AF_CAN)), "--seccomp strict,can");
  EXPECT_EQ(option_for(socket_call(AF_BLUETOOTH)), "--seccomp strict,bluetooth");
  EXPECT_EQ(option_for(socket_call(AF_VSOCK)), "--seccomp-allow socket");
  EXPECT_EQ(option_for(foreign_call()), "--seccomp strict,multiarch");
  SeccompOptions rules{.rules = seccomp::Policy{}};
  rules.selection.reset();
  EXPECT_EQ(option_for(socket_call(AF_CAN), rules), "--seccomp-allow socket");
  EXPECT_EQ(option_for(foreign_call(), rules), "");
  DeniedCall x32 = foreign_call();
  x32.arch.reset();
  EXPECT_EQ(option_for(x32), "");
}

TEST(DenialLog, AWordlessEndOfTheTextWithoutAWayOut) {
  DeniedCall x32 = foreign_call();
  x32.arch.reset();
  EXPECT_EQ(denial_text(describe_denial(x32, {})),
            "gdb[12]: i386 write(PTRACE_ATTACH, 7, 0, 0): ENOSYS by architecture");
}

// Strings are a program's own: nothing in them reaches a reader as it is.
TEST(DenialLog, JsonIsPlainAsciiWhateverTheProgramPassed) {
  DeniedCall call = ptrace_call();
  call.program = "\x1b[2J\xff";
  call.arguments = {"\"\x1b]0;\xc2\x9b\""};
  for (const char c : denial_line(call, describe_denial(call, {}))) {
    EXPECT_TRUE((c >= ' ' && c < 0x7f) || c == '\n') << static_cast<int>(c);
  }
}

TEST(DenialSummary, CountsTheMostFrequentFirst) {
  DenialSummary summary;
  const auto add = [&](const DeniedCall& call) { summary.add(call, describe_denial(call, {})); };
  EXPECT_THAT(summary.texts(), ElementsAre("no system call was refused"));
  add(socket_call(AF_CAN));
  EXPECT_THAT(summary.texts().front(), "1 system call was refused:");
  for (int i = 0; i < 11; ++i) add(ptrace_call());
  EXPECT_THAT(summary.texts(),
              ElementsAre("12 system calls were refused:",
                          "      11 x ptrace  EPERM         deny_devel  --seccomp-allow ptrace",
                          "       1 x socket  EPERM         deny_devel  --seccomp strict,can"));
  EXPECT_THAT(summary.line(), HasSubstr(R"("total":12,"calls":[{"call":"ptrace","errno":"EPERM",)"
                                        R"("by":"deny_devel","why":"one process would look",)"
                                        R"("count":11,)"));
}

TEST(DenialSummary, AProgramCannotMakeItGrowWithoutEnd) {
  DenialSummary summary;
  for (size_t i = 0; i < 2 * DenialSummary::kMostKinds; ++i) {
    DeniedCall call = ptrace_call();
    call.call = std::to_string(i);
    call.allowance = seccomp::Rule{call.call, seccomp::kAllow};
    summary.add(call, describe_denial(call, {}));
  }
  EXPECT_EQ(summary.texts().size(), DenialSummary::kMostKinds + 2);
  EXPECT_EQ(summary.texts().back(), "    1000 x others");
}

seccomp::Decision decision(const std::string& file, uint64_t family) {
  const seccomp::Policy policy = seccomp::parse_policy(file, "learned.json");
  const int number = seccomp::find_call("socket")->number(seccomp::kNativeArch);
  const seccomp_data data{number, seccomp::audit_arch(seccomp::kNativeArch), 0, {family}};
  return seccomp::decide(policy, data);
}

TEST(DenialSummary, WhatWasLearnedAllowsWhatWasSeenAndNoMore) {
  DenialSummary summary;
  const DeniedCall call = socket_call(AF_VSOCK);
  for (int i = 0; i < 3; ++i) summary.add(call, describe_denial(call, {}));
  const std::string file = summary.learned({.allowed = {"ptrace"}});
  EXPECT_THAT(file, HasSubstr("\"presets\": \"strict\""));
  EXPECT_EQ(decision(file, AF_VSOCK).answer, seccomp::kAllow);
  EXPECT_EQ(decision(file, AF_CAN).answer, seccomp::refuse_with(EAFNOSUPPORT));
  EXPECT_THAT(file, HasSubstr("ptrace"));
}

TEST(DenialSummary, WhatWasLearnedComesBeforeTheRulesOfAFile) {
  DenialSummary summary;
  const DeniedCall call = socket_call(AF_VSOCK);
  summary.add(call, describe_denial(call, {}));
  const seccomp::Policy rules{.rules = {{"socket", seccomp::refuse_with(EIO)}}};
  const std::string file = summary.learned({.rules = rules});
  EXPECT_EQ(decision(file, AF_VSOCK).answer, seccomp::kAllow);
  EXPECT_EQ(decision(file, AF_INET).answer, seccomp::refuse_with(EIO));
}

TEST(DenialSummary, WhatIsLearnedOnTopOfPresetsKeepsThem) {
  DenialSummary summary;
  const DeniedCall call = ptrace_call();
  summary.add(call, describe_denial(call, {}));
  const SeccompOptions options{
      .rules = seccomp::parse_policy(
          R"({"presets": "common,deny_devel,can", "rules": [{"call": "mkdir"}]})", "x.json")};
  const std::string file = summary.learned(options);
  EXPECT_THAT(file, HasSubstr("\"presets\": \"deny_devel,can\""));
  EXPECT_THAT(file, HasSubstr("{\"call\": \"ptrace\", \"action\": \"allow\", "
                              "\"why\": \"gdb[12]: ptrace(PTRACE_ATTACH, 7, 0, 0)\"}"));
  EXPECT_THAT(file, HasSubstr("mkdir"));
  EXPECT_EQ(std::ranges::count(file, '\n'), 7) << file;
}

// To allow it would be to allow what the filter cannot see in it.
TEST(DenialSummary, Clone3IsToldAndNeverLearned) {
  DeniedCall call = ptrace_call();
  call.call = "clone3";
  call.allowance = seccomp::Rule{"clone3", seccomp::kAllow};
  const Denial denial = describe_denial(call, {});
  EXPECT_EQ(denial.option, "");
  DenialSummary summary;
  summary.add(call, denial);
  EXPECT_EQ(summary.texts().size(), 2U);
  EXPECT_THAT(summary.learned({}), ::testing::Not(HasSubstr("clone3")));
}

TEST(DenialSummary, CausesArePlainTextWhateverTheProgramPassed) {
  DenialSummary summary;
  DeniedCall call = ptrace_call();
  call.arguments = {std::string(3000, '\xff') + "\x1b[2J\u00e9"};
  summary.add(call, describe_denial(call, {}));
  const std::string file = summary.learned({});
  for (const char c : file) EXPECT_TRUE((c >= ' ' && c < 0x7f) || c == '\n');
  EXPECT_NO_THROW(seccomp::parse_policy(file, "learned.json"));
}

TEST(DenialSummary, NothingLearnedIsAPolicyToo) {
  EXPECT_EQ(decision(DenialSummary().learned({}), AF_CAN).answer,
            seccomp::refuse_with(EAFNOSUPPORT));
}

}  // namespace
}  // namespace kekkai::cli
