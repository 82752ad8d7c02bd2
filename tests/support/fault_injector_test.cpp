#include "../init/init_run.h"
#include "every_call.h"

#include <kekkai/syscall/kernel.h>
#include <kekkai/testing/fault_injector.h>
#include <kekkai/testing/mock_dispatcher.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace kekkai::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::NiceMock;

TEST(FaultInjector, ListsTheCallsThatCanFail) {
  ScriptedDispatcher scripted;
  FaultInjector k(scripted);
  k.umask(0);
  const UniqueFd usr = k.openat2(Fd::cwd(), "/usr", Open::kPath, Resolve::kAnywhere, 0);
  k.getpid();
  k.open_tree(usr, Reach::kRecursive);
  EXPECT_THAT(k.calls(), ElementsAre("openat2 /usr", "open_tree /usr"));
}

TEST(FaultInjector, FailsTheChosenCallInItsPlace) {
  ScriptedDispatcher scripted;
  FaultInjector k(scripted);
  k.fail(1, EACCES);
  k.mkdirat(Fd::cwd(), "a", 0755);
  try {
    k.mkdirat(Fd::cwd(), "b", 0755);
    FAIL() << "it did not fail";
  } catch (const SyscallError& e) {
    EXPECT_STREQ(e.what(), "mkdirat b: Permission denied");
    EXPECT_EQ(e.call(), "mkdirat b");
  }
  k.mkdirat(Fd::cwd(), "c", 0755);
  EXPECT_THAT(k.calls(), ElementsAre("mkdirat a", "mkdirat b", "mkdirat c"));
  EXPECT_THAT(scripted.steps(), ElementsAre("mkdirat a 0755", "mkdirat c 0755"));
}

TEST(FaultInjector, FailsSeveralCallsOfOneRun) {
  ScriptedDispatcher scripted;
  FaultInjector k(scripted);
  k.fail(0, EIO);
  k.fail(2, ENOMEM);
  EXPECT_THROW(k.getcwd(), SyscallError);
  k.getcwd();
  EXPECT_THROW(k.getcwd(), SyscallError);
  EXPECT_EQ(scripted.steps().size(), 1U);
}

TEST(FaultInjector, DescriptorsAreClosedWhereTheyWereMade) {
  ScriptedDispatcher scripted;
  {
    FaultInjector k(scripted);
    const auto pipe = k.pipe2("pipe");
    const UniqueFd adopted(0, "stdin", k);
    EXPECT_EQ(scripted.open_descriptors().size(), 2U);
  }
  EXPECT_THAT(scripted.open_descriptors(), IsEmpty());
  EXPECT_FALSE(scripted.is_open(0));
  EXPECT_THAT(scripted.misuses(), IsEmpty());
}

TEST(FaultInjector, CountsForSeveralThreads) {
  constexpr size_t kCalls = 1000;
  NiceMock<MockDispatcher> mock;
  FaultInjector k(mock);
  k.fail(kCalls, EIO);
  std::atomic<int> failed = 0;
  const auto make_calls = [&] {
    for (size_t i = 0; i < kCalls; ++i) {
      try {
        k.getcwd();
      } catch (const SyscallError&) {
        ++failed;
      }
    }
  };
  std::thread other(make_calls);
  make_calls();
  other.join();
  EXPECT_EQ(k.calls().size(), 2 * kCalls);
  EXPECT_EQ(failed, 1);
}

// Each passes through to the inner dispatcher, and fails in its own name.
TEST(FaultInjector, KnowsEveryCall) {
  for (const AnyCall& call : every_call()) {
    NiceMock<MockDispatcher> mock;
    FaultInjector k(mock);
    call(k);
    ASSERT_EQ(k.calls().size(), 1U);
    k.fail(1, EIO);
    try {
      call(k);
      ADD_FAILURE() << k.calls()[0] << " did not fail";
    } catch (const SyscallError& e) {
      EXPECT_EQ(e.call(), k.calls()[0]);
    }
  }
}

TEST(FaultInjector, SpellsCallsAsTheKernelDoes) {
  Kernel kernel;
  for (const AnyCall& call : calls_on_descriptors()) {
    FaultInjector k(kernel);
    try {
      call(k);
      ADD_FAILURE() << k.calls()[0] << " did not fail";
    } catch (const SyscallError& e) {
      EXPECT_EQ(e.call(), k.calls()[0]);
    }
  }
}

// What the double writes down is the call and more operands; never failing ones are its own matter.
TEST(FaultInjector, SeesAWholeLifeOfInit) {
  InitRun run(ordinary_container());
  run.request.params.terminal = Terminal::kOwn;
  FaultInjector k(run.k);
  EXPECT_EQ(run.run_on(k), 0);
  std::vector<std::string> steps;
  for (const std::string& step : run.k.steps()) {
    if (step.starts_with("umask") || step.starts_with("sigprocmask")) continue;
    steps.push_back(step);
  }
  const std::vector<std::string> calls = k.calls();
  ASSERT_EQ(calls.size(), steps.size());
  for (size_t i = 0; i < calls.size(); ++i) {
    const bool is_spawn = steps[i].starts_with("spawn /");
    const bool is_by_name = steps[i].starts_with("prctl PR_CAPBSET_DROP CAP_");
    if (is_spawn) {
      EXPECT_EQ(calls[i], "clone (0)");
    } else if (is_by_name) {
      EXPECT_TRUE(calls[i].starts_with("prctl PR_CAPBSET_DROP ")) << calls[i];
    } else {
      EXPECT_TRUE(steps[i].starts_with(calls[i])) << calls[i] << " is not " << steps[i];
    }
  }
}

}  // namespace
}  // namespace kekkai::testing
