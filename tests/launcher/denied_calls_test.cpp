#include <kekkai/launcher/denied_calls.h>
#include <kekkai/seccomp-presets/presets.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>

namespace kekkai {
namespace {

using seccomp::Policy;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ScriptedDispatcher;
using ::testing::ThrowsMessage;

constexpr int kListener = 9;
constexpr uint64_t kQuestion = 41;
constexpr pid_t kThread = 1234;

class DeniedCallsTest : public ::testing::Test {
 protected:
  DeniedCallsTest() {
    k_.inherit(kListener, "listener");
    k_.host("/proc/1234/comm").regular("sh\n");
  }

  void ask(uint32_t number, std::array<uint64_t, 6> arguments = {},
           uint32_t arch = AUDIT_ARCH_X86_64) {
    seccomp_notif notification{};
    notification.id = kQuestion;
    notification.pid = kThread;
    notification.data = {static_cast<int>(number), arch, 0, {}};
    std::ranges::copy(arguments, notification.data.args);
    k_.notify(notification);
  }

  std::optional<DeniedCall> take_next() { return calls_.take_next(); }

  ScriptedDispatcher k_;
  DeniedCalls calls_{k_, UniqueFd(kListener, "listener", k_), seccomp::preset_policy({})};
};

TEST_F(DeniedCallsTest, ACallIsAnsweredAsThePolicySays) {
  ask(SYS_ptrace);
  const auto call = take_next();
  ASSERT_TRUE(call);
  EXPECT_EQ(call->thread, kThread);
  EXPECT_EQ(call->program, "sh");
  EXPECT_EQ(call->call, "ptrace");
  EXPECT_THAT(call->arguments, ElementsAre("PTRACE_TRACEME", "0", "0", "0"));
  ASSERT_NE(call->decision.rule, nullptr);
  EXPECT_EQ(call->decision.rule->origin, "deny_devel");
  EXPECT_THAT(k_.steps(), Contains("ioctl SECCOMP_IOCTL_NOTIF_SEND 41 EPERM"));
}

TEST_F(DeniedCallsTest, TheErrnoIsTheRules) {
  ask(SYS_clone3);
  ASSERT_TRUE(take_next());
  EXPECT_THAT(k_.steps(), Contains("ioctl SECCOMP_IOCTL_NOTIF_SEND 41 ENOSYS"));
}

TEST_F(DeniedCallsTest, StringsAreReadFromItsMemory) {
  k_.set_memory(kThread, 0x1000, std::string("/srv\0rest", 9));
  ask(SYS_chroot, {0x1000});
  EXPECT_THAT(take_next()->arguments, ElementsAre("\"/srv\""));
}

TEST_F(DeniedCallsTest, AStringMayRunIntoTheNextPage) {
  k_.set_memory(kThread, 0x1ffd, "/ab");
  k_.set_memory(kThread, 0x2000, std::string("c\0", 2));
  ask(SYS_chroot, {0x1ffd});
  EXPECT_THAT(take_next()->arguments, ElementsAre("\"/abc\""));
}

TEST_F(DeniedCallsTest, ALongStringIsCut) {
  k_.set_memory(kThread, 0x1000, std::string(5000, 'x'));
  ask(SYS_chroot, {0x1000});
  EXPECT_THAT(take_next()->arguments, ElementsAre('"' + std::string(256, 'x') + "...\""));
}

TEST_F(DeniedCallsTest, WithoutItsMemoryThereIsTheAddress) {
  ask(SYS_chroot, {0x1000});
  EXPECT_THAT(take_next()->arguments, ElementsAre("0x1000"));
}

TEST_F(DeniedCallsTest, AProgramWithoutANameIsAnsweredToo) {
  k_.host("/proc/1234/comm").missing();
  ask(SYS_ptrace);
  EXPECT_EQ(take_next()->program, "");
}

TEST_F(DeniedCallsTest, WhoHasEndedMeanwhileAsksNothing) { EXPECT_FALSE(take_next()); }

TEST_F(DeniedCallsTest, CallsThatNoTableKnows) {
  ask(1000, {1, 0, 0x20});
  const auto call = take_next();
  EXPECT_EQ(call->call, "1000");
  EXPECT_THAT(call->arguments, ElementsAre("0x1", "0", "0x20"));
  EXPECT_EQ(call->decision.decider, seccomp::Decider::kUnclassified);
  EXPECT_EQ(call->allowance->call, "1000");
}

TEST_F(DeniedCallsTest, CallsOfOtherArchitectures) {
  ask(4, {}, AUDIT_ARCH_I386);
  const auto call = take_next();
  EXPECT_EQ(call->call, "i386 write");
  EXPECT_EQ(call->decision.decider, seccomp::Decider::kForeign);
  EXPECT_FALSE(call->allowance);
  ask(seccomp::kX32Bit | 1);
  EXPECT_EQ(take_next()->call, "foreign 1073741825");
}

// What the policy looks at, and no more.
TEST_F(DeniedCallsTest, TheAllowanceIsAsNarrowAsThePolicyLooks) {
  using seccomp::masked;
  struct Case {
    uint32_t number;
    std::array<uint64_t, 6> arguments;
    std::vector<seccomp::ArgCondition> conditions;
  };
  constexpr uint64_t kHigh = uint64_t{1} << 40;
  const Case cases[] = {
      {SYS_ptrace, {16, 5}, {}},
      {SYS_socket, {kHigh | AF_VSOCK, 1}, {masked(0, seccomp::kLow32, AF_VSOCK)}},
      {SYS_ioctl, {0, TIOCLINUX, 3}, {masked(1, seccomp::kLow32, TIOCLINUX)}},
      {SYS_clone, {CLONE_NEWUSER | 17}, {masked(0, CLONE_NEWUSER, CLONE_NEWUSER)}},
      {SYS_personality, {0x40000}, {{0, seccomp::Comparison::kEqual, 0x40000}}},
  };
  for (const Case& c : cases) {
    ask(c.number, c.arguments);
    const auto call = take_next();
    ASSERT_TRUE(call && call->allowance) << c.number;
    EXPECT_EQ(call->allowance->conditions, c.conditions) << c.number;
    Policy policy = seccomp::preset_policy({});
    policy.rules.insert(policy.rules.begin(), *call->allowance);
    seccomp_data data{static_cast<int>(c.number), AUDIT_ARCH_X86_64, 0, {}};
    std::ranges::copy(c.arguments, data.args);
    EXPECT_EQ(seccomp::decide(policy, data).answer, seccomp::kAllow) << c.number;
  }
}

TEST(MakeAsking, AsksInPlaceOfEveryErrno) {
  Policy policy = seccomp::preset_policy({});
  policy.rules.push_back({"kill", {seccomp::Action::kKillProcess}});
  const Policy asking = make_asking(policy);
  for (const seccomp::Rule& rule : asking.rules) {
    EXPECT_NE(rule.answer.action, seccomp::Action::kErrno) << rule.call;
  }
  EXPECT_EQ(asking.rules.back().answer.action, seccomp::Action::kKillProcess);
  EXPECT_EQ(asking.unclassified->action, seccomp::Action::kNotify);
  EXPECT_EQ(asking.foreign.action, seccomp::Action::kNotify);
  EXPECT_EQ(asking.otherwise, seccomp::kAllow);
}

// Nobody could answer these: the listener is not there yet, or not heard.
TEST(MakeAsking, WhatTheStartItselfNeedsMustBeAllowed) {
  const Policy cases[] = {
      {.rules = {{"execve", seccomp::refuse_with(EPERM)}}},
      {.rules = {{"59", seccomp::refuse_with(EPERM)}}},
      {.rules = {{"sendmsg", seccomp::refuse_with(EPERM), {seccomp::masked(0, 1, 1)}}}},
      {.rules = {{"execve", seccomp::kAllow}}, .otherwise = seccomp::refuse_with(EPERM)},
  };
  for (const Policy& policy : cases) {
    EXPECT_THAT([&] { make_asking(policy); },
                ThrowsMessage<seccomp::FilterError>(HasSubstr("which the start itself needs")));
  }
  EXPECT_NO_THROW(make_asking({.rules = {{"execve", seccomp::kAllow},
                                         {"sendmsg", seccomp::kAllow},
                                         {"execve", seccomp::refuse_with(EPERM)}},
                               .otherwise = seccomp::refuse_with(EPERM)}));
}

}  // namespace
}  // namespace kekkai
