// Programs that somebody else has compiled.
#pragma once

#include <kekkai/seccomp-presets/rules.h>

#include <span>

namespace kekkai::seccomp {

/// Checks a program as the kernel does when it loads one, and says what is wrong with it
/// (kernel/seccomp.c: seccomp_check_filter; net/core/filter.c: bpf_check_classic).
///
/// Throws FilterError, "instruction 3: jump beyond the end": for a program of no instruction or
/// more than 4096, an unknown one, a jump beyond the end, no return at the end, a load outside of
/// seccomp_data or of the scratch memory, a constant division by zero or shift by 32 or more. Not
/// for scratch memory that is read before it is written, which the kernel refuses too.
void require_well_formed(std::span<const sock_filter> program);

}  // namespace kekkai::seccomp
