// What a filter can do with a call beside refusing it, and what two of them do together.
#include "filtered_box.h"

#include <sys/syscall.h>

#include <csignal>

namespace kekkai::kernel_tests {
namespace {

using seccomp::Action;
using seccomp::Policy;
using seccomp::refuse_with;

class SeccompActions : public KernelTest {};

Policy answer_to_mkdir(seccomp::Answer answer) {
  return {.rules = {{.call = "mkdir", .answer = answer}, {.call = "mkdirat", .answer = answer}}};
}

Policy answer_to_mkdir(Action action) { return answer_to_mkdir(seccomp::Answer{action, 0}); }

const std::string kMkdir = call_word("mkdir", SYS_mkdirat);

TEST_F(SeccompActions, KillingEndsTheProgramBySigsys) {
  for (const Action action : {Action::kKillProcess, Action::kKillThread}) {
    const Outcome outcome = run(filtered_box({answer_to_mkdir(action)}).steps({"calls", kMkdir}));
    EXPECT_EQ(outcome.status, (ExitStatus{true, SIGSYS}));
    EXPECT_EQ(outcome.status.code(), 128 + SIGSYS);
    EXPECT_EQ(outcome.seen["mkdir"], "(nothing)");
  }
}

TEST_F(SeccompActions, ATrapCanBeCaught) {
  EXPECT_EQ(probe_under(answer_to_mkdir(Action::kTrap), {"trap", kMkdir})["mkdir"],
            std::to_string(SYS_mkdirat));
  EXPECT_EQ(probe_under({}, {"trap", kMkdir})["mkdir"], "-1");
  EXPECT_EQ(run(filtered_box({answer_to_mkdir(Action::kTrap)}).steps({"calls", kMkdir})).status,
            (ExitStatus{true, SIGSYS}));
}

TEST_F(SeccompActions, WhatIsLoggedIsDone) {
  EXPECT_EQ(probe_under(answer_to_mkdir(Action::kLog), {"mkdir", "/tmp/made"})["mkdir./tmp/made"],
            "ok");
}

TEST_F(SeccompActions, NobodyToNotifyIsNoSuchCall) {
  EXPECT_EQ(probe_under(answer_to_mkdir(Action::kNotify), {"calls", kMkdir})["mkdir"], "ENOSYS");
}

TEST_F(SeccompActions, OfTwoFiltersTheStricterWins) {
  const Policy refusing = answer_to_mkdir(refuse_with(kUnusual));
  for (const Policy& lenient : {Policy{}, answer_to_mkdir(Action::kLog)}) {
    for (const auto& pair : {std::vector{refusing, lenient}, std::vector{lenient, refusing}}) {
      const Seen seen = probe(filtered_box(pair), {"calls", kMkdir});
      EXPECT_EQ(seen["mkdir"], kUnusualName);
    }
  }
  const Policy killing = answer_to_mkdir(Action::kKillProcess);
  for (const auto& pair : {std::vector{refusing, killing}, std::vector{killing, refusing}}) {
    EXPECT_EQ(run(filtered_box(pair).steps({"calls", kMkdir})).status, (ExitStatus{true, SIGSYS}));
  }
}

// A policy that refuses what it does not name, and needs execve for the program itself.
TEST_F(SeccompActions, NamedCallsAreEnoughForAProgram) {
  Policy policy{.otherwise = refuse_with(kUnusual)};
  for (const char* call :
       {"execve",          "execveat",  "brk",       "arch_prctl", "set_tid_address",
        "set_robust_list", "rseq",      "prlimit64", "readlink",   "readlinkat",
        "getrandom",       "mprotect",  "write",     "exit_group", "getpid",
        "newfstatat",      "setrlimit", "mmap",      "munmap",     "futex"}) {
    policy.rules.push_back({call, seccomp::kAllow});
  }
  const Seen seen = probe_under(policy, {"calls", kMkdir, call_word("getpid", SYS_getpid)});
  EXPECT_EQ(seen["mkdir"], kUnusualName);
  EXPECT_EQ(seen["getpid"], "ok");
}

// The compiler's limit is the kernel's, and init takes as much.
TEST_F(SeccompActions, TheLongestFilterIsLoaded) {
  Policy policy;
  const auto size = [&] { return seccomp::compile(policy).size(); };
  while (size() < BPF_MAXINSNS - 8) {
    const uint64_t value = policy.rules.size();
    policy.rules.push_back(
        {"mkdirat", refuse_with(kUnusual), {{0, seccomp::Comparison::kEqual, value}}});
  }
  const uint64_t last = policy.rules.size() - 1;
  const Seen seen = probe_under(policy, {"calls", call_word("first", SYS_mkdirat, {0}),
                                         call_word("last", SYS_mkdirat, {last}),
                                         call_word("beyond", SYS_mkdirat, {last + 1})});
  EXPECT_EQ(seen["first"], kUnusualName);
  EXPECT_EQ(seen["last"], kUnusualName);
  EXPECT_EQ(seen["beyond"], "EFAULT") << "the kernel's own answer to such a path";
}

}  // namespace
}  // namespace kekkai::kernel_tests
