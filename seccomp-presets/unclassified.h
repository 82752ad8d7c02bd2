// What goes before the rules under `strict`: calls that nobody has looked at do not exist.
#pragma once

#include <kekkai/seccomp-presets/rules.h>

#include <cstdint>

namespace kekkai::seccomp {

/// Appends instructions that answer the calls of `architecture` (an AUDIT_ARCH_ value) with ENOSYS
/// where their number is not classified, and otherwise run into whatever is appended next.
/// Throws FilterError for an architecture whose table is not known here.
void append_unclassified_refusal(Program& program, uint32_t architecture);

}  // namespace kekkai::seccomp
