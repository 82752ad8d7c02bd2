#include "assembler.h"

#include <algorithm>

namespace kekkai::seccomp {
namespace {

// A conditional jump goes over 255 instructions; two more may come in between.
constexpr size_t kReach = 253;

uint32_t return_value(const Answer& answer) {
  switch (answer.action) {
    case Action::kAllow:
      return SECCOMP_RET_ALLOW;
    case Action::kLog:
      return SECCOMP_RET_LOG;
    case Action::kErrno:
      return SECCOMP_RET_ERRNO | static_cast<uint32_t>(answer.error);
    case Action::kTrap:
      return SECCOMP_RET_TRAP;
    case Action::kKillThread:
      return SECCOMP_RET_KILL_THREAD;
    case Action::kKillProcess:
      return SECCOMP_RET_KILL_PROCESS;
    case Action::kNotify:
      return SECCOMP_RET_USER_NOTIF;
  }
  throw FilterError("an action does not exist");
}

}  // namespace

Label Assembler::in_reach(Label target) {
  const size_t distance = reversed_.size() - target;
  if (distance <= kReach) return target;
  return put(BPF_STMT(BPF_JMP | BPF_JA, static_cast<uint32_t>(distance - 1)));
}

Label Assembler::jump(uint16_t comparison, uint32_t value, Label yes, Label no) {
  yes = in_reach(yes);
  no = in_reach(no);
  const auto over = [&](Label target) {
    return static_cast<uint8_t>(reversed_.size() - 1 - target);
  };
  return put(
      BPF_JUMP(static_cast<uint16_t>(BPF_JMP | comparison | BPF_K), value, over(yes), over(no)));
}

Label Assembler::answer(const Answer& answer) {
  const uint32_t value = return_value(answer);
  const auto known = answers_.find(value);
  if (known != answers_.end() && reversed_.size() - known->second <= kReach) return known->second;
  return answers_[value] = put(BPF_STMT(BPF_RET | BPF_K, value));
}

Program Assembler::finish() const {
  if (reversed_.size() > BPF_MAXINSNS) {
    throw FilterError("the system call filter would have " + std::to_string(reversed_.size()) +
                      " instructions, the kernel accepts " + std::to_string(BPF_MAXINSNS));
  }
  return {reversed_.rbegin(), reversed_.rend()};
}

}  // namespace kekkai::seccomp
