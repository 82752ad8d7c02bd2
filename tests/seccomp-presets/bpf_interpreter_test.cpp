#include <kekkai/testing/bpf_interpreter.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>

#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

namespace kekkai::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using Code = std::vector<sock_filter>;

constexpr uint32_t kCallNumber = 7;
constexpr uint64_t kFirstArgument = 0x1111'2222'3333'4444;

// Runs `body`, which leaves a value in the accumulator, and gives that value.
uint32_t accumulator_after(const Code& body) {
  const seccomp_data call{kCallNumber, AUDIT_ARCH_X86_64, 0xabc, {kFirstArgument}};
  // The value is found out by comparing: a filter's own result has room for 16 bits only.
  uint32_t value = 0;
  for (uint32_t bit = 1; bit != 0; bit <<= 1) {
    Code code = body;
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bit, 0, 1));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG));
    if (BpfInterpreter(code).run(call) == kAllowed) value |= bit;
  }
  return value;
}

struct Calculation {
  const char* name;
  Code code;
  uint32_t result;
};
std::ostream& operator<<(std::ostream& out, const Calculation& c) { return out << c.name; }

sock_filter load_a(uint32_t value) { return BPF_STMT(BPF_LD | BPF_IMM, value); }
sock_filter load_x(uint32_t value) { return BPF_STMT(BPF_LDX | BPF_IMM, value); }
sock_filter load_word(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}

const Calculation kCalculations[] = {
    {"number", {load_word(offsetof(seccomp_data, nr))}, kCallNumber},
    {"architecture", {load_word(offsetof(seccomp_data, arch))}, AUDIT_ARCH_X86_64},
    {"low_half", {load_word(offsetof(seccomp_data, args))}, 0x3333'4444},
    {"high_half", {load_word(offsetof(seccomp_data, args) + 4)}, 0x1111'2222},
    {"last_word", {load_a(1), load_word(60)}, 0},
    {"length", {BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0)}, 64},
    {"length_x", {BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_MISC | BPF_TXA, 0)}, 64},
    {"add", {load_a(0xffff'ffff), BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 2)}, 1},
    {"sub", {load_a(1), BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 2)}, 0xffff'ffff},
    {"mul", {load_a(0x8000'0001), BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 2)}, 2},
    {"div", {load_a(7), BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 2)}, 3},
    {"and", {load_a(0xff), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x18)}, 0x18},
    {"or", {load_a(0xf0), BPF_STMT(BPF_ALU | BPF_OR | BPF_K, 0x0f)}, 0xff},
    {"xor", {load_a(0xff), BPF_STMT(BPF_ALU | BPF_XOR | BPF_K, 0x18)}, 0xe7},
    {"lsh", {load_a(3), BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 31)}, 0x8000'0000},
    {"rsh", {load_a(0x8000'0000), BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 31)}, 1},
    {"neg", {load_a(1), BPF_STMT(BPF_ALU | BPF_NEG, 0)}, 0xffff'ffff},
    {"add_x", {load_a(1), load_x(5), BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 9)}, 6},
    {"div_x", {load_a(9), load_x(2), BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0)}, 4},
    {"lsh_x", {load_a(1), load_x(33), BPF_STMT(BPF_ALU | BPF_LSH | BPF_X, 0)}, 2},
    {"tax",
     {load_a(4), BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_ALU | BPF_MUL | BPF_X, 0)},
     16},
    {"txa", {load_a(4), load_x(6), BPF_STMT(BPF_MISC | BPF_TXA, 0)}, 6},
    {"st", {load_a(4), BPF_STMT(BPF_ST, 15), load_a(0), BPF_STMT(BPF_LD | BPF_MEM, 15)}, 4},
    {"stx", {load_x(4), BPF_STMT(BPF_STX, 0), BPF_STMT(BPF_LD | BPF_MEM, 0)}, 4},
    {"ldx_mem",
     {load_a(4), BPF_STMT(BPF_ST, 1), BPF_STMT(BPF_LDX | BPF_MEM, 1), load_a(0),
      BPF_STMT(BPF_MISC | BPF_TXA, 0)},
     4},
    {"ja", {load_a(1), BPF_STMT(BPF_JMP | BPF_JA, 1), load_a(2)}, 1},
};

class Calculations : public ::testing::TestWithParam<Calculation> {};
TEST_P(Calculations, LeaveTheirResultInTheAccumulator) {
  EXPECT_EQ(accumulator_after(GetParam().code), GetParam().result);
}
INSTANTIATE_TEST_SUITE_P(Bpf, Calculations, ::testing::ValuesIn(kCalculations),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(BpfInterpreter, ComparesUnsignedWithAConstantOrWithX) {
  struct Case {
    int operation;
    uint32_t a, b;
    bool holds;
  };
  const Case cases[] = {
      {BPF_JEQ, 5, 5, true},   {BPF_JEQ, 5, 6, false},           {BPF_JGT, 6, 5, true},
      {BPF_JGT, 5, 5, false},  {BPF_JGT, 0xffff'ffff, 1, true},  {BPF_JGE, 5, 5, true},
      {BPF_JGE, 4, 5, false},  {BPF_JGE, 1, 0xffff'ffff, false}, {BPF_JSET, 6, 4, true},
      {BPF_JSET, 6, 9, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(::testing::Message() << c.operation << ": " << c.a << ", " << c.b);
    const auto jump_k = static_cast<uint16_t>(BPF_JMP | c.operation | BPF_K);
    const auto jump_x = static_cast<uint16_t>(BPF_JMP | c.operation | BPF_X);
    EXPECT_EQ(accumulator_after({load_a(c.a), BPF_JUMP(jump_k, c.b, 0, 1), load_a(0x5a),
                                 BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0)}) == 0x50,
              c.holds);
    EXPECT_EQ(accumulator_after({load_a(c.a), load_x(c.b), BPF_JUMP(jump_x, 0, 0, 1), load_a(0x5a),
                                 BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0)}) == 0x50,
              c.holds);
  }
}

FilterDecision decision_for(uint32_t value) {
  return BpfInterpreter(Code{BPF_STMT(BPF_RET | BPF_K, value)}).run({});
}

TEST(BpfInterpreter, TranslatesTheReturnedValue) {
  EXPECT_EQ(decision_for(SECCOMP_RET_ALLOW), kAllowed);
  EXPECT_EQ(decision_for(SECCOMP_RET_ERRNO | 38), refused(38));
  EXPECT_EQ(decision_for(SECCOMP_RET_KILL_THREAD).action, FilterAction::kKillThread);
  EXPECT_EQ(decision_for(SECCOMP_RET_KILL_PROCESS).action, FilterAction::kKillProcess);
  EXPECT_EQ(decision_for(SECCOMP_RET_LOG).action, FilterAction::kLog);
  EXPECT_EQ(decision_for(SECCOMP_RET_USER_NOTIF).action, FilterAction::kNotify);
  EXPECT_EQ(decision_for(SECCOMP_RET_TRACE | 3), (FilterDecision{FilterAction::kTrace, 3}));
  EXPECT_EQ(decision_for(SECCOMP_RET_TRAP).action, FilterAction::kTrap);
  EXPECT_EQ(decision_for(0x1234'0000).action, FilterAction::kKillProcess) << "as the kernel does";
}

TEST(BpfInterpreter, ReturnsTheAccumulator) {
  const Code code = {load_a(SECCOMP_RET_ERRNO | 5), BPF_STMT(BPF_RET | BPF_A, 0)};
  EXPECT_EQ(BpfInterpreter(code).run({}), refused(5));
}

TEST(BpfInterpreter, DivisionByAZeroInXKillsAsInTheKernel) {
  const Code code = {load_a(SECCOMP_RET_ALLOW), load_x(0), BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0),
                     BPF_STMT(BPF_RET | BPF_A, 0)};
  EXPECT_EQ(BpfInterpreter(code).run({}).action, FilterAction::kKillThread);
}

TEST(BpfInterpreter, PrintsDecisionsForPeople) {
  const auto text = [](FilterDecision decision) {
    std::ostringstream out;
    out << decision;
    return out.str();
  };
  EXPECT_EQ(text(kAllowed), "allow");
  EXPECT_EQ(text(refused(1)), "errno 1 (Operation not permitted)");
  EXPECT_EQ(text({FilterAction::kTrace, 3}), "trace 3");
}

struct Malformed {
  const char* name;
  Code code;
  const char* message;
};
std::ostream& operator<<(std::ostream& out, const Malformed& m) { return out << m.name; }

const sock_filter kReturn = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

const Malformed kMalformed[] = {
    {"empty", {}, "this one 0"},
    {"too_long", Code(4097, kReturn), "this one 4097"},
    {"falls_off", {kReturn, load_a(1)}, "instruction 1: the end is not a return"},
    {"jump_is_last",
     {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0)},
     "instruction 0: jump beyond the end"},
    {"jt_out", {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), kReturn}, "jump beyond the end"},
    {"jf_out", {BPF_JUMP(BPF_JMP | BPF_JGE | BPF_X, 0, 0, 1), kReturn}, "jump beyond the end"},
    {"ja_out", {BPF_STMT(BPF_JMP | BPF_JA, 1), kReturn}, "jump beyond the end"},
    {"ja_wraps", {BPF_STMT(BPF_JMP | BPF_JA, 0xffff'ffff), kReturn}, "jump beyond the end"},
    {"ja_with_x", {BPF_STMT(BPF_JMP | BPF_JA | BPF_X, 0), kReturn}, "unknown opcode"},
    {"unknown_jump", {BPF_JUMP(BPF_JMP | 0x50, 0, 0, 0), kReturn}, "unknown opcode"},
    {"modulo", {BPF_STMT(BPF_ALU | 0x90 | BPF_K, 1), kReturn}, "unknown opcode"},
    {"neg_with_x", {BPF_STMT(BPF_ALU | BPF_NEG | BPF_X, 1), kReturn}, "unknown opcode"},
    {"div_zero", {BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), kReturn}, "division by zero"},
    {"lsh_32", {BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), kReturn}, "shift by 32"},
    {"rsh_32", {BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 32), kReturn}, "shift by 32"},
    {"load_beyond", {load_word(64), kReturn}, "outside of seccomp_data"},
    {"load_unaligned", {load_word(2), kReturn}, "outside of seccomp_data"},
    {"load_half", {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), kReturn}, "unknown opcode"},
    {"load_indirect", {BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), kReturn}, "unknown opcode"},
    {"memory_16", {BPF_STMT(BPF_ST, 16), kReturn}, "16 words"},
    {"return_x", {BPF_STMT(BPF_RET | BPF_X, 0)}, "unknown opcode"},
    {"misc", {BPF_STMT(BPF_MISC | 0x40, 0), kReturn}, "unknown opcode"},
    {"high_bits", {BPF_STMT(0x100 | BPF_ALU | BPF_ADD, 0), kReturn}, "unknown opcode"},
};

class MalformedPrograms : public ::testing::TestWithParam<Malformed> {};
TEST_P(MalformedPrograms, AreRefused) {
  EXPECT_THAT([] { BpfInterpreter interpreter(GetParam().code); },
              ThrowsMessage<MalformedProgram>(HasSubstr(GetParam().message)));
}
INSTANTIATE_TEST_SUITE_P(Bpf, MalformedPrograms, ::testing::ValuesIn(kMalformed),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(BpfInterpreter, RefusesToReadScratchMemoryThatNobodyWrote) {
  const BpfInterpreter interpreter(Code{BPF_STMT(BPF_LD | BPF_MEM, 3), kReturn});
  EXPECT_THAT([&] { interpreter.run({}); },
              ThrowsMessage<MalformedProgram>(HasSubstr("before it is written")));
}

}  // namespace
}  // namespace kekkai::testing
