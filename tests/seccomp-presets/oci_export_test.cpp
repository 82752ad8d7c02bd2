// What is written as OCI's linux.seccomp means the same to libseccomp as to us.
#include "docker_profile.h"
#include "filter_under_test.h"

#include <kekkai/seccomp-presets/policy_file.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

namespace kekkai::seccomp {
namespace {

testing::BpfInterpreter filter_of(const Policy& policy) {
  return testing::BpfInterpreter(compile(policy, Arch::kX86_64));
}

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
  all.erase(std::unique(all.begin(), all.end()), all.end());
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
    const bool is_multiplexer = call.name() == "socketcall" || call.name() == "ipc";
    if (call.number(arch) == Call::kNone || exported.passed_over(call.name()) || is_multiplexer) {
      continue;
    }
    for (Arguments each : arguments) {
      if (arch == Arch::kI386) {
        for (uint64_t& argument : each) argument &= kLow32;  // the kernel passes no more
      }
      const seccomp_data data =
          call_of(audit_arch(arch), static_cast<uint32_t>(call.number(arch)), each);
      ASSERT_EQ(theirs.run(data), ours.run(data))
          << call.name() << '(' << std::hex << each[0] << ", " << each[1] << ")\n"
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

TEST(OciExport, DockersDefaultComesBack) {
  expect_same(parse_policy(kDockers, "oci.json", Arch::kX86_64));
}

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
