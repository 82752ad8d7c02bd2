// OCI's linux.seccomp: what it means here, and what is refused where.
#include "docker_profile.h"
#include "filter_under_test.h"

#include <kekkai/seccomp-presets/policy_file.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <string>

namespace kekkai::seccomp {
namespace {

using testing::FilterAction;
using testing::kAllowed;
using testing::refused;

Policy parse(const std::string& json) { return parse_policy(json, "oci.json", Arch::kX86_64); }

testing::BpfInterpreter filter_of(const Policy& policy) {
  return testing::BpfInterpreter(compile(policy, Arch::kX86_64));
}

TEST(OciImport, DockersDefaultMeansWhatItMeansToDocker) {
  const auto filter = filter_of(parse(kDockers));
  for (const uint32_t call : {SYS_read, SYS_openat, SYS_execve, SYS_ptrace, SYS_arch_prctl}) {
    EXPECT_EQ(filter.run(native_call(call)), kAllowed) << call;
  }
  for (const uint32_t call : {SYS_mount, SYS_unshare, SYS_keyctl, SYS_bpf, SYS_io_uring_setup}) {
    EXPECT_EQ(filter.run(native_call(call)), refused(EPERM)) << call;
  }
  EXPECT_EQ(filter.run(native_call(SYS_clone3)), refused(ENOSYS));
  EXPECT_EQ(filter.run(native_call(SYS_clone, 0, SIGCHLD)), kAllowed);
  EXPECT_EQ(filter.run(native_call(SYS_clone, 0, CLONE_NEWNET)), refused(EPERM));
  EXPECT_EQ(filter.run(native_call(SYS_socket, 0, AF_INET)), kAllowed);
  EXPECT_EQ(filter.run(native_call(SYS_socket, 0, AF_VSOCK)), refused(EPERM));
  for (const uint64_t domain : {0UL, 8UL, 0x20000UL, 0x20008UL, 0xffffffffUL}) {
    EXPECT_EQ(filter.run(native_call(SYS_personality, 0, domain)), kAllowed) << domain;
  }
  EXPECT_EQ(filter.run(native_call(SYS_personality, 0, 0x40000)), refused(EPERM));
  EXPECT_EQ(filter.run(native_call(470)), refused(ENOSYS)) << "as runc's stub does";
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 3, {})), kAllowed) << "read(2)";
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_I386, 21, {})), refused(EPERM)) << "mount(2)";
  EXPECT_EQ(filter.run(native_call(kX32Bit)), refused(ENOSYS));
}

TEST(OciImport, TheObjectMayStandAlone) {
  const Policy policy = parse(R"({"defaultAction": "SCMP_ACT_ALLOW",
    "flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"],
    "syscalls": [{"names": ["ptrace"],
      "action": "SCMP_ACT_ERRNO", "comment": "why"}]})");
  const Policy expected{.rules = {{"ptrace", refuse_with(EPERM), {}, "oci.json:3", "why"}}};
  EXPECT_EQ(policy, expected);
}

TEST(OciImport, EveryActionIsOurs) {
  const std::pair<const char*, Action> actions[] = {
      {"SCMP_ACT_KILL", Action::kKillThread},
      {"SCMP_ACT_KILL_THREAD", Action::kKillThread},
      {"SCMP_ACT_KILL_PROCESS", Action::kKillProcess},
      {"SCMP_ACT_TRAP", Action::kTrap},
      {"SCMP_ACT_LOG", Action::kLog},
      {"SCMP_ACT_ALLOW", Action::kAllow},
  };
  for (const auto& [word, action] : actions) {
    const Policy policy = parse(R"({"defaultAction": ")" + std::string(word) + "\"}");
    EXPECT_EQ(policy.otherwise, Answer{action}) << word;
    const bool lets_through = action == Action::kLog || action == Action::kAllow;
    EXPECT_EQ(policy.unclassified.has_value(), !lets_through) << word;
  }
}

Policy parse_entry(const std::string& rest) {
  return parse(R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    {"names": ["write"], "action": "SCMP_ACT_ERRNO", )" +
               rest + "}]}");
}

TEST(OciImport, ConditionsOnOneArgumentAreAlternatives) {
  const auto filter = filter_of(parse_entry(
      R"("args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 9, "op": "SCMP_CMP_GT"}])"));
  EXPECT_EQ(filter.run(native_call(SYS_write, 0, 1)), refused(EPERM));
  EXPECT_EQ(filter.run(native_call(SYS_write, 0, 9)), kAllowed);
  EXPECT_EQ(filter.run(native_call(SYS_write, 0, 10)), refused(EPERM));
}

TEST(OciImport, ConditionsOnSeveralArgumentsHoldTogether) {
  const auto filter = filter_of(parse_entry(
      R"("args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 2, "value": 12, "valueTwo": 4, "op": "SCMP_CMP_MASKED_EQ"}])"));
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_X86_64, SYS_write, {1, 0, 5})), refused(EPERM));
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_X86_64, SYS_write, {1, 0, 12})), kAllowed);
  EXPECT_EQ(filter.run(call_of(AUDIT_ARCH_X86_64, SYS_write, {2, 0, 4})), kAllowed);
}

TEST(OciImport, WhatIsSaidAgainIsPassedOver) {
  EXPECT_EQ(parse(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
      {"names": ["read", "read"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["read"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]})")
                .rules.size(),
            1U);
}

// Without a rule an unknown call is refused here anyway.
TEST(OciImport, UnknownCallsArePassedOverWhereTheyAreRefusedAnyway) {
  EXPECT_TRUE(parse(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
      {"names": ["s390_runtime_instr"], "action": "SCMP_ACT_KILL"}]})")
                  .rules.empty());
  EXPECT_TRUE(parse(R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
      {"names": ["s390_runtime_instr"], "action": "SCMP_ACT_ALLOW"}]})")
                  .rules.empty());
}

struct Refused {
  const char* name;
  std::string json;
  const char* message;
};
std::ostream& operator<<(std::ostream& out, const Refused& r) { return out << r.name; }

class RefusedOci : public ::testing::TestWithParam<Refused> {};
TEST_P(RefusedOci, IsNamedWithItsPlace) {
  try {
    parse(GetParam().json);
    ADD_FAILURE() << "accepted";
  } catch (const FilterError& e) {
    EXPECT_EQ(e.what(), std::string("oci.json:") + GetParam().message);
  }
}

// With a default that allows: its first line.
std::string beside_default(const std::string& rest) {
  return "{\"defaultAction\": \"SCMP_ACT_ALLOW\",\n" + rest + "}";
}
std::string as_entry(const std::string& entry) {
  return beside_default("\"syscalls\": [\n" + entry + "]");
}

const Refused kRefused[] = {
    {"no_seccomp", R"({"ociVersion": "1"})", "1:1: this configuration has no linux.seccomp"},
    {"no_object", R"({"linux": {"seccomp": []}})", "1:23: an object belongs here"},
    {"listener", beside_default(R"("listenerPath": "/x")"),
     "2:1: \"listenerPath\": there is nobody here to answer calls"},
    {"trace", R"({"defaultAction": "SCMP_ACT_TRACE"})",
     "1:19: SCMP_ACT_TRACE: there is nobody here to answer calls"},
    {"notify", as_entry(R"({"action": "SCMP_ACT_NOTIFY", "names": ["read"]})"),
     "3:12: SCMP_ACT_NOTIFY: there is nobody here to answer calls"},
    {"unknown_action", R"({"defaultAction": "deny"})", "1:19: there is no action \"deny\""},
    {"unknown_flag", beside_default(R"("flags": ["SECCOMP_FILTER_FLAG_NEW_LISTENER"])"),
     "2:11: the flag \"SECCOMP_FILTER_FLAG_NEW_LISTENER\" is not known here"},
    {"another_architecture", beside_default(R"("architectures": ["SCMP_ARCH_S390X"])"),
     "2:19: \"SCMP_ARCH_S390X\" is not an architecture of this machine, x86_64"},
    {"not_this_architecture", beside_default(R"("architectures": ["SCMP_ARCH_X86"])"),
     "2:18: the architecture of this machine, x86_64, is not in the list"},
    {"dockers_map", beside_default(R"("archMap": [])"),
     "2:1: \"archMap\" is of Docker's own form, which depends on the host; what Docker makes of it "
     "is in the config.json of a container"},
    {"dockers_entry",
     as_entry(
         R"({"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}})"),
     "3:48: \"includes\" is of Docker's own form, which depends on the host; what Docker makes of "
     "it is in the config.json of a container"},
    {"unknown_key", as_entry(R"({"names": ["bpf"], "act": "SCMP_ACT_ALLOW"})"),
     "3:20: there is no \"act\" here, but names, action, errnoRet, args, comment"},
    {"unknown_call", as_entry(R"({"names": ["ptrase"], "action": "SCMP_ACT_ERRNO"})"),
     "3:12: there is no system call \"ptrase\", so that it would not be refused"},
    {"errno_of_another_action",
     as_entry(R"({"names": ["read"], "action": "SCMP_ACT_KILL", "errnoRet": 1})"),
     "3:48: \"errnoRet\" goes with SCMP_ACT_ERRNO only"},
    {"errno_0", as_entry(R"({"names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": 0})"),
     "3:61: an errno is within 1 to 4095"},
    {"shadow",
     as_entry(R"({"names": ["read"], "action": "SCMP_ACT_ALLOW"},)"
              "\n"
              R"({"names": ["read"], "action": "SCMP_ACT_KILL"})"),
     "4:12: the rule for \"read\" never applies: line 3 has another for it"},
    {"mixed_arguments", as_entry(R"({"names": ["read"], "action": "SCMP_ACT_KILL", "args": [
       {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 2, "op": "SCMP_CMP_EQ"},
       {"index": 1, "value": 2, "op": "SCMP_CMP_EQ"}]})"),
     "3:56: one argument is compared twice, and another too: runtimes do not agree on what that "
     "means; make entries of it that compare each argument once"},
    {"unknown_comparison", as_entry(R"({"names": ["read"], "action": "SCMP_ACT_KILL", "args": [
{"index": 0, "value": 1, "op": "eq"}]})"),
     "4:32: there is no comparison \"eq\""},
    {"never", as_entry(R"({"names": ["write"], "action": "SCMP_ACT_KILL", "args": [
{"index": 0, "value": 1, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ"}]})"),
     "4:1: the rule for \"write\" compares so that it would never apply"},
};
INSTANTIATE_TEST_SUITE_P(OciImport, RefusedOci, ::testing::ValuesIn(kRefused),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace kekkai::seccomp
