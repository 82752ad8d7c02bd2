// A profile as container runtimes get it.
#pragma once

namespace kekkai::seccomp {

// What Docker makes of its default profile for a container without capabilities on x86-64, with
// fewer calls. Those of other architectures are in its list, too.
inline constexpr const char* kDockers = R"({
  "ociVersion": "1.0.2",
  "process": {"args": ["sh"]},
  "linux": {"seccomp": {
    "defaultAction": "SCMP_ACT_ERRNO",
    "defaultErrnoRet": 1,
    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    "syscalls": [
      {"names": ["accept", "accept4", "bind", "brk", "chmod", "chown", "clock_gettime", "close",
        "connect", "dup", "execve", "exit", "exit_group", "fcntl", "fork", "fstat", "futex",
        "getpid", "io_submit", "ioctl", "lseek", "mmap", "mprotect", "munmap", "nanosleep", "open",
        "openat", "openat2", "pipe", "poll", "prctl", "read", "rseq", "sendmsg", "set_robust_list",
        "setuid", "socketcall", "socketpair", "stat", "statx", "unlink", "wait4", "write",
        "a_call_of_tomorrow"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["process_vm_readv", "process_vm_writev", "ptrace"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]},
      {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]},
      {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]},
      {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 131072, "op": "SCMP_CMP_EQ"}]},
      {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 131080, "op": "SCMP_CMP_EQ"}]},
      {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 4294967295, "op": "SCMP_CMP_EQ"}]},
      {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["modify_ldt"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["clone"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
      {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}
    ]
  }}
})";

}  // namespace kekkai::seccomp
