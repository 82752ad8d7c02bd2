#include <kekkai/seccomp-presets/verify.h>

#include <linux/seccomp.h>

#include <algorithm>

namespace kekkai::seccomp {
namespace {

[[noreturn]] void malformed(size_t at, const std::string& what) {
  throw FilterError("instruction " + std::to_string(at) + ": " + what);
}

constexpr int kCalculations[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR,
                                 BPF_AND, BPF_LSH, BPF_RSH, BPF_NEG, BPF_XOR};
constexpr int kComparisons[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};

void check_alu(const sock_filter& instruction, size_t at) {
  const int operation = BPF_OP(instruction.code);
  const bool constant = BPF_SRC(instruction.code) == BPF_K;
  if (!std::ranges::count(kCalculations, operation) || (operation == BPF_NEG && !constant))
    malformed(at, "unknown opcode");
  if (!constant) return;
  if (operation == BPF_DIV && instruction.k == 0) malformed(at, "division by zero");
  if ((operation == BPF_LSH || operation == BPF_RSH) && instruction.k >= 32)
    malformed(at, "shift by 32 or more");
}

void check_load(const sock_filter& instruction, size_t at) {
  switch (instruction.code) {
    case BPF_LD | BPF_W | BPF_ABS:
      if (instruction.k >= sizeof(seccomp_data) || instruction.k % 4 != 0)
        malformed(at, "load outside of seccomp_data");
      return;
    case BPF_LD | BPF_IMM:
    case BPF_LDX | BPF_IMM:
    case BPF_LD | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_W | BPF_LEN:
      return;
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
      if (instruction.k >= BPF_MEMWORDS) malformed(at, "scratch memory has 16 words");
      return;
    default:
      malformed(at, "unknown opcode");
  }
}

void check_jump(const sock_filter& instruction, size_t at, size_t size) {
  // 64 bits: an offset of nearly 2^32 must not wrap around to a valid one.
  const uint64_t next = at + 1;
  if (instruction.code == (BPF_JMP | BPF_JA)) {
    if (next + instruction.k >= size) malformed(at, "jump beyond the end");
    return;
  }
  const int without_source = instruction.code & ~BPF_X;
  if (!std::ranges::count(kComparisons, without_source & ~BPF_JMP)) malformed(at, "unknown opcode");
  if (next + instruction.jt >= size || next + instruction.jf >= size)
    malformed(at, "jump beyond the end");
}

bool is_return(const sock_filter& instruction) {
  return instruction.code == (BPF_RET | BPF_K) || instruction.code == (BPF_RET | BPF_A);
}

void check(const sock_filter& instruction, size_t at, size_t size) {
  switch (BPF_CLASS(instruction.code)) {
    case BPF_ALU:
      if ((instruction.code & ~0xff) != 0) malformed(at, "unknown opcode");
      return check_alu(instruction, at);
    case BPF_JMP:
      return check_jump(instruction, at, size);
    case BPF_RET:
      if (!is_return(instruction)) malformed(at, "unknown opcode");
      return;
    case BPF_MISC:
      if (instruction.code != (BPF_MISC | BPF_TAX) && instruction.code != (BPF_MISC | BPF_TXA))
        malformed(at, "unknown opcode");
      return;
    default:
      return check_load(instruction, at);
  }
}

}  // namespace

void require_well_formed(std::span<const sock_filter> program) {
  const size_t size = program.size();
  if (size == 0 || size > BPF_MAXINSNS) {
    throw FilterError("a program has 1 to 4096 instructions, this one " + std::to_string(size));
  }
  for (size_t at = 0; at < size; ++at) check(program[at], at, size);
  if (!is_return(program.back())) malformed(size - 1, "the end is not a return");
}

}  // namespace kekkai::seccomp
