#include <kekkai/seccomp-presets/unclassified.h>

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>

namespace kekkai::seccomp {
namespace {

static_assert(kLastClassifiedCall == SYS_set_mempolicy_home_node);
constexpr uint32_t kFirstUnclassified = kLastClassifiedCall + 1;

// Every table has its own numbers up to a gap, and the common ones after it. The kernel still fills
// the gap now and then, with calls of one architecture.
struct Table {
  uint32_t architecture;
  uint32_t gap_begin;  // The first number without a call.
  uint32_t gap_end;    // The first one after it that has a call again.
};

// From arch/*/entry/syscalls of Linux 6.1. On x86-64, 335 and 336 were since given to uretprobe and
// uprobe. Only code that the kernel itself puts into a program makes these two; kernels that let a
// filter see them (6.11 to 6.13) would crash a program that is being traced from outside.
constexpr Table kTables[] = {
    {AUDIT_ARCH_X86_64, 337, 424},
    {AUDIT_ARCH_I386, 387, 393},
    {AUDIT_ARCH_AARCH64, 295, 424},
};

const Table& table_of(uint32_t architecture) {
  for (const Table& table : kTables) {
    if (table.architecture == architecture) return table;
  }
  throw FilterError(
      "cannot refuse unclassified system calls: their numbers are not known on this architecture");
}

sock_filter load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}

// Each skips that many instructions where the comparison holds, or does not.
sock_filter jump_if_equal(uint32_t value, uint8_t skip_true, uint8_t skip_false) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip_true, skip_false);
}
sock_filter jump_if_at_least(uint32_t value, uint8_t skip_true, uint8_t skip_false) {
  return BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, skip_true, skip_false);
}

}  // namespace

void append_unclassified_refusal(Program& program, uint32_t architecture) {
  const Table& table = table_of(architecture);
  const std::array block = {
      load(offsetof(seccomp_data, arch)),
      jump_if_equal(table.architecture, 0, 5),  // another one's call: not judged here
      load(offsetof(seccomp_data, nr)),
      jump_if_at_least(table.gap_begin, 0, 3),     // an old call, as most are
      jump_if_at_least(table.gap_end, 0, 1),       // in the gap: refused
      jump_if_at_least(kFirstUnclassified, 0, 1),  // too new: refused, x32 by its high bit too
      sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
  };
  program.insert(program.end(), block.begin(), block.end());
}

}  // namespace kekkai::seccomp
