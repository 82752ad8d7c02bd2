// Every system call of launcher, init and ops goes through this interface: the kernel's own in
// production, a double in tests. One method per call, and nothing in it but the call: what can be
// written with these is a free function that takes `Dispatcher& k`.
//
// Every method throws SyscallError when its call fails, unless it says otherwise. EINTR is retried
// where the call may simply be made again. All descriptors are made close-on-exec.
#pragma once

#include <kekkai/syscall/flags.h>
#include <kekkai/syscall/spawn.h>
#include <kekkai/syscall/syscall_error.h>
#include <kekkai/syscall/unique_fd.h>

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <termios.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kekkai {

/// What statx(2) tells of an open file.
struct FileStatus {
  mode_t mode = 0;  ///< Type and permissions.
  uid_t uid = 0;
  gid_t gid = 0;
  uint64_t size = 0;  ///< Bytes.
  dev_t dev = 0;      ///< Device of the file system.
  ino_t ino = 0;
  dev_t rdev = 0;         ///< Which device, for a device node.
  uint64_t mount_id = 0;  ///< STATX_MNT_ID (Linux 5.8): as in mountinfo.
};

/// The three sets of capget(2), one bit per capability.
struct Capabilities {
  uint64_t effective = 0;
  uint64_t permitted = 0;
  uint64_t inheritable = 0;
  bool operator==(const Capabilities&) const = default;
};

/// Real, effective and saved id: getresuid(2).
struct Ids {
  uint32_t real = 0;
  uint32_t effective = 0;
  uint32_t saved = 0;
};

/// Which changes of a child wait4(2) tells of: only ends, or stops too (WUNTRACED).
enum class WaitFor : uint8_t { kEnd, kEndOrStop };

/// Others may open the terminal again (TIOCNXCL), its output goes on (TCOON), and it is the usual
/// line discipline that handles it (TIOCSETD, N_TTY).
enum class TerminalControl : uint8_t { kAllowOpens, kRestartOutput, kUsualDiscipline };

/// A child that ended, or stopped: wait4(2), pid and wait status.
struct Reaped {
  pid_t pid = -1;
  int status = 0;
  bool operator==(const Reaped&) const = default;
};

/// One descriptor to wait for with poll(2), and what came of it.
struct PollFd {
  int fd = -1;            ///< Below 0 nothing is waited for.
  bool readable = false;  ///< POLLIN.
  bool hung_up = false;   ///< POLLHUP or POLLERR.
};

using FdPair = std::pair<UniqueFd, UniqueFd>;

class Dispatcher : public FdOwner {
 public:
  virtual ~Dispatcher() = default;

  // Files.
  virtual UniqueFd openat2(Fd dir, const std::string& path, Open flags, Resolve resolve,
                           mode_t mode = 0) = 0;
  /// openat2() where one error is an answer and no failure: nothing is open then. It is here for
  /// its cost alone, for an exception takes longer than the call; doubles need not know it.
  virtual UniqueFd openat2_unless(int error, Fd dir, const std::string& path, Open flags,
                                  Resolve resolve) {
    try {
      return openat2(dir, path, flags, resolve);
    } catch (const SyscallError& e) {
      if (e.error() != error) throw;
      return {};
    }
  }
  virtual FileStatus statx(Fd file) = 0;
  /// The magic number of the file system (statfs(2)): PROC_SUPER_MAGIC.
  virtual uint64_t fstatfs(Fd file) = 0;
  virtual std::string readlinkat(Fd dir, const std::string& path) = 0;
  virtual void mkdirat(Fd dir, const std::string& name, mode_t mode) = 0;
  virtual void symlinkat(const std::string& target, Fd dir, const std::string& name) = 0;
  /// Removes a name that is no directory.
  virtual void unlinkat(Fd dir, const std::string& name) = 0;
  /// Gives a file of a directory another name there, in place of what had it before (rename(2)).
  virtual void renameat(Fd dir, const std::string& name, const std::string& new_name) = 0;
  virtual void fchmod(Fd file, mode_t mode) = 0;
  /// Takes everything out of a file that is open for writing (ftruncate(2), length 0).
  virtual void empty_file(Fd file) = 0;
  /// A read lock of this process on the whole file, which is open for reading, without waiting for
  /// it (fcntl(2), F_SETLK, F_RDLCK): EAGAIN or EACCES where another process has a write lock. It
  /// ends with the process, and as soon as that closes any descriptor of the file.
  virtual void lock_for_reading(Fd file) = 0;
  /// Whether we may execute `path` (faccessat2(2), X_OK, effective ids).
  virtual void access_executable(Fd dir, const std::string& path) = 0;
  /// The names in a directory but "." and "..".
  virtual std::vector<std::string> getdents64(Fd dir) = 0;
  virtual size_t read(Fd file, std::span<std::byte> buffer) = 0;
  virtual size_t write(Fd file, std::span<const std::byte> data) = 0;
  /// Moves the file offset to the beginning.
  virtual void lseek_to_start(Fd file) = 0;
  virtual void fchdir(Fd dir) = 0;
  /// "(unreachable)…" when the directory is not below the root (getcwd(2)).
  virtual std::string getcwd() = 0;
  virtual mode_t umask(mode_t mask) = 0;
  virtual FdPair pipe2(const std::string& label) = 0;
  /// Two ends of a connection that keeps messages apart (AF_UNIX, SOCK_SEQPACKET).
  virtual FdPair socketpair(const std::string& label) = 0;
  /// Sends without raising SIGPIPE (MSG_NOSIGNAL) and without waiting (MSG_DONTWAIT).
  virtual void send(Fd socket, std::span<const std::byte> message) = 0;
  /// Sends a descriptor with a message of one byte (SCM_RIGHTS), like send().
  virtual void send_descriptor(Fd socket, Fd file) = 0;
  /// Takes what send_descriptor() sent, without waiting for it: EAGAIN. ENOMSG where the message
  /// holds none.
  virtual UniqueFd receive_descriptor(Fd socket, const std::string& label) = 0;
  virtual UniqueFd memfd_create(const std::string& name) = 0;
  /// Forbids every further change of a memfd (fcntl(2), F_ADD_SEALS).
  virtual void seal(Fd memfd) = 0;
  virtual bool is_open(int fd) = 0;
  /// O_NONBLOCK and the other flags of an open file, which everybody shares who has it (F_GETFL).
  virtual int status_flags(Fd file) = 0;
  virtual void set_status_flags(Fd file, int flags) = 0;

  // Mounts: on descriptors only.
  /// Clones the mount tree at `source` into a detached one (OPEN_TREE_CLONE, Linux 5.2).
  virtual UniqueFd open_tree(Fd source, Reach reach) = 0;
  virtual void mount_setattr(Fd mount, MountAttr set, Propagation propagation, Reach reach) = 0;
  virtual UniqueFd fsopen(const std::string& type) = 0;
  /// `shown` is what an error says instead of `value`, where that is not what the user wrote.
  virtual void fsconfig_string(Fd fs, const std::string& key, const std::string& value,
                               const std::string& shown = {}) = 0;
  virtual void fsconfig_flag(Fd fs, const std::string& key) = 0;
  virtual void fsconfig_create(Fd fs) = 0;
  virtual UniqueFd fsmount(Fd fs, MountAttr attr) = 0;
  virtual void move_mount(Fd mount, Fd target) = 0;
  /// pivot_root(".", put_old), `put_old` being relative to the working directory.
  virtual void pivot_root(const std::string& put_old) = 0;
  /// umount2(".", MNT_DETACH).
  virtual void detach_working_directory() = 0;

  // Identity and privileges.
  virtual pid_t getpid() = 0;
  virtual pid_t getppid() = 0;
  /// Process group of a process; 0 is this one.
  virtual pid_t getpgid(pid_t pid) = 0;
  virtual Ids getresuid() = 0;
  virtual Ids getresgid() = 0;
  virtual ResourceLimit getrlimit(int resource) = 0;
  virtual void setrlimit(const ResourceLimit& limit) = 0;
  virtual void sethostname(const std::string& name) = 0;
  virtual void set_process_name(const std::string& name) = 0;
  virtual void set_dumpable(bool dumpable) = 0;
  /// PR_SET_PTRACER 0: nobody may attach, where Yama is there to ask.
  virtual void set_no_ptracer() = 0;
  /// Whether the kernel lets a copy have a SpawnPlan::read_only_image: PR_SET_MM_MAP, which needs
  /// CONFIG_CHECKPOINT_RESTORE.
  virtual bool can_replace_image() = 0;
  virtual void clear_ambient_capabilities() = 0;
  virtual void drop_bounding_capability(unsigned capability) = 0;
  virtual void raise_ambient_capability(unsigned capability) = 0;
  virtual void capset(const Capabilities& capabilities) = 0;
  /// This thread's.
  virtual Capabilities capget() = 0;
  /// The highest that the kernel knows: the last for which PR_CAPBSET_READ has an answer.
  virtual unsigned last_capability() = 0;
  virtual void set_no_new_privs() = 0;
  /// Moves this process, which must have one thread, into new namespaces (unshare(2)): into the new
  /// user namespace with every capability there.
  virtual void unshare(Namespace namespaces) = 0;
  /// Moves this process, which must have one thread, into a namespace that a descriptor of
  /// /proc/PID/ns leads to (setns(2)): into a user namespace with every capability there.
  virtual void setns(Fd ns, Namespace type) = 0;
  /// Orphans below this process become its children (PR_SET_CHILD_SUBREAPER).
  virtual void set_child_subreaper() = 0;
  /// This process gets a signal when the thread that started it ends (PR_SET_PDEATHSIG).
  virtual void set_parent_death_signal(int signo) = 0;
  /// Loads a filter into every thread of this process (SECCOMP_FILTER_FLAG_TSYNC).
  virtual void load_filter(const FilterProgram& program) = 0;
  /// The version of Landlock's interface (landlock_create_ruleset(2)); EOPNOTSUPP where it is
  /// switched off.
  virtual int landlock_abi() = 0;

  // Calls that a filter asks about: seccomp_unotify(2).
  /// The next call that waits for an answer; nullopt when its thread has ended meanwhile (ENOENT).
  virtual std::optional<seccomp_notif> receive_notification(Fd listener) = 0;
  /// Lets a call fail with `error`; false when its thread has ended meanwhile (ENOENT).
  virtual bool answer_notification(Fd listener, uint64_t id, int error) = 0;
  /// Reads memory of another process (process_vm_readv(2)). What is mapped may end before `buffer`.
  virtual size_t read_memory(pid_t pid, uint64_t address, std::span<std::byte> buffer) = 0;

  // Network.
  /// A datagram socket to configure interfaces with (AF_INET).
  virtual UniqueFd inet_socket() = 0;
  /// Sets IFF_UP on an interface of the socket's network namespace (SIOCSIFFLAGS).
  virtual void set_interface_up(Fd socket, const std::string& name) = 0;

  // Terminals: tty_ioctl(4), pty(7).
  virtual bool is_terminal(Fd file) = 0;
  virtual termios terminal_attributes(Fd terminal) = 0;
  /// At once (TCSETS). A background process has to block or ignore SIGTTOU first, here and for the
  /// foreground group.
  virtual void set_terminal_attributes(Fd terminal, const termios& attributes) = 0;
  /// Undoes what a program may have done to a terminal beside its attributes.
  virtual void control_terminal(Fd terminal, TerminalControl what) = 0;
  virtual winsize window_size(Fd terminal) = 0;
  virtual void set_window_size(Fd terminal, const winsize& size) = 0;
  virtual pid_t foreground_group(Fd terminal) = 0;
  virtual void set_foreground_group(Fd terminal, pid_t group) = 0;
  /// The terminal of a pseudoterminal, from its master (TIOCGPTPEER): without any path.
  virtual UniqueFd open_pty_terminal(Fd master) = 0;
  /// Whether the terminal can be opened (TIOCSPTLCK): not at first, and not while it is locked.
  virtual void unlock_pty(Fd master) = 0;
  virtual void lock_pty(Fd master) = 0;

  // Processes and threads.
  /// Starts a process and returns when it runs its program or could not. Reaps nothing.
  virtual Spawned spawn(const SpawnPlan& plan) = 0;
  /// Runs the plan's program in place of this process, which must have one thread. Returns only
  /// where that failed, and then most of what the plan says has been done: the process has to end.
  virtual FailedExec execute(const SpawnPlan& plan) = 0;
  /// Waits for any child; nullopt when there is none (ECHILD).
  virtual std::optional<Reaped> wait4(WaitFor what) = 0;
  /// Waits for the child behind `pidfd` and reaps it; nullopt when somebody else did (ECHILD).
  /// `usage`, where given, is what it and its own children used (getrusage(2)).
  virtual std::optional<Reaped> waitid(Fd pidfd, rusage* usage = nullptr) = 0;
  virtual UniqueFd pidfd_open(pid_t pid) = 0;
  virtual void pidfd_send_signal(Fd pidfd, int signo) = 0;
  virtual void kill(pid_t pid, int signo) = 0;
  virtual void start_thread(std::function<void()> run) = 0;
  [[noreturn]] virtual void exit(int status) = 0;

  // Signals and waiting.
  virtual bool is_ignored(int signo) = 0;
  virtual void ignore_signal(int signo) = 0;
  /// Installs a handler that only calls _exit(`status`).
  /// Only where the kernel itself sent it (sigaction(2), si_code above 0): nobody can make it up.
  /// SpawnPlan::ends_exit_on_signal is its end.
  virtual void exit_on_signal(int signo, int status) = 0;
  /// Whether SIGIO comes when `fd` becomes readable or hangs up (F_SETOWN, O_ASYNC); the descriptor
  /// becomes non-blocking.
  virtual void signal_on_input(Fd fd, bool enabled) = 0;
  /// In this thread, and those that it will start.
  virtual void block_all_signals() = 0;
  virtual void unblock_signal(int signo) = 0;
  virtual UniqueFd signalfd(std::span<const int> signals) = 0;
  /// The number of the next signal.
  virtual int read_signal(Fd signalfd) = 0;
  /// Waits until one of `fds` is ready; no timeout means for ever. EINTR ends the wait early.
  virtual void poll(std::span<PollFd> fds, std::optional<std::chrono::milliseconds> timeout) = 0;
  virtual std::chrono::steady_clock::time_point now() = 0;
};

/// Reads up to `limit` bytes, or to the end of the file.
std::string read_text(Dispatcher& k, Fd file, size_t limit = 1U << 20);
/// Writes all of `text`.
void write_all(Dispatcher& k, Fd file, std::span<const std::byte> data);
void write_all(Dispatcher& k, Fd file, std::string_view text);

}  // namespace kekkai
