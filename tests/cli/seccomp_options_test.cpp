#include "../../cli/seccomp_options.h"

#include <kekkai/testing/bpf_interpreter.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <fstream>

namespace kekkai::cli {
namespace {

using ::testing::HasSubstr;
using testing::kAllowed;
using testing::refused;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

class SeccompOptionsTest : public ::testing::Test {
 protected:
  ~SeccompOptionsTest() override { ::unlink(path_.c_str()); }

  const std::string& file_with(const std::string& content) {
    std::ofstream(path_, std::ios::binary) << content;
    return path_;
  }

  std::vector<FilterProgram> filters(bool guards_terminal = false) {
    add_filters(options_, guards_terminal, params_);
    return params_.filters;
  }

  static testing::FilterDecision ask(const FilterProgram& filter, long number,
                                     uint64_t second = 0) {
    return testing::BpfInterpreter(filter).run(
        {static_cast<int>(number), AUDIT_ARCH_X86_64, 0, {0, second}});
  }

  void expect_refused(const std::function<void()>& set, const std::string& message) {
    EXPECT_THAT(set, ThrowsMessage<std::invalid_argument>(HasSubstr(message)));
  }

  SeccompOptions options_;
  Params params_;

 private:
  std::string path_ = ::testing::TempDir() + "kekkai-seccomp-" + std::to_string(::getpid());
};

TEST_F(SeccompOptionsTest, StrictIsTheDefaultAndReadyMade) {
  ASSERT_THAT(filters(), SizeIs(1));
  EXPECT_EQ(params_.filters[0].size(), seccomp::preset_program({}).size());
  EXPECT_TRUE(params_.asking_filter.empty());
}

TEST_F(SeccompOptionsTest, NoneIsNoFilterUnlessThereIsATerminal) {
  set_selection(options_, "none");
  EXPECT_THAT(filters(), SizeIs(0));
  ASSERT_THAT(filters(true), SizeIs(1));
  EXPECT_EQ(ask(params_.filters[0], SYS_ioctl, TIOCSTI), refused(EPERM));
  EXPECT_EQ(ask(params_.filters[0], SYS_ptrace), kAllowed);
}

TEST_F(SeccompOptionsTest, PresetsWithoutDenyTtyLeaveATerminalGuarded) {
  set_selection(options_, "common,deny_ns");
  EXPECT_THAT(filters(), SizeIs(1));
  params_.filters.clear();
  ASSERT_THAT(filters(true), SizeIs(2));
  EXPECT_EQ(ask(params_.filters[1], SYS_ioctl, TIOCSTI), refused(EPERM));
}

// They refuse it in part, or not at all, and some would look as if they did.
TEST_F(SeccompOptionsTest, RulesOfAFileDoNotUnguardATerminal) {
  for (const char* rules :
       {R"({"default": "log", "rules": [{"call": "mkdir"}]})",
        R"({"rules": [{"call": "ioctl", "action": "log"}]})",
        R"({"rules": [{"call": "ioctl", "action": "allow"}]})",
        R"({"rules": [{"call": "ioctl", "args": [{"index": 0, "op": "eq", "value": 0}]}]})",
        R"({"presets": "strict", "rules": [{"call": "ioctl", "action": "allow"}]})",
        R"({"foreign": "allow", "rules": [{"call": "ioctl"}]})"}) {
    options_ = {};
    params_.filters.clear();
    set_rules(options_, file_with(rules), "rules.json");
    ASSERT_THAT(filters(true), SizeIs(2)) << rules;
    const FilterProgram& guard = params_.filters[1];
    EXPECT_EQ(ask(guard, SYS_ioctl, TIOCSTI | uint64_t{1} << 32), refused(EPERM)) << rules;
    EXPECT_EQ(testing::BpfInterpreter(guard).run({54, AUDIT_ARCH_I386, 0, {0, TIOCSTI}}),
              refused(EPERM));
  }
}

TEST_F(SeccompOptionsTest, RulesWithoutWhichNoProgramStartsAreNamed) {
  for (const char* rules :
       {R"({"default": "EPERM", "rules": [{"call": "read", "action": "allow"}]})",
        R"({"rules": [{"call": "execve", "action": "kill"}]})"}) {
    options_ = {};
    set_rules(options_, file_with(rules), "rules.json");
    expect_refused([&] { filters(); }, "the rules do not allow execve");
  }
}

TEST_F(SeccompOptionsTest, ATerminalIsUnguardedByNameOnly) {
  for (const char* selection : {"none", "common", "strict"}) {
    options_ = {};
    params_.filters.clear();
    set_selection(options_, selection);
    allow_calls(options_, "ioctl");
    for (const FilterProgram& filter : filters(true)) {
      EXPECT_EQ(ask(filter, SYS_ioctl, TIOCSTI), kAllowed) << selection;
    }
  }
}

TEST_F(SeccompOptionsTest, AnAllowedCallIsAllowedAndNoOther) {
  allow_calls(options_, "ptrace,1000");
  allow_calls(options_, "mount");
  ASSERT_THAT(filters(), SizeIs(1));
  for (const long call : {long{SYS_ptrace}, 1000L, long{SYS_mount}}) {
    EXPECT_EQ(ask(params_.filters[0], call), kAllowed) << call;
  }
  EXPECT_EQ(ask(params_.filters[0], SYS_umount2), refused(EPERM));
  EXPECT_EQ(ask(params_.filters[0], 1001), refused(ENOSYS));
}

TEST_F(SeccompOptionsTest, RulesTakeThePlaceOfThePresets) {
  set_rules(options_, file_with(R"({"rules": [{"call": "unlink"}]})"), "rules.json");
  ASSERT_THAT(filters(), SizeIs(1));
  EXPECT_EQ(ask(params_.filters[0], SYS_unlink), refused(EPERM));
  EXPECT_EQ(ask(params_.filters[0], SYS_ptrace), kAllowed);
}

TEST_F(SeccompOptionsTest, ProgramsAreStackedAsTheyAre) {
  const FilterProgram program{BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const std::string bytes(reinterpret_cast<const char*>(program.data()), sizeof(sock_filter));
  add_program(options_, file_with(bytes));
  ASSERT_THAT(filters(), SizeIs(2));
  EXPECT_THAT(params_.filters[1], SizeIs(1));
}

TEST_F(SeccompOptionsTest, WhoListensGetsAnAskingFilterToo) {
  options_.log = true;
  ASSERT_THAT(filters(), SizeIs(1));
  EXPECT_EQ(ask(params_.filters[0], SYS_ptrace), refused(EPERM)) << "daemons have nobody to ask";
  EXPECT_EQ(ask(params_.asking_filter, SYS_ptrace).action, testing::FilterAction::kNotify);
  EXPECT_EQ(ask(params_.asking_filter, SYS_read), kAllowed);
}

TEST_F(SeccompOptionsTest, NothingToListenToIsSaid) {
  set_selection(options_, "none");
  options_.learn_file = "/tmp/x";
  expect_refused([&] { filters(); }, "with --seccomp none nothing is refused");
}

TEST_F(SeccompOptionsTest, WrongValuesAreNamed) {
  expect_refused([&] { allow_calls(options_, "ptrac"); },
                 "there is no system call \"ptrac\": is ptrace meant?");
  expect_refused([&] { allow_calls(options_, "xyzzy"); }, "there is no system call \"xyzzy\"");
  expect_refused([&] { allow_calls(options_, ""); }, "a name is missing");
  expect_refused([&] { allow_calls(options_, "1x"); }, "there is no system call \"1x\"");
  expect_refused([&] { set_rules(options_, "/no/such", "such"); }, "cannot read /no/such");
  expect_refused([&] { set_rules(options_, file_with("{"), "rules.json"); }, "rules.json:1:");
  expect_refused([&] { add_program(options_, file_with("1234567")); },
                 "its 7 bytes are no whole number of instructions");
  expect_refused([&] { add_program(options_, file_with("")); }, "this one 0");
  expect_refused([&] { add_program(options_, file_with("12345678")); }, "instruction 0: unknown");
}

TEST_F(SeccompOptionsTest, PresetsAndRulesExcludeEachOther) {
  const std::string path = file_with(R"({"presets": "common"})");
  set_rules(options_, path, "rules.json");
  expect_refused([&] { set_selection(options_, "strict"); }, "exclude each other");
  options_ = {};
  set_selection(options_, "strict");
  expect_refused([&] { set_rules(options_, path, "rules.json"); }, "exclude each other");
}

}  // namespace
}  // namespace kekkai::cli
