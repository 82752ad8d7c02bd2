// A filter that asks, and a launcher that answers.
#include "filtered_box.h"

#include <kekkai/launcher/denied_calls.h>

#include <sys/syscall.h>

#include <array>

namespace kekkai::kernel_tests {
namespace {

using seccomp::Policy;
using ::testing::ElementsAre;

class DeniedCallsOfAContainer : public KernelTest {};

Box asking_box(const Policy& policy, std::vector<std::string> steps) {
  Box box = filtered_box({policy});
  box.params().asking_filter = seccomp::compile(make_asking(policy));
  return box.steps(std::move(steps));
}

// Answers until nobody is left who could ask.
std::vector<std::string> answer_all(DeniedCalls& calls) {
  std::vector<std::string> told;
  std::array look{PollFd{.fd = calls.descriptor()}};
  do {
    kernel().poll(look, std::nullopt);
    if (!look.front().readable) continue;
    if (const auto call = calls.take_next()) told.push_back(call->program + " " + call->call);
  } while (look.front().readable || !look.front().hung_up);
  return told;
}

std::vector<std::string> read_lines(const Running& running) {
  std::vector<std::string> lines;
  for (std::string line; !(line = running.read_line()).empty();) lines.push_back(line);
  return lines;
}

TEST_F(DeniedCallsOfAContainer, AreAnsweredAsIfNobodyAsked) {
  const Policy policy = seccomp::preset_policy({});
  const std::vector<std::string> steps{"calls",
                                       call_word("clone3", SYS_clone3),
                                       call_word("socket", SYS_socket, {40, 1}),
                                       call_word("getpid", SYS_getpid),
                                       call_word("newer", 1000),
                                       call_word("ptrace", SYS_ptrace)};
  Running plain(filtered_box({policy}).steps(steps));
  const std::vector<std::string> expected = read_lines(plain);
  EXPECT_EQ(plain.wait().code(), 0);

  Running running(asking_box(policy, steps));
  DeniedCalls calls(kernel(), running.container().take_listener(), policy);
  const std::string name = "probe ";
  EXPECT_THAT(answer_all(calls),
              ElementsAre(name + "clone3", name + "socket", name + "1000", name + "ptrace"));
  EXPECT_EQ(read_lines(running), expected);
  EXPECT_EQ(running.wait().code(), 0);
}

// Fails closed, as seccomp_unotify(2) says.
TEST_F(DeniedCallsOfAContainer, AreNoCallsWhereNobodyListens) {
  Running running(
      asking_box(seccomp::preset_policy({}), {"calls", call_word("ptrace", SYS_ptrace)}));
  running.container().take_listener().reset();
  EXPECT_THAT(read_lines(running), ElementsAre("ptrace=ENOSYS"));
  EXPECT_EQ(running.wait().code(), 0);
}

TEST_F(DeniedCallsOfAContainer, EndWithTheContainer) {
  Running running(
      asking_box(seccomp::preset_policy({}), {"calls", call_word("ptrace", SYS_ptrace)}));
  const UniqueFd listener = running.container().take_listener();
  running.container().cancel();  // nobody ever answers: only a kill gets through
  EXPECT_TRUE(running.wait().signalled);
}

}  // namespace
}  // namespace kekkai::kernel_tests
