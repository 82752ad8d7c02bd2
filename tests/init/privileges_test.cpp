#include <kekkai/init/attestation.h>
#include <kekkai/init/privileges.h>
#include <kekkai/testing/bpf_interpreter.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <sys/syscall.h>

#include <set>

namespace kekkai {
namespace {

using testing::BpfInterpreter;
using ::testing::ElementsAre;
using testing::kAllowed;
using testing::refused;
using testing::ScriptedDispatcher;

TEST(Privileges, AreDroppedFromTheOutermostSetInwards) {
  ScriptedDispatcher k;
  k.set_last_capability(CAP_DAC_READ_SEARCH);
  drop_privileges(k, 0);
  EXPECT_THAT(k.transcript(), ElementsAre("prctl PR_CAPBSET_READ",                      //
                                          "prctl PR_CAP_AMBIENT_CLEAR_ALL",             //
                                          "prctl PR_CAPBSET_DROP CAP_CHOWN",            //
                                          "prctl PR_CAPBSET_DROP CAP_DAC_OVERRIDE",     //
                                          "prctl PR_CAPBSET_DROP CAP_DAC_READ_SEARCH",  //
                                          "capset none",                                //
                                          "prctl PR_SET_NO_NEW_PRIVS"));
}

TEST(Privileges, KeepWhatIsAskedForInAllSets) {
  ScriptedDispatcher k;
  k.set_last_capability(CAP_DAC_READ_SEARCH);
  drop_privileges(k, 1U << CAP_CHOWN | 1U << CAP_DAC_READ_SEARCH);
  EXPECT_THAT(k.transcript(), ElementsAre("prctl PR_CAPBSET_READ",                           //
                                          "prctl PR_CAP_AMBIENT_CLEAR_ALL",                  //
                                          "prctl PR_CAPBSET_DROP CAP_DAC_OVERRIDE",          //
                                          "capset CAP_CHOWN|CAP_DAC_READ_SEARCH",            //
                                          "prctl PR_CAP_AMBIENT_RAISE CAP_CHOWN",            //
                                          "prctl PR_CAP_AMBIENT_RAISE CAP_DAC_READ_SEARCH",  //
                                          "prctl PR_SET_NO_NEW_PRIVS"));
}

TEST(Privileges, SatisfyTheAttestation) {
  for (const uint64_t kept : {uint64_t{0}, uint64_t{1} << CAP_NET_RAW,
                              uint64_t{1} << CAP_CHECKPOINT_RESTORE | uint64_t{1}}) {
    ScriptedDispatcher k;
    drop_privileges(k, kept);
    const UniqueFd witness = open_witness(k);
    EXPECT_NO_THROW(attest_privileges(k, witness, kept));
    EXPECT_ANY_THROW(attest_privileges(k, witness, kept ^ 2));
  }
}

// The filter.

const std::set<long> kNeeded{SYS_read,  SYS_write,      SYS_close,       SYS_ppoll,
                             SYS_futex, SYS_wait4,      SYS_kill,        SYS_pidfd_send_signal,
                             SYS_exit,  SYS_exit_group, SYS_rt_sigreturn};
// What libc and the run-time of C++ need around these; harmless.
const std::set<long> kHarmless{
    SYS_poll,        SYS_tgkill,         SYS_getpid,          SYS_gettid, SYS_clock_gettime,
    SYS_sched_yield, SYS_rt_sigprocmask, SYS_restart_syscall, SYS_brk,    SYS_mmap,
    SYS_munmap,      SYS_mprotect,       SYS_madvise,         SYS_rseq,   SYS_set_robust_list};
#ifdef KEKKAI_SANITIZED
const std::set<long> kForSanitizers{
    SYS_sigaltstack,      SYS_pipe,  SYS_pipe2,      SYS_openat, SYS_readlink,  SYS_prctl,
    SYS_rt_sigaction,     SYS_fstat, SYS_newfstatat, SYS_lseek,  SYS_prlimit64, SYS_clock_nanosleep,
    SYS_sched_getaffinity};
#else
const std::set<long> kForSanitizers{};
#endif

seccomp_data call(long number, uint32_t architecture = AUDIT_ARCH_X86_64) {
  return {static_cast<int>(number), architecture, 0x7f00'1234'5678, {}};
}

TEST(SupervisorFilter, AllowsWhatSupervisingNeedsAndNothingElse) {
  const BpfInterpreter filter(supervisor_filter());
  for (const long number : kNeeded) EXPECT_EQ(filter.run(call(number)), kAllowed) << number;
  for (long number = 0; number < 1024; ++number) {
    if (kNeeded.contains(number) || kHarmless.contains(number) || kForSanitizers.contains(number)) {
      continue;
    }
    EXPECT_EQ(filter.run(call(number)), refused(EPERM)) << number;
  }
}

TEST(SupervisorFilter, AllowsNothingThatChangesWhatAProcessMayDo) {
  const BpfInterpreter filter(supervisor_filter());
  for (const long number : {SYS_execve,      SYS_execveat,       SYS_clone,
                            SYS_clone3,      SYS_fork,           SYS_vfork,
                            SYS_ptrace,      SYS_open,           SYS_openat2,
                            SYS_mount,       SYS_move_mount,     SYS_open_tree,
                            SYS_pivot_root,  SYS_unshare,        SYS_setns,
                            SYS_socket,      SYS_sendmsg,        SYS_process_vm_writev,
                            SYS_bpf,         SYS_io_uring_setup, SYS_memfd_create,
                            SYS_pidfd_getfd, SYS_ioctl}) {
    EXPECT_EQ(filter.run(call(number)), refused(EPERM)) << number;
  }
}

TEST(SupervisorFilter, RefusesEveryCallOfAnotherArchitecture) {
  const BpfInterpreter filter(supervisor_filter());
  for (const uint32_t architecture :
       {uint32_t{AUDIT_ARCH_I386}, uint32_t{AUDIT_ARCH_AARCH64}, 0U}) {
    for (const long number : kNeeded) {
      EXPECT_EQ(filter.run(call(number, architecture)), refused(EPERM)) << architecture;
    }
  }
}

// x32 calls are calls of x86-64 with this bit.
TEST(SupervisorFilter, RefusesX32) {
  const BpfInterpreter filter(supervisor_filter());
  for (const long number : kNeeded) {
    EXPECT_EQ(filter.run(call(number | 0x4000'0000)), refused(EPERM)) << number;
  }
}

TEST(SupervisorFilter, LooksAtNumbersOnly) {
  const BpfInterpreter filter(supervisor_filter());
  seccomp_data data = call(SYS_kill);
  for (auto& argument : data.args) argument = ~uint64_t{0};
  EXPECT_EQ(filter.run(data), kAllowed);
}

}  // namespace
}  // namespace kekkai
