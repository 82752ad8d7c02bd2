// A Dispatcher in front of another one: it sees each call before it is made, and may make it fail
// instead. What a test does with that is its own: count, record, wait, break.
//
//     class Printer final : public Interposer {
//      public:
//       using Interposer::Interposer;
//
//      private:
//       void before(const Call& call) override { std::cerr << call.text << "\n"; }
//     };
//     Kernel kernel;
//     Printer k(kernel);
//     Container container(k, settings);  // the launcher prints its calls
//
// They can be stacked. For faults there is FaultInjector.
#pragma once

#include <kekkai/syscall/dispatcher.h>

#include <string>

namespace kekkai::testing {

class Interposer : public Dispatcher {
 public:
  /// `inner` has to live longer. The descriptors that it makes are closed there.
  explicit Interposer(Dispatcher& inner) : inner_(inner) {}

  /// Without the hook: of most descriptors the inner dispatcher is the owner, and none of their
  /// ends would be seen here.
  void close(int fd) noexcept override { inner_.close(fd); }

  UniqueFd openat2(Fd dir, const std::string& path, Open flags, Resolve resolve,
                   mode_t mode) override;
  FileStatus statx(Fd file) override;
  uint64_t fstatfs(Fd file) override;
  std::string readlinkat(Fd dir, const std::string& path) override;
  void mkdirat(Fd dir, const std::string& name, mode_t mode) override;
  void symlinkat(const std::string& target, Fd dir, const std::string& name) override;
  void unlinkat(Fd dir, const std::string& name) override;
  void renameat(Fd dir, const std::string& name, const std::string& new_name) override;
  void fchmod(Fd file, mode_t mode) override;
  void access_executable(Fd dir, const std::string& path) override;
  std::vector<std::string> getdents64(Fd dir) override;
  size_t read(Fd file, std::span<std::byte> buffer) override;
  size_t write(Fd file, std::span<const std::byte> data) override;
  void lseek_to_start(Fd file) override;
  void fchdir(Fd dir) override;
  std::string getcwd() override;
  mode_t umask(mode_t mask) override;
  std::pair<UniqueFd, UniqueFd> pipe2(const std::string& label) override;
  std::pair<UniqueFd, UniqueFd> socketpair(const std::string& label) override;
  void send(Fd socket, std::span<const std::byte> message) override;
  void send_descriptor(Fd socket, Fd file) override;
  UniqueFd receive_descriptor(Fd socket, const std::string& label) override;
  UniqueFd memfd_create(const std::string& name) override;
  void seal(Fd memfd) override;
  bool is_open(int fd) override;
  int status_flags(Fd file) override;
  void set_status_flags(Fd file, int flags) override;

  UniqueFd open_tree(Fd source, Reach reach) override;
  void mount_setattr(Fd mount, MountAttr set, Propagation propagation, Reach reach) override;
  UniqueFd fsopen(const std::string& type) override;
  void fsconfig_string(Fd fs, const std::string& key, const std::string& value,
                       const std::string& shown = {}) override;
  void fsconfig_flag(Fd fs, const std::string& key) override;
  void fsconfig_create(Fd fs) override;
  UniqueFd fsmount(Fd fs, MountAttr attr) override;
  void move_mount(Fd mount, Fd target) override;
  void pivot_root(const std::string& put_old) override;
  void detach_working_directory() override;

  pid_t getpid() override;
  pid_t getppid() override;
  pid_t getpgid(pid_t pid) override;
  Ids getresuid() override;
  Ids getresgid() override;
  ResourceLimit getrlimit(int resource) override;
  void setrlimit(const ResourceLimit& limit) override;
  void sethostname(const std::string& name) override;
  void set_process_name(const std::string& name) override;
  void set_dumpable(bool dumpable) override;
  void set_no_ptracer() override;
  void clear_ambient_capabilities() override;
  void drop_bounding_capability(unsigned capability) override;
  void raise_ambient_capability(unsigned capability) override;
  void capset(const Capabilities& capabilities) override;
  void set_no_new_privs() override;
  void load_filter(const FilterProgram& program) override;
  int landlock_abi() override;
  std::optional<seccomp_notif> receive_notification(Fd listener) override;
  bool answer_notification(Fd listener, uint64_t id, int error) override;
  size_t read_memory(pid_t pid, uint64_t address, std::span<std::byte> buffer) override;

  UniqueFd inet_socket() override;
  void set_interface_up(Fd socket, const std::string& name) override;

  bool is_terminal(Fd file) override;
  termios terminal_attributes(Fd terminal) override;
  void set_terminal_attributes(Fd terminal, const termios& attributes) override;
  void control_terminal(Fd terminal, TerminalControl what) override;
  winsize window_size(Fd terminal) override;
  void set_window_size(Fd terminal, const winsize& size) override;
  pid_t foreground_group(Fd terminal) override;
  void set_foreground_group(Fd terminal, pid_t group) override;
  UniqueFd open_pty_terminal(Fd master) override;
  void unlock_pty(Fd master) override;
  void lock_pty(Fd master) override;

  Spawned spawn(const SpawnPlan& plan) override;
  std::optional<Reaped> wait4(WaitFor what) override;
  std::optional<Reaped> waitid(Fd pidfd, rusage* usage = nullptr) override;
  UniqueFd pidfd_open(pid_t pid) override;
  void pidfd_send_signal(Fd pidfd, int signo) override;
  void kill(pid_t pid, int signo) override;
  void start_thread(std::function<void()> run) override;
  [[noreturn]] void exit(int status) override;

  bool is_ignored(int signo) override;
  void ignore_signal(int signo) override;
  void exit_on_signal(int signo, int status) override;
  void signal_on_input(Fd fd, bool enabled) override;
  void block_all_signals() override;
  void unblock_signal(int signo) override;
  UniqueFd signalfd(std::span<const int> signals) override;
  int read_signal(Fd signalfd) override;
  void poll(std::span<PollFd> fds, std::optional<std::chrono::milliseconds> timeout) override;
  std::chrono::steady_clock::time_point now() override;

 protected:
  struct Call {
    /// As a SyscallError of Kernel has it: "move_mount /usr -> /data".
    std::string text;
    /// False where Dispatcher has no way to say that it failed: getpid, umask, exit and the like.
    bool can_fail = true;
  };
  /// Called in the thread that makes the call. May throw SyscallError(error, call.text) where the
  /// call can fail, and then it is not made.
  virtual void before(const Call& call) = 0;

 private:
  // All calls go through these two: `run` makes the call.
  template <class Run>
  auto pass_on(std::string text, Run run) {
    before({.text = std::move(text)});
    return run();
  }
  template <class Run>
  auto pass_on_unfailing(std::string text, Run run) {
    before({.text = std::move(text), .can_fail = false});
    return run();
  }

  static std::string label_of(Fd file) { return std::string(file.label); }

  Dispatcher& inner_;
};

}  // namespace kekkai::testing
