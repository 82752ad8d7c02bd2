#include <kekkai/init/privileges.h>

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <span>

namespace kekkai {
namespace {

sock_filter statement(int code, uint32_t value) {
  return {static_cast<uint16_t>(code), 0, 0, value};
}

sock_filter jump(int code, uint32_t value, size_t yes, size_t no) {
  return {static_cast<uint16_t>(code), static_cast<uint8_t>(yes), static_cast<uint8_t>(no), value};
}

template <size_t N>
constexpr std::array<int, N> sorted(std::array<int, N> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "supervisor_filter() has no architecture for this machine"
#endif

// Waiting, signalling, telling the launcher, and what libc needs to run and end threads: the reaper
// may still be starting when the filter comes, and libc aborts where rseq is refused then.
constexpr std::array kSupervising = sorted(std::array{
    SYS_read,
    SYS_write,
    SYS_close,
    SYS_ppoll,
    SYS_futex,
    SYS_wait4,
    SYS_kill,
    SYS_tgkill,
    SYS_exit,
    SYS_exit_group,
    SYS_rt_sigreturn,
    SYS_getpid,
    SYS_clock_gettime,
    SYS_pidfd_send_signal,
    SYS_gettid,
    SYS_sched_yield,
    SYS_rt_sigprocmask,
    SYS_restart_syscall,
    SYS_brk,
    SYS_mmap,
    SYS_munmap,
    SYS_mprotect,
    SYS_madvise,
    SYS_rseq,
    SYS_set_robust_list,
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef KEKKAI_SANITIZED  // what the run-time of a sanitizer needs besides
    SYS_sigaltstack,
    SYS_pipe,
    SYS_pipe2,
    SYS_openat,
    SYS_readlink,
    SYS_prctl,
    SYS_rt_sigaction,
    SYS_fstat,
    SYS_newfstatat,
    SYS_lseek,
    SYS_prlimit64,
    SYS_clock_nanosleep,
    SYS_sched_getaffinity,
#endif
});

// Goes to `refuse` unless the number is one of these, and behind it then. In halves: the kernel
// runs a filter that is loaded once for every call that there is, to know which it always allows.
void append_search(FilterProgram& program, std::span<const int> calls, size_t refuse) {
  const size_t next = program.size() + 1;
  const size_t middle = calls.size() / 2;
  const auto pivot = static_cast<uint32_t>(calls[middle]);
  if (calls.size() == 1) {
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, pivot, refuse + 1 - next, refuse - next));
    return;
  }
  program.emplace_back();
  append_search(program, calls.first(middle), refuse);
  program[next - 1] = jump(BPF_JMP | BPF_JGE | BPF_K, pivot, program.size() - next, 0);
  append_search(program, calls.subspan(middle), refuse);
}

}  // namespace

void drop_privileges(Dispatcher& k, uint64_t kept) {
  const unsigned last_capability = k.last_capability();
  k.clear_ambient_capabilities();
  for (unsigned capability = 0; capability <= last_capability; ++capability) {
    if ((kept >> capability & 1) == 0) k.drop_bounding_capability(capability);
  }
  k.capset({.effective = kept, .permitted = kept, .inheritable = kept});
  for (unsigned capability = 0; capability <= last_capability; ++capability) {
    if ((kept >> capability & 1) != 0) k.raise_ambient_capability(capability);
  }
  k.set_no_new_privs();
}

FilterProgram supervisor_filter() {
  constexpr size_t kBefore = 3;
  constexpr size_t kRefuse = kBefore + 2 * kSupervising.size() - 1;
  FilterProgram program{
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      jump(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 0, kRefuse - 2),
      statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
  };
  append_search(program, kSupervising, kRefuse);
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return program;
}

}  // namespace kekkai
