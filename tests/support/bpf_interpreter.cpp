#include <kekkai/seccomp-presets/verify.h>
#include <kekkai/testing/bpf_interpreter.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>

namespace kekkai::testing {
namespace {

FilterDecision decision_of(uint32_t value) {
  const auto data = static_cast<uint16_t>(value & SECCOMP_RET_DATA);
  switch (value & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW:
      return {FilterAction::kAllow, data};
    case SECCOMP_RET_ERRNO:
      return {FilterAction::kErrno, data};
    case SECCOMP_RET_KILL_THREAD:
      return {FilterAction::kKillThread, data};
    case SECCOMP_RET_LOG:
      return {FilterAction::kLog, data};
    case SECCOMP_RET_USER_NOTIF:
      return {FilterAction::kNotify, data};
    case SECCOMP_RET_TRACE:
      return {FilterAction::kTrace, data};
    case SECCOMP_RET_TRAP:
      return {FilterAction::kTrap, data};
    default:
      return {FilterAction::kKillProcess, data};
  }
}

// The state of one run: accumulator, index register, scratch memory.
class Machine {
 public:
  Machine(std::span<const sock_filter> program, const seccomp_data& call)
      : program_(program), call_(call) {}

  FilterDecision run() {
    // Jumps only lead forward, to where the check has seen an instruction: this ends.
    for (;; ++at_) {
      const sock_filter& instruction = program_[at_];
      switch (BPF_CLASS(instruction.code)) {
        case BPF_RET:
          return decision_of(BPF_RVAL(instruction.code) == BPF_A ? a_ : instruction.k);
        case BPF_LD:
          a_ = load(instruction);
          break;
        case BPF_LDX:
          x_ = load(instruction);
          break;
        case BPF_ST:
          memory_[instruction.k] = a_;
          break;
        case BPF_STX:
          memory_[instruction.k] = x_;
          break;
        case BPF_ALU:
          // A zero in X is seen only now; the kernel ends the run as if it had returned 0.
          if (BPF_OP(instruction.code) == BPF_DIV && operand(instruction) == 0)
            return decision_of(0);
          a_ = calculate(instruction);
          break;
        case BPF_JMP:
          at_ += distance(instruction);
          break;
        default:
          move(instruction);  // BPF_MISC
      }
    }
  }

 private:
  uint32_t load(const sock_filter& instruction) const {
    switch (BPF_MODE(instruction.code)) {
      case BPF_IMM:
        return instruction.k;
      case BPF_LEN:
        return sizeof(seccomp_data);
      case BPF_MEM:
        if (!memory_[instruction.k])
          throw MalformedProgram("instruction " + std::to_string(at_) +
                                 ": scratch memory is read before it is written");
        return *memory_[instruction.k];
      default:
        break;  // BPF_ABS
    }
    uint32_t word = 0;
    std::memcpy(&word, reinterpret_cast<const char*>(&call_) + instruction.k, sizeof word);
    return word;
  }

  uint32_t operand(const sock_filter& instruction) const {
    return BPF_SRC(instruction.code) == BPF_X ? x_ : instruction.k;
  }

  // Of a shift by X the kernel takes five bits.
  uint32_t calculate(const sock_filter& instruction) const {
    const uint32_t b = operand(instruction);
    switch (BPF_OP(instruction.code)) {
      case BPF_ADD:
        return a_ + b;
      case BPF_SUB:
        return a_ - b;
      case BPF_MUL:
        return a_ * b;
      case BPF_DIV:
        return a_ / b;
      case BPF_AND:
        return a_ & b;
      case BPF_OR:
        return a_ | b;
      case BPF_XOR:
        return a_ ^ b;
      case BPF_LSH:
        return a_ << (b & 31);
      case BPF_RSH:
        return a_ >> (b & 31);
      default:
        return 0 - a_;  // BPF_NEG
    }
  }

  void move(const sock_filter& instruction) {
    if (BPF_MISCOP(instruction.code) == BPF_TAX)
      x_ = a_;
    else
      a_ = x_;
  }

  // How many instructions to pass over.
  size_t distance(const sock_filter& instruction) const {
    const uint32_t b = operand(instruction);
    const auto choose = [&](bool holds) { return holds ? instruction.jt : instruction.jf; };
    switch (BPF_OP(instruction.code)) {
      case BPF_JA:
        return instruction.k;
      case BPF_JEQ:
        return choose(a_ == b);
      case BPF_JGT:
        return choose(a_ > b);
      case BPF_JGE:
        return choose(a_ >= b);
      default:
        return choose((a_ & b) != 0);  // BPF_JSET
    }
  }

  std::span<const sock_filter> program_;
  const seccomp_data& call_;
  size_t at_ = 0;
  uint32_t a_ = 0;
  uint32_t x_ = 0;
  std::array<std::optional<uint32_t>, BPF_MEMWORDS> memory_{};
};

const char* name_of(FilterAction action) {
  switch (action) {
    case FilterAction::kAllow:
      return "allow";
    case FilterAction::kErrno:
      return "errno";
    case FilterAction::kKillProcess:
      return "kill process";
    case FilterAction::kKillThread:
      return "kill thread";
    case FilterAction::kLog:
      return "log";
    case FilterAction::kNotify:
      return "notify";
    case FilterAction::kTrace:
      return "trace";
    case FilterAction::kTrap:
      return "trap";
  }
  return "?";
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const FilterDecision& decision) {
  out << name_of(decision.action);
  if (decision.action == FilterAction::kErrno)
    return out << ' ' << decision.data << " (" << std::generic_category().message(decision.data)
               << ')';
  if (decision.data != 0) out << ' ' << decision.data;
  return out;
}

BpfInterpreter::BpfInterpreter(std::span<const sock_filter> program)
    : program_(program.begin(), program.end()) {
  try {
    seccomp::require_well_formed(program);
  } catch (const seccomp::FilterError& e) {
    throw MalformedProgram(e.what());
  }
}

FilterDecision BpfInterpreter::run(const seccomp_data& call) const {
  return Machine(program_, call).run();
}

}  // namespace kekkai::testing
