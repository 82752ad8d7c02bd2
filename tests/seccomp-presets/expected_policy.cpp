#include "expected_policy.h"

#include <seccomp.h>

#include <algorithm>
#include <stdexcept>

namespace kekkai::seccomp {
namespace {

const RefusedCall kRefusedCalls[] = {
    {"syslog", Preset::kCommon, EPERM},
    {"uselib", Preset::kCommon, EPERM},
    {"acct", Preset::kCommon, EPERM},
    {"quotactl", Preset::kCommon, EPERM},
    {"add_key", Preset::kCommon, EPERM},
    {"keyctl", Preset::kCommon, EPERM},
    {"request_key", Preset::kCommon, EPERM},
    {"move_pages", Preset::kCommon, EPERM},
    {"mbind", Preset::kCommon, EPERM},
    {"get_mempolicy", Preset::kCommon, EPERM},
    {"set_mempolicy", Preset::kCommon, EPERM},
    {"migrate_pages", Preset::kCommon, EPERM},
    {"modify_ldt", Preset::kCommon, EPERM, true},
    {"adjtimex", Preset::kExt, EPERM},
    {"clock_adjtime", Preset::kExt, EPERM},
    {"clock_adjtime64", Preset::kExt, EPERM},
    {"clock_settime", Preset::kExt, EPERM},
    {"clock_settime64", Preset::kExt, EPERM},
    {"settimeofday", Preset::kExt, EPERM},
    {"delete_module", Preset::kExt, EPERM},
    {"finit_module", Preset::kExt, EPERM},
    {"init_module", Preset::kExt, EPERM},
    {"kexec_file_load", Preset::kExt, EPERM},
    {"kexec_load", Preset::kExt, EPERM},
    {"reboot", Preset::kExt, EPERM},
    {"swapoff", Preset::kExt, EPERM},
    {"swapon", Preset::kExt, EPERM},
    {"subpage_prot", Preset::kExt, ENOSYS, true},
    {"switch_endian", Preset::kExt, ENOSYS, true},
    {"vm86", Preset::kExt, ENOSYS, true},
    {"vm86old", Preset::kExt, ENOSYS, true},
    {"unshare", Preset::kDenyNs, EPERM},
    {"setns", Preset::kDenyNs, EPERM},
    {"mount", Preset::kDenyNs, EPERM},
    {"umount", Preset::kDenyNs, EPERM},
    {"umount2", Preset::kDenyNs, EPERM},
    {"pivot_root", Preset::kDenyNs, EPERM},
    {"chroot", Preset::kDenyNs, EPERM},
    {"clone3", Preset::kDenyNs, ENOSYS},
    {"open_tree", Preset::kDenyNs, ENOSYS},
    {"open_tree_attr", Preset::kDenyNs, ENOSYS},
    {"move_mount", Preset::kDenyNs, ENOSYS},
    {"fsopen", Preset::kDenyNs, ENOSYS},
    {"fsconfig", Preset::kDenyNs, ENOSYS},
    {"fsmount", Preset::kDenyNs, ENOSYS},
    {"fspick", Preset::kDenyNs, ENOSYS},
    {"mount_setattr", Preset::kDenyNs, ENOSYS},
    {"chown", Preset::kDenyIds, EPERM},
    {"chown32", Preset::kDenyIds, EPERM},
    {"fchown", Preset::kDenyIds, EPERM},
    {"fchown32", Preset::kDenyIds, EPERM},
    {"fchownat", Preset::kDenyIds, EPERM},
    {"lchown", Preset::kDenyIds, EPERM},
    {"lchown32", Preset::kDenyIds, EPERM},
    {"setgid", Preset::kDenyIds, EPERM},
    {"setgid32", Preset::kDenyIds, EPERM},
    {"setgroups", Preset::kDenyIds, EPERM},
    {"setgroups32", Preset::kDenyIds, EPERM},
    {"setregid", Preset::kDenyIds, EPERM},
    {"setregid32", Preset::kDenyIds, EPERM},
    {"setresgid", Preset::kDenyIds, EPERM},
    {"setresgid32", Preset::kDenyIds, EPERM},
    {"setresuid", Preset::kDenyIds, EPERM},
    {"setresuid32", Preset::kDenyIds, EPERM},
    {"setreuid", Preset::kDenyIds, EPERM},
    {"setreuid32", Preset::kDenyIds, EPERM},
    {"setuid", Preset::kDenyIds, EPERM},
    {"setuid32", Preset::kDenyIds, EPERM},
    {"perf_event_open", Preset::kDenyDevel, EPERM},
    {"ptrace", Preset::kDenyDevel, EPERM},
    {"quotactl_fd", Preset::kStrict, EPERM},
    {"set_mempolicy_home_node", Preset::kStrict, EPERM},
    {"io_uring_setup", Preset::kStrict, ENOSYS},
    {"io_uring_enter", Preset::kStrict, ENOSYS},
    {"io_uring_register", Preset::kStrict, ENOSYS},
};

constexpr std::string_view kAllowedCalls = R"(
_llseek _newselect _sysctl accept accept4 access afs_syscall alarm arch_prctl bdflush bind bpf
break brk cachestat capget capset chdir chmod clock_getres clock_getres_time64 clock_gettime
clock_gettime64 clock_nanosleep clock_nanosleep_time64 close close_range connect copy_file_range
creat create_module dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait
epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat
faccessat2 fadvise64 fadvise64_64 fallocate fanotify_init fanotify_mark fchdir fchmod fchmodat
fchmodat2 fcntl fcntl64 fdatasync fgetxattr file_getattr file_setattr flistxattr flock fork
fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftime ftruncate ftruncate64
futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake futimesat get_kernel_syms
get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid getegid32 geteuid
geteuid32 getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid
getpmsg getppid getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit
getrusage getsid getsockname getsockopt gettid gettimeofday getuid getuid32 getxattr getxattrat
gtty idle inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy
io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit ioperm iopl ioprio_get
ioprio_set ipc kcmp kill landlock_add_rule landlock_create_ruleset landlock_restrict_self
lgetxattr link linkat listen listmount listxattr listxattrat llistxattr lock lookup_dcookie
lremovexattr lseek lsetxattr lsm_get_self_attr lsm_list_modules lsm_set_self_attr lstat lstat64
madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat
mlock mlock2 mlockall mmap mmap2 mprotect mpx mq_getsetattr mq_notify mq_open mq_timedreceive
mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink mremap mseal msgctl msgget
msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat nfsservctl
nice oldfstat oldlstat oldolduname oldstat olduname open open_by_handle_at openat openat2 pause
pidfd_getfd pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll
ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_madvise process_mrelease
process_vm_readv process_vm_writev prof profil pselect6 pselect6_time64 putpmsg pwrite64 pwritev
pwritev2 query_module read readahead readdir readlink readlinkat readv recvfrom recvmmsg
recvmmsg_time64 recvmsg remap_file_pages removexattr removexattrat rename renameat renameat2
restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max
sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
sched_setscheduler sched_yield seccomp security select semctl semget semop semtimedop
semtimedop_time64 sendfile sendfile64 sendmmsg sendmsg sendto set_robust_list set_thread_area
set_tid_address setdomainname setfsgid setfsgid32 setfsuid setfsuid32 sethostname setitimer
setpgid setpriority setrlimit setsid setsockopt setxattr setxattrat sgetmask shmat shmctl shmdt
shmget shutdown sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn
sigsuspend socketcall splice ssetmask stat stat64 statfs statfs64 statmount statx stime
stty symlink symlinkat sync sync_file_range syncfs sysfs sysinfo tee tgkill time timer_create
timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64
timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill
truncate truncate64 tuxcall ugetrlimit ulimit umask uname unlink unlinkat uprobe uretprobe
userfaultfd ustat utime utimensat utimensat_time64 utimes vfork vhangup vmsplice vserver wait4
waitid waitpid write writev
)";

struct Numbers {
  std::string_view call;
  int x86_64, i386, arm64;
};

constexpr int kAbsent = -1;

// What libseccomp does not tell: on i386 it takes calls that also go through socketcall(2) and
// ipc(2) for these, and it is older than the others.
constexpr Numbers kByHand[] = {
    {"recvmmsg", 299, 337, 243},
    {"sendmmsg", 307, 345, 269},
    {"socket", 41, 359, 198},
    {"socketpair", 53, 360, 199},
    {"bind", 49, 361, 200},
    {"connect", 42, 362, 203},
    {"listen", 50, 363, 201},
    {"accept4", 288, 364, 242},
    {"getsockopt", 55, 365, 209},
    {"setsockopt", 54, 366, 208},
    {"getsockname", 51, 367, 204},
    {"getpeername", 52, 368, 205},
    {"sendto", 44, 369, 206},
    {"sendmsg", 46, 370, 211},
    {"recvfrom", 45, 371, 207},
    {"recvmsg", 47, 372, 212},
    {"shutdown", 48, 373, 210},
    {"semget", 64, 393, 190},
    {"semctl", 66, 394, 191},
    {"shmget", 29, 395, 194},
    {"shmctl", 31, 396, 195},
    {"shmat", 30, 397, 196},
    {"shmdt", 67, 398, 197},
    {"msgget", 68, 399, 186},
    {"msgsnd", 69, 400, 189},
    {"msgrcv", 70, 401, 188},
    {"msgctl", 71, 402, 187},
    {"uretprobe", 335, kAbsent, kAbsent},
    {"uprobe", 336, kAbsent, kAbsent},
    {"cachestat", 451, 451, 451},
    {"fchmodat2", 452, 452, 452},
    {"map_shadow_stack", 453, 453, 453},
    {"futex_wake", 454, 454, 454},
    {"futex_wait", 455, 455, 455},
    {"futex_requeue", 456, 456, 456},
    {"statmount", 457, 457, 457},
    {"listmount", 458, 458, 458},
    {"lsm_get_self_attr", 459, 459, 459},
    {"lsm_set_self_attr", 460, 460, 460},
    {"lsm_list_modules", 461, 461, 461},
    {"mseal", 462, 462, 462},
    {"setxattrat", 463, 463, 463},
    {"getxattrat", 464, 464, 464},
    {"listxattrat", 465, 465, 465},
    {"removexattrat", 466, 466, 466},
    {"open_tree_attr", 467, 467, 467},
    {"file_getattr", 468, 468, 468},
    {"file_setattr", 469, 469, 469},
};

int number_by_hand(const Numbers& numbers, Arch arch) {
  return arch == Arch::kX86_64 ? numbers.x86_64
         : arch == Arch::kI386 ? numbers.i386
                               : numbers.arm64;
}

int look_up(Arch arch, std::string_view call) {
  const auto* const by_hand = std::ranges::find(kByHand, call, &Numbers::call);
  if (by_hand != std::end(kByHand)) return number_by_hand(*by_hand, arch);
  const uint32_t token = arch == Arch::kX86_64 ? SCMP_ARCH_X86_64
                         : arch == Arch::kI386 ? SCMP_ARCH_X86
                                               : SCMP_ARCH_AARCH64;
  const int number = ::seccomp_syscall_resolve_name_arch(token, std::string(call).c_str());
  if (number == __NR_SCMP_ERROR) {
    throw std::logic_error("libseccomp knows no call " + std::string(call));
  }
  return number < 0 ? kAbsent : number;
}

std::map<uint32_t, std::string_view> make_names(Arch arch) {
  std::map<uint32_t, std::string_view> names;
  const auto add = [&](std::string_view call) {
    const int number = look_up(arch, call);
    if (number != kAbsent) names[static_cast<uint32_t>(number)] = call;
  };
  for (const RefusedCall& row : kRefusedCalls) add(row.call);
  for (const std::string_view call : kConditionalCalls) add(call);
  for (const std::string_view call : allowed_calls()) add(call);
  return names;
}

}  // namespace

std::span<const RefusedCall> refused_calls() { return kRefusedCalls; }

bool is_in_force(const RefusedCall& refused, const Selection& selection) {
  return contains(selection.presets, refused.preset) &&
         !(refused.unless_multiarch && selection.options.multiarch);
}

const std::vector<std::string_view>& allowed_calls() {
  static const std::vector<std::string_view> kCalls = [] {
    std::vector<std::string_view> calls;
    for (std::string_view rest = kAllowedCalls.substr(1); !rest.empty();) {
      const size_t end = rest.find_first_of(" \n");
      calls.push_back(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    return calls;
  }();
  return kCalls;
}

const std::map<uint32_t, std::string_view>& expected_names(Arch arch) {
  static const std::array kTables{make_names(Arch::kX86_64), make_names(Arch::kI386),
                                  make_names(Arch::kArm64)};
  return kTables.at(static_cast<size_t>(arch));
}

std::optional<uint32_t> expected_number(Arch arch, std::string_view call) {
  const int number = look_up(arch, call);
  return number == kAbsent ? std::nullopt : std::optional(static_cast<uint32_t>(number));
}

}  // namespace kekkai::seccomp
