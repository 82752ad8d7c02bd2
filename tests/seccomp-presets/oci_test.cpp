// OCI's linux.seccomp: what is read of it, and that what is written means the same to libseccomp.
#include "filter_under_test.h"

#include <kekkai/seccomp-presets/policy_file.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include <nlohmann/json.hpp>

namespace kekkai::seccomp {
namespace {

using testing::FilterAction;
using testing::kAllowed;
using testing::refused;

Policy parse(const std::string& json) { return parse_policy(json, "oci.json", Arch::kX86_64); }

testing::BpfInterpreter filter_of(const Policy& policy) {
  return testing::BpfInterpreter(compile(policy, Arch::kX86_64));
}

// -------------------------------------------------------------------------------------------
// import

// What Docker makes of its default profile for a container without capabilities on x86-64, with
// fewer calls. Those of other architectures are in its list, too.
constexpr const char* kDockers = R"({
  "ociVersion": "1.0.2",
  "process": {"args": ["sh"]},
  "linux": {"seccomp": {
    "defaultAction": "SCMP_ACT_ERRNO",
    "defaultErrnoRet": 1,
    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    "syscalls": [
      {"names": ["accept", "accept4", "bind", "brk", "chmod", "chown", "clock_gettime", "close",
        "connect", "dup", "execve", "exit", "exit_group", "fcntl", "fork", "fstat", "futex",
        "getpid", "io_submit", "ioctl", "lseek", "mmap", "mprotect", "munmap", "nanosleep", "open",
        "openat", "openat2", "pipe", "poll", "prctl", "read", "rseq", "sendmsg", "set_robust_list",
        "setuid", "socketcall", "socketpair", "stat", "statx", "unlink", "wait4", "write",
        "a_call_of_tomorrow"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["process_vm_readv", "process_vm_writev", "ptrace"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]},
      {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]},
      {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]},
      {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 131072, "op": "SCMP_CMP_EQ"}]},
      {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 131080, "op": "SCMP_CMP_EQ"}]},
      {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 4294967295, "op": "SCMP_CMP_EQ"}]},
      {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["modify_ldt"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["clone"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
      {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}
    ]
  }}
})";

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

// -------------------------------------------------------------------------------------------
// export

using Json = nlohmann::json;

uint32_t action_of(const std::string& word, const Json& error) {
  if (word == "SCMP_ACT_ERRNO") return SCMP_ACT_ERRNO(error.get<uint32_t>());
  if (word == "SCMP_ACT_LOG") return SCMP_ACT_LOG;
  if (word == "SCMP_ACT_TRAP") return SCMP_ACT_TRAP;
  if (word == "SCMP_ACT_KILL_PROCESS") return SCMP_ACT_KILL_PROCESS;
  if (word == "SCMP_ACT_KILL_THREAD") return SCMP_ACT_KILL_THREAD;
  EXPECT_EQ(word, "SCMP_ACT_ALLOW");
  return SCMP_ACT_ALLOW;
}

scmp_compare comparison_of(const std::string& word) {
  static const std::map<std::string, scmp_compare> kWords{
      {"SCMP_CMP_EQ", SCMP_CMP_EQ},
      {"SCMP_CMP_NE", SCMP_CMP_NE},
      {"SCMP_CMP_LT", SCMP_CMP_LT},
      {"SCMP_CMP_LE", SCMP_CMP_LE},
      {"SCMP_CMP_GT", SCMP_CMP_GT},
      {"SCMP_CMP_GE", SCMP_CMP_GE},
      {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}};
  return kWords.at(word);
}

// A filter of libseccomp's, made as a container runtime makes it.
class LibseccompFilter {
 public:
  explicit LibseccompFilter(const std::string& text) {
    const Json json = Json::parse(text);
    context_.reset(
        ::seccomp_init(action_of(json.at("defaultAction"), json.value("defaultErrnoRet", Json()))));
    for (const Json& name : json.at("architectures")) {
      if (name == "SCMP_ARCH_X86") add_i386();
    }
    for (const Json& entry : json.at("syscalls")) add_entry(entry);
  }

  bool passed_over(std::string_view call) const { return passed_over_.contains(std::string(call)); }

  testing::BpfInterpreter interpret() const {
    const int file = ::memfd_create("filter", MFD_CLOEXEC);
    EXPECT_EQ(::seccomp_export_bpf(context_.get(), file), 0);
    const off_t size = ::lseek(file, 0, SEEK_END);
    Program program(static_cast<size_t>(size) / sizeof(sock_filter));
    EXPECT_EQ(::pread(file, program.data(), static_cast<size_t>(size), 0), size);
    ::close(file);
    return testing::BpfInterpreter(program);
  }

 private:
  void add_i386() { EXPECT_EQ(::seccomp_arch_add(context_.get(), SCMP_ARCH_X86), 0); }

  void add_entry(const Json& entry) {
    const uint32_t action = action_of(entry.at("action"), entry.value("errnoRet", Json()));
    std::vector<scmp_arg_cmp> args;
    for (const Json& arg : entry.value("args", Json::array())) {
      args.push_back({arg.at("index").get<unsigned>(), comparison_of(arg.at("op")),
                      arg.at("value").get<uint64_t>(), arg.value("valueTwo", uint64_t{0})});
    }
    for (const std::string name : entry.at("names")) {
      const int number = ::seccomp_syscall_resolve_name(name.c_str());
      if (number == __NR_SCMP_ERROR) {
        passed_over_.insert(name);  // newer than the library
        continue;
      }
      EXPECT_EQ(::seccomp_rule_add_array(context_.get(), action, number,
                                         static_cast<unsigned>(args.size()), args.data()),
                0)
          << name;
    }
  }

  struct Release {
    void operator()(void* context) const { ::seccomp_release(context); }
  };
  std::unique_ptr<void, Release> context_;
  std::set<std::string> passed_over_;
};

// Around everything that a rule compares with, in the argument that it looks at.
std::vector<Arguments> arguments_for(const Policy& policy) {
  std::vector<Arguments> all{{}};
  const auto add = [&](unsigned index, uint64_t value) {
    Arguments arguments{};
    arguments[index] = value;
    all.push_back(arguments);
    arguments.fill(1);
    arguments[index] = value;
    all.push_back(arguments);
  };
  for (const Rule& rule : policy.rules) {
    for (const ArgCondition& each : rule.conditions) {
      for (const uint64_t near : {each.value - 1, each.value, each.value + 1, ~uint64_t{0}}) {
        add(each.index, near);
        add(each.index, near ^ uint64_t{1} << 31);
        add(each.index, near ^ uint64_t{1} << 32);
      }
    }
  }
  std::ranges::sort(all);
  const auto repeated = std::ranges::unique(all);
  all.erase(repeated.begin(), repeated.end());
  return all;
}

void expect_same(const Policy& policy, Arch arch = Arch::kX86_64) {
  const std::string json = to_oci_json(policy, Arch::kX86_64);
  const LibseccompFilter exported(json);
  const auto theirs = exported.interpret();
  const auto ours = filter_of(policy);
  const std::vector<Arguments> arguments = arguments_for(policy);
  for (const Call& call : all_calls()) {
    // Through multiplexers the library reaches what it cannot look at.
    const bool is_multiplexer = call.name == "socketcall" || call.name == "ipc";
    if (call.number(arch) == Call::kNone || exported.passed_over(call.name) || is_multiplexer) {
      continue;
    }
    for (Arguments each : arguments) {
      if (arch == Arch::kI386) {
        for (uint64_t& argument : each) argument &= kLow32;  // the kernel passes no more
      }
      const seccomp_data data =
          call_of(audit_arch(arch), static_cast<uint32_t>(call.number(arch)), each);
      ASSERT_EQ(theirs.run(data), ours.run(data))
          << call.name << '(' << std::hex << each[0] << ", " << each[1] << ")\n"
          << json;
    }
  }
}

class ExportedPreset : public ::testing::TestWithParam<std::string> {};
TEST_P(ExportedPreset, MeansTheSameToLibseccomp) {
  expect_same(preset_policy(parse_selection(GetParam())));
}
INSTANTIATE_TEST_SUITE_P(OciExport, ExportedPreset,
                         ::testing::Values("common", "strict", "ext", "deny_ns", "deny_ids",
                                           "deny_tty", "deny_devel", "strict,linux32",
                                           "strict,can,bluetooth", "strict,multiarch"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace(name, ',', '_');
                           return name;
                         });

TEST(OciExport, DockersDefaultComesBack) { expect_same(parse(kDockers)); }

TEST(OciExport, TheRestOfTheSocketFamiliesIsInBlocks) {
  const Json json = Json::parse(to_oci_json(preset_policy(parse_selection("common"))));
  const auto blocks = std::ranges::count_if(json.at("syscalls"), [](const Json& entry) {
    return entry.at("names") == Json::array({"socket"});
  });
  EXPECT_EQ(blocks, 36);
}

TEST(OciExport, AnOrderOfRulesIsWrittenWithoutOne) {
  const auto at = [](unsigned index, Comparison comparison, uint64_t value) {
    return std::vector<ArgCondition>{{index, comparison, value}};
  };
  const std::vector<Rule> chains[] = {
      {{"write", kAllow, at(0, Comparison::kEqual, 7)}, {"write", refuse_with(EIO)}},
      {{"write", kAllow, at(0, Comparison::kLess, 7)}, {"write", refuse_with(EIO)}},
      {{"write", kAllow, at(0, Comparison::kGreater, 7)}, {"write", refuse_with(EIO)}},
      {{"write", kAllow, at(0, Comparison::kLessOrEqual, 7)}, {"write", refuse_with(EIO)}},
      {{"write", kAllow, at(0, Comparison::kGreaterOrEqual, 7)}, {"write", refuse_with(EIO)}},
      {{"write", kAllow, at(0, Comparison::kNotEqual, 7)}, {"write", refuse_with(EIO)}},
      {{"write", refuse_with(EIO), at(0, Comparison::kLess, 0x1'0000'0005)},
       {"write", refuse_with(EBADF), at(0, Comparison::kGreater, 3)}},
      {{"write", kAllow, at(0, Comparison::kEqual, 1)},
       {"write", refuse_with(EIO), at(1, Comparison::kEqual, 1)},
       {"write", refuse_with(EPERM)}},
      {{"write", kAllow, {masked(0, kLow32, 1), masked(1, 0xf0, 0x50)}},
       {"write", refuse_with(EPERM)}},
      {{"write", refuse_with(EPERM), {{0, Comparison::kGreater, 3}, {0, Comparison::kLess, 9}}}},
  };
  for (const std::vector<Rule>& rules : chains) expect_same({.rules = rules});
}

TEST(OciExport, EveryActionIsOcis) {
  for (const Action action :
       {Action::kLog, Action::kTrap, Action::kKillThread, Action::kKillProcess}) {
    expect_same({.rules = {{"write", {action}}, {"101", refuse_with(ENOSYS)}}});
    expect_same({.rules = {{"write", kAllow}}, .otherwise = {action}});
  }
}

TEST(OciExport, TheSecondArchitectureIsOnTheList) {
  expect_same(preset_policy(parse_selection("strict,multiarch")), Arch::kI386);
  EXPECT_THAT(to_oci_json(preset_policy(parse_selection("strict,multiarch"))),
              ::testing::HasSubstr(R"(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"])"));
}

TEST(OciExport, WhatOciCannotSayIsRefused) {
  std::vector<ArgCondition> unequal;
  for (unsigned index = 0; index < 3; ++index) {
    unequal.push_back({index, Comparison::kNotEqual, 0x1234});
  }
  const std::pair<Policy, const char*> policies[] = {
      {{.rules = {{"1000"}}}, "OCI has names only, and call 1000 has none here"},
      {{.rules = {{"101"}}, .multiarch = true}, "which are of every architecture; call 101"},
      {{.rules = {{"write", {Action::kNotify}}}}, "an action cannot be said in a file"},
      {{.rules = {{"write", kAllow, unequal}, {"write"}}},
       "OCI cannot say the rules for \"write\": without an order of rules this takes more than"},
  };
  for (const auto& [policy, message] : policies) {
    EXPECT_THAT([&policy = policy] { to_oci_json(policy, Arch::kX86_64); },
                ::testing::ThrowsMessage<FilterError>(::testing::HasSubstr(message)));
  }
}

}  // namespace
}  // namespace kekkai::seccomp
