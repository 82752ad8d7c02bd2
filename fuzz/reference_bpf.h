// Classic BPF under seccomp's rules once more, as the kernel's sources say it, opcode by opcode.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <span>

namespace kekkai {

/// Whether every instruction is one that seccomp takes, and the program ends (net/core/filter.c:
/// bpf_check_classic; kernel/seccomp.c: seccomp_check_filter).
bool is_checked_program(std::span<const sock_filter> program);

/// Of such a program: whether all scratch memory is written before it is read, which the kernel
/// wants too (net/core/filter.c: check_load_and_stores).
bool writes_before_it_reads(std::span<const sock_filter> program);

/// What such a program returns, all 32 bits.
uint32_t execute(std::span<const sock_filter> program, const seccomp_data& call);

}  // namespace kekkai
