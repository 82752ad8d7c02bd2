// How fast a sandbox like that of `kekkai run` could start: its system calls, one after the other,
// and nothing else. No messages to anybody, no checks, no filter, no thread.
//
//   bench_floor [--net] [--ro SRC DEST]... PROGRAM
//
// DEST has to be of the form /tmp/NAME. Each bind takes the eight calls that one needs which is
// pinned first and attached by descriptor: the source is opened (O_PATH) and cloned (open_tree),
// the clone gets its flags and is made private (mount_setattr), the mount point is created in the
// open directory, the clone is moved onto it (move_mount), and all three descriptors are closed.
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace {

constexpr int kLocked = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

struct Bind {
  const char* source;
  const char* target;
  int tree = -1;
};

int must(long result, const char* what) {
  if (result >= 0) return static_cast<int>(result);
  perror(what);
  _exit(125);
}

int open_path(int dir, const char* path, int flags = 0) {
  return must(openat(dir, path, O_PATH | O_CLOEXEC | flags), path);
}

int make_file(int dir, const char* name) {
  return must(openat(dir, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444), name);
}

int clone_tree(int dir, const char* path, int attributes) {
  const int source = open_path(dir, path);
  const int tree = must(syscall(SYS_open_tree, source, "",
                                OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE),
                        "open_tree");
  mount_attr attr{static_cast<__u64>(attributes), 0, MS_PRIVATE, 0};
  must(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr),
       "mount_setattr");
  close(source);
  return tree;
}

void attach(int mount, int target) {
  must(syscall(SYS_move_mount, mount, "", target, "",
               MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
       "move_mount");
  close(target);
}

struct Option {
  const char* key;
  const char* value;
};

int new_mount(const char* type, std::initializer_list<Option> options, int attributes) {
  const int fs = must(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC), "fsopen");
  for (const Option& o : options) {
    must(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, o.key, o.value, 0), o.key);
  }
  must(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "fsconfig create");
  const int mount = must(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes), "fsmount");
  close(fs);
  return mount;
}

void write_file(const char* path, const std::string& text) {
  const int file = must(open(path, O_WRONLY | O_CLOEXEC), path);
  must(write(file, text.data(), text.size()), path);
  close(file);
}

void bring_loopback_up() {
  const int socket_fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  ifreq request{};
  strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  must(ioctl(socket_fd, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
  close(socket_fd);
}

void map_ids(uid_t uid, gid_t gid) {
  const auto map = [](unsigned id) {
    return std::to_string(id) + " " + std::to_string(id) + " 1\n";
  };
  write_file("/proc/self/uid_map", map(uid));
  write_file("/proc/self/setgroups", "deny\n");
  write_file("/proc/self/gid_map", map(gid));
}

constexpr const char* kNodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
constexpr Option kLinks[] = {{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"},
                             {"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"},
                             {"core", "/proc/kcore"},       {"ptmx", "pts/ptmx"}};

int make_dev(int sysroot, const int* nodes) {
  const int dev = new_mount("tmpfs", {{"mode", "755"}}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  attach(dev, open_path(sysroot, "dev"));
  for (const char* name : kNodes) attach(*nodes++, make_file(dev, name));
  for (const Option& link : kLinks) must(symlinkat(link.value, dev, link.key), link.key);
  must(mkdirat(dev, "pts", 0755), "pts");
  must(mkdirat(dev, "shm", 01777), "shm");
  attach(new_mount("devpts", {{"ptmxmode", "0666"}, {"mode", "0620"}},
                   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC),
         open_path(dev, "pts"));
  return dev;
}

void cover_proc(int proc, int root) {
  for (const char* name : {"sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "asound", "driver",
                           "dynamic_debug", "latency_stats", "scsi"}) {
    if (faccessat(proc, name, F_OK, 0) < 0) continue;
    attach(clone_tree(proc, name, kLocked | MOUNT_ATTR_NOEXEC), open_path(proc, name));
  }
  for (const char* name : {"kcore", "keys", "timer_list"}) {
    if (faccessat(proc, name, F_OK, 0) < 0) continue;
    close(make_file(root, name));
    attach(clone_tree(root, name, kLocked | MOUNT_ATTR_NOEXEC), open_path(proc, name));
  }
}

void build(int root, int sysroot, const int* nodes, std::vector<Bind>& binds) {
  int tmp = -1;
  for (const char* name : {"home", "root", "run", "tmp", "var/tmp", "mnt", "media", "srv"}) {
    if (faccessat(sysroot, name, F_OK, 0) < 0) continue;
    const int mount = new_mount("tmpfs", {{"mode", "1777"}}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    attach(mount, open_path(sysroot, name));
    if (strcmp(name, "tmp") == 0) tmp = mount;
  }
  const int proc = new_mount("proc", {}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  attach(proc, open_path(sysroot, "proc"));
  cover_proc(proc, root);
  make_dev(sysroot, nodes);
  for (Bind& bind : binds) {
    attach(bind.tree, make_file(tmp, bind.target + strlen("/tmp/")));
    close(bind.tree);
  }
}

void drop_privileges() {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L, 0L);
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    prctl(PR_CAPBSET_DROP, capability, 0L, 0L, 0L);
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2]{};
  must(syscall(SYS_capset, &header, none), "capset");
  must(prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L), "no_new_privs");
}

int run_program(const char* program) {
  const pid_t pid = must(vfork(), "vfork");
  if (pid == 0) {
    execl(program, program, nullptr);
    _exit(127);
  }
  int status = 0;
  while (must(wait4(-1, &status, 0, nullptr), "wait4") != pid) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int be_init(bool net, uid_t uid, gid_t gid, std::vector<Bind>& binds, const char* program) {
  if (!net) bring_loopback_up();
  map_ids(uid, gid);
  umask(0);
  mount_attr slave{0, 0, MS_SLAVE, 0};
  must(syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &slave, sizeof slave), "rslave");

  const int host_tree = clone_tree(AT_FDCWD, "/", kLocked);
  int nodes[6];
  const int dev = open_path(AT_FDCWD, "/dev");
  for (size_t i = 0; i < 6; ++i) {
    nodes[i] = clone_tree(dev, kNodes[i], MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  }
  for (Bind& bind : binds) bind.tree = clone_tree(AT_FDCWD, bind.source, kLocked);

  const int root = new_mount("tmpfs", {{"mode", "755"}}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  attach(root, open_path(AT_FDCWD, "/proc/self/fd"));
  must(mkdirat(root, "sysroot", 0755), "sysroot");
  must(mkdirat(root, "host", 0755), "host");
  must(fchdir(root), "fchdir");
  must(syscall(SYS_pivot_root, ".", "host"), "pivot_root");
  attach(host_tree, open_path(root, "sysroot"));
  build(root, host_tree, nodes, binds);

  mount_attr isolated{0, 0, MS_PRIVATE, 0};
  must(syscall(SYS_mount_setattr, root, "host", AT_RECURSIVE, &isolated, sizeof isolated), "rpriv");
  must(fchdir(host_tree), "fchdir");
  must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  must(umount2(".", MNT_DETACH), "umount2");
  drop_privileges();
  return run_program(program);
}

}  // namespace

int main(int argc, char** argv) {
  bool net = false;
  std::vector<Bind> binds;
  int at = 1;
  for (; at < argc && argv[at][0] == '-'; ++at) {
    if (strcmp(argv[at], "--net") == 0) {
      net = true;
    } else if (strcmp(argv[at], "--ro") == 0 && at + 2 < argc) {
      binds.push_back({argv[at + 1], argv[at + 2]});
      at += 2;
    }
  }
  if (at + 1 != argc) return 125;
  const unsigned long flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC |
                              CLONE_NEWUTS | CLONE_NEWCGROUP |
                              (net ? 0UL : static_cast<unsigned long>(CLONE_NEWNET)) | SIGCHLD;
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  const int pid = must(syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr), "clone");
  if (pid == 0) _exit(be_init(net, uid, gid, binds, argv[at]));
  int status = 0;
  must(waitpid(pid, &status, 0), "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
