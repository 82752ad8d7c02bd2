// What a program must not be able to do.
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace probe {
namespace {

// Every way into init: all of them take the right to trace it.
void attack_init(const Arguments& /*none*/) {
  say_result("ptrace-attach", ::ptrace(PTRACE_ATTACH, 1, nullptr, nullptr));
  say_result("ptrace-seize", ::ptrace(PTRACE_SEIZE, 1, nullptr, nullptr));
  say_result("mem-read", ::open("/proc/1/mem", O_RDONLY));
  say_result("mem-write", ::open("/proc/1/mem", O_RDWR));
  say_result("maps", ::open("/proc/1/maps", O_RDONLY));
  char buffer[16];
  const int environment = ::open("/proc/1/environ", O_RDONLY);
  say_result("environ", environment < 0 ? -1 : ::read(environment, buffer, sizeof buffer));
  say_result("exe-link", ::readlink("/proc/1/exe", buffer, sizeof buffer));
  say_result("exe-read", ::open("/proc/1/exe", O_RDONLY));
  say_result("exe-write", ::open("/proc/1/exe", O_WRONLY));
  say_result("root", ::open("/proc/1/root/etc", O_PATH));
  say_result("cwd", ::open("/proc/1/cwd", O_PATH));
  for (int fd = 0; fd < 32; ++fd) {
    const std::string path = "/proc/1/fd/" + std::to_string(fd);
    if (::faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) < 0) continue;
    say_result("descriptor", ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    say_result("descriptor", ::open(path.c_str(), O_PATH | O_CLOEXEC));
    say_result("descriptor", ::readlink(path.c_str(), buffer, sizeof buffer));
  }
  const iovec local{buffer, sizeof buffer};
  const iovec remote{reinterpret_cast<void*>(0x1000), sizeof buffer};
  say_result("vm-read", ::process_vm_readv(1, &local, 1, &remote, 1, 0));
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, 1, 0));
  say_result("pidfd-getfd", ::syscall(SYS_pidfd_getfd, pidfd, 3, 0));
  say_result("enter-namespaces", ::syscall(SYS_setns, pidfd, CLONE_NEWNS));
}

void attack_privileges(const Arguments& /*none*/) {
  const gid_t group = 0;
  say_result("setgroups", ::setgroups(1, &group));
  say_result("mount", ::mount("none", "/", "tmpfs", 0, nullptr));
  say_result("remount", ::mount("none", "/", nullptr, MS_REMOUNT | MS_BIND, nullptr));
  say_result("umount", ::umount2("/proc", MNT_DETACH));
  say_result("chroot", ::chroot("/"));
  say_result("sethostname", ::sethostname("x", 1));
  say_result("raise-ambient", ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0));
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {{~0U, ~0U, 0}, {0, 0, 0}};
  say_result("capset", ::syscall(SYS_capset, &header, data));
  say("no-new-privs", ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

// reopen-for-writing FD
void reopen_for_writing(const Arguments& a) {
  const std::string path = "/proc/self/fd/" + a.at(0);
  say_result("reopen." + a[0], ::open(path.c_str(), O_WRONLY | O_CLOEXEC));
}

// receive-descriptor SOCKET NUMBER: a descriptor that somebody sends becomes NUMBER.
void receive_descriptor(const Arguments& a) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = ::recvmsg(std::atoi(a.at(0).c_str()), &message, 0);
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (got <= 0 || header == nullptr) return say("received", "nothing");
  ::dup2(*reinterpret_cast<const int*>(CMSG_DATA(header)), std::atoi(a.at(1).c_str()));
  say("received", "yes");
}

}  // namespace

void add_attack_steps(Steps& steps) {
  steps.insert({{"attack-init", attack_init},
                {"attack-privileges", attack_privileges},
                {"reopen-for-writing", reopen_for_writing},
                {"receive-descriptor", receive_descriptor}});
}

}  // namespace probe
