#include "reference_bpf.h"

#include "promises.h"

#include <array>
#include <vector>

namespace kekkai {
namespace {

// The opcodes that need nothing of `k`, `jt` and `jf`.
bool is_plain(uint16_t code) {
  static constexpr uint16_t kPlain[] = {
      0x00, 0x01, 0x80, 0x81, 0x06, 0x16, 0x07, 0x87,        // ld, ldx, ret, tax, txa
      0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x3c, 0x44, 0x4c,  // add, sub, mul, div x, or
      0x54, 0x5c, 0xa4, 0xac, 0x6c, 0x7c, 0x84};             // and, xor, lsh x, rsh x, neg
  for (const uint16_t plain : kPlain) {
    if (code == plain) return true;
  }
  return false;
}

bool is_conditional_jump(uint16_t code) {
  return code == 0x15 || code == 0x1d || code == 0x25 || code == 0x2d || code == 0x35 ||
         code == 0x3d || code == 0x45 || code == 0x4d;
}

// `left`: instructions behind this one.
bool is_checked(const sock_filter& f, size_t left) {
  if (is_plain(f.code)) return true;
  if (is_conditional_jump(f.code)) return f.jt < left && f.jf < left;
  switch (f.code) {
    case 0x05:  // ja
      return f.k < left;
    case 0x20:  // ld [k]
      return f.k <= 60 && f.k % 4 == 0;
    case 0x34:  // div k
      return f.k != 0;
    case 0x64:  // lsh k
    case 0x74:  // rsh k
      return f.k <= 31;
    case 0x02:  // st
    case 0x03:  // stx
    case 0x60:  // ld M[k]
    case 0x61:  // ldx M[k]
      return f.k <= 15;
    default:
      return false;
  }
}

uint32_t word_of(const seccomp_data& call, uint32_t offset) {
  const uint64_t argument = offset < 16 ? call.instruction_pointer : call.args[(offset - 16) / 8];
  if (offset == 0) return static_cast<uint32_t>(call.nr);
  if (offset == 4) return call.arch;
  return static_cast<uint32_t>(offset % 8 == 0 ? argument : argument >> 32);
}

// An operation on the accumulator; `b` is k or X.
uint32_t calculate(uint16_t code, uint32_t a, uint32_t b) {
  switch (code & 0xf0) {
    case 0x00:
      return a + b;
    case 0x10:
      return a - b;
    case 0x20:
      return a * b;
    case 0x30:
      return a / b;
    case 0x40:
      return a | b;
    case 0x50:
      return a & b;
    case 0x60:
      return a << (b & 31);
    case 0x70:
      return a >> (b & 31);
    case 0xa0:
      return a ^ b;
    default:
      return ~a + 1;
  }
}

bool holds(uint16_t code, uint32_t a, uint32_t b) {
  switch (code & 0xf0) {
    case 0x10:
      return a == b;
    case 0x20:
      return a > b;
    case 0x30:
      return a >= b;
    default:
      return (a & b) != 0;
  }
}

}  // namespace

bool is_checked_program(std::span<const sock_filter> program) {
  if (program.empty() || program.size() > 4096) return false;
  for (size_t at = 0; at < program.size(); ++at) {
    if (!is_checked(program[at], program.size() - at - 1)) return false;
  }
  return program.back().code == 0x06 || program.back().code == 0x16;
}

bool writes_before_it_reads(std::span<const sock_filter> program) {
  std::vector<uint16_t> written(program.size(), 0xffff);  // by whatever way it is reached
  uint16_t now = 0;
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& f = program[at];
    now &= written[at];
    if (f.code == 0x02 || f.code == 0x03) now |= static_cast<uint16_t>(1U << f.k);
    if ((f.code == 0x60 || f.code == 0x61) && (now >> f.k & 1) == 0) return false;
    const bool always = f.code == 0x05;
    if (!always && !is_conditional_jump(f.code)) continue;
    written[at + 1 + (always ? f.k : f.jt)] &= now;
    written[at + 1 + (always ? f.k : f.jf)] &= now;
    now = 0xffff;
  }
  return true;
}

uint32_t execute(std::span<const sock_filter> program, const seccomp_data& call) {
  uint32_t a = 0;
  uint32_t x = 0;
  std::array<uint32_t, 16> memory{};
  for (size_t at = 0;; ++at) {
    require(at < program.size());
    const sock_filter& f = program[at];
    const uint32_t b = (f.code & 0x08) != 0 ? x : f.k;
    if (is_conditional_jump(f.code)) {
      at += holds(f.code, a, b) ? f.jt : f.jf;
    } else if ((f.code & 0x07) == 0x04) {
      if (f.code == 0x3c && x == 0) return 0;
      a = calculate(f.code, a, b);
    } else if (f.code == 0x06 || f.code == 0x16) {
      return f.code == 0x06 ? f.k : a;
    } else if (f.code == 0x05) {
      at += f.k;
    } else if (f.code == 0x07 || f.code == 0x87) {
      (f.code == 0x07 ? x : a) = f.code == 0x07 ? a : x;
    } else if (f.code == 0x02 || f.code == 0x03) {
      memory[f.k] = f.code == 0x02 ? a : x;
    } else {
      const uint32_t loaded = (f.code & 0xe0) == 0x00   ? f.k
                              : (f.code & 0xe0) == 0x20 ? word_of(call, f.k)
                              : (f.code & 0xe0) == 0x60 ? memory[f.k]
                                                        : uint32_t{sizeof(seccomp_data)};
      ((f.code & 0x07) == 0 ? a : x) = loaded;
    }
  }
}

}  // namespace kekkai
