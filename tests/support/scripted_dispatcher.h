// A Dispatcher that needs no kernel: it answers from a small model of files, mounts and processes,
// and writes down every call. For tests of ops, and of whole runs of init.
//
//     ScriptedDispatcher k;
//     k.host("/srv/data").missing();                        // say only what is special
//     EXPECT_THROW(open_source(k, "/srv/data"), SyscallError);
//     EXPECT_THAT(k.transcript(),
//                 ElementsAre("openat2 /srv/data O_PATH NO_MAGICLINKS = ENOENT"));
//
//     k.fail_call("open_tree /usr", EACCES);                // the next such call fails
//     k.fail_step(7, EIO);                                  // or the eighth call of all
//
// The transcript has one line for each call, as strace would write it, with flags by name and
// descriptors by label. A call that failed ends in " = ENOENT". Errors have the texts of Kernel:
// "move_mount /usr -> /data: Operation not permitted".
//
// Waiting is scripted as well: a poll() that finds nothing to report does the next thing that
// when_idle() was given, and returns. When there are no more of these it runs the threads that were
// started; then it lets its time-out pass. What would wait for ever is a std::logic_error. There is
// no second thread and no clock.
#pragma once

#include <kekkai/syscall/dispatcher.h>
#include <kekkai/testing/fake_mounts.h>

#include <signal.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::testing {

/// Thrown by ScriptedDispatcher::exit(). Not a std::exception, so that nothing catches it on the
/// way.
struct ProcessExit {
  int status = 0;
};

class ScriptedDispatcher final : public Dispatcher {
 public:
  /// The number of the first descriptor that this object makes. None is ever used twice.
  static constexpr int kFirstDescriptor = 1000;
  /// The process id of the first child.
  static constexpr pid_t kFirstChild = 2;

  ScriptedDispatcher();

  // What there is.

  /// The file at an absolute path of the host, to be declared: a directory unless declared.
  FakeFile& host(const std::string& path) { return mounts_.declare(host_root_, path); }
  /// The file at a path of the container as it is mounted now. Needs an entered Sysroot.
  FakeFile& container(const std::string& path);
  /// What every new file system of a type ("proc") will hold at `path`.
  FakeFile& fresh(const std::string& type, const std::string& path) {
    return mounts_.declare_fresh(type, path);
  }
  /// One more mount on the host.
  void mount_on_host(const std::string& path, const std::string& type = "ext4") {
    mounts_.mount_on_host(path, type);
  }
  /// What the program that we are was started with: descriptor `number`, which gives `content` and
  /// then the end of the file.
  void inherit(int number, const std::string& label, const std::string& content);
  /// The same for a descriptor that is still connected: see deliver(), hang_up().
  void inherit(int number, const std::string& label);
  void set_pid(pid_t pid, pid_t parent = 0) { pid_ = pid, parent_ = parent; }
  void set_limit(const ResourceLimit& limit) { limits_[limit.resource] = limit; }
  void set_ids(Ids users, Ids groups) { users_ = users, groups_ = groups; }
  /// The inherited descriptor `number` is the terminal at `path`.
  void set_terminal(int number, const std::string& path);
  /// The process group of a process; its own pid unless set. For `pid` see set_pid().
  void set_group(pid_t pid, pid_t group) { process_groups_[pid] = group; }
  /// The process group in the foreground of the terminal.
  void set_foreground(pid_t group) { foreground_group_ = group; }
  void set_ignored(int signo) { ignored_.insert(signo); }

  // What happens.

  /// Bytes that arrive on the open descriptor of this label.
  void deliver(const std::string& label, std::string_view bytes);
  /// The other end of the descriptor of this label is closed; a pidfd becomes readable.
  void hang_up(const std::string& label);
  /// A signal for signalfd.
  void raise(int signo) { signals_.push_back(signo); }
  /// A child ends: what wait4() and waitid() tell. Started children that no script ends exit with 0
  /// once they are waited for.
  void end_child(pid_t pid, int wait_status) { ended_.push_back({pid, wait_status}); }
  /// What the next wait does before it waits. Each is used once.
  void when_idle(std::function<void()> event) { events_.push_back(std::move(event)); }
  /// Called in every spawn that works.
  void on_spawn(std::function<void(const SpawnPlan&)> react) { on_spawn_ = std::move(react); }
  void advance(std::chrono::milliseconds time) { now_ += time; }

  /// A thread makes a call that a filter asks about. The answer is in the transcript.
  void notify(const seccomp_notif& notification) { notifications_.push_back(notification); }
  /// What stands at an address of the memory of another process.
  void set_memory(pid_t pid, uint64_t address, std::string bytes) {
    memory_[{pid, address}] = std::move(bytes);
  }

  // What fails.

  static constexpr int kAlways = INT32_MAX;
  /// The next `times` calls whose lines begin with `prefix` fail.
  void fail_call(std::string prefix, int error, int times = 1);
  /// The call with this index in steps() fails. Calls that the kernel never fails do not: getpid,
  /// umask, exit and the like.
  void fail_step(size_t index, int error) { failing_steps_[index] = error; }
  /// The child of the next spawn() fails in `call` ("execve"), as Spawned tells.
  void fail_child(std::string call, int error) { child_failure_ = {std::move(call), error}; }

  // What has happened.

  /// All calls and notes so far.
  const std::vector<std::string>& transcript() const { return transcript_; }
  /// The calls without the notes.
  const std::vector<std::string>& steps() const { return steps_; }
  /// Adds a line of your own: "early:".
  void note(std::string text) { transcript_.push_back(std::move(text)); }
  /// Forgets transcript and steps, and nothing else.
  void clear_transcript() { transcript_.clear(), steps_.clear(); }
  /// Everything that was written to descriptors of this label.
  std::string written(const std::string& label) const;
  /// The labels of the descriptors that are open and were not inherited, in the order of opening.
  std::vector<std::string> open_descriptors() const;
  /// What no program should do, such as closing a descriptor twice; empty when all is well.
  const std::vector<std::string>& misuses() const { return misuses_; }
  /// Every process that was started, or that failed in its child.
  const std::vector<SpawnPlan>& spawned() const { return spawned_; }
  const std::vector<FilterProgram>& loaded_filters() const { return filters_; }
  /// Threads that were started and have not run yet.
  size_t waiting_threads() const { return threads_.size(); }
  /// Runs them here and now, each to its end.
  void run_threads();

  // Dispatcher.
  void close(int fd) noexcept override;
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
  std::chrono::steady_clock::time_point now() override { return now_; }

 private:
  // Bytes on their way from one descriptor to another.
  struct Channel {
    std::string bytes;
    bool ended = false;
    int writers = 0;
    std::vector<std::string> descriptors;  // labels of those that travel, too
  };
  struct Descriptor {
    std::string label;
    bool inherited = false;
    bool is_signals = false;
    std::optional<FakeMounts::Place> place;
    std::shared_ptr<Channel> in;
    std::shared_ptr<Channel> out;
    std::string file_system;  // what an fsopen() context is for
    pid_t child = -1;         // what a pidfd stands for
  };

  template <class Run>
  auto step(const std::string& call, const std::string& operands, Run run);
  void begin(const std::string& call, const std::string& line);
  [[noreturn]] void fail(const std::string& call, int error);
  int planned_failure(const std::string& line);

  UniqueFd own(Descriptor descriptor);
  std::pair<UniqueFd, UniqueFd> connect(const std::string& label, bool both_ways);
  Descriptor& get(Fd file);
  Descriptor* find_source(const std::string& label);
  const FakeMounts::Place& place_of(Fd file);
  FakeMounts::Place start_of(Fd dir);
  std::string content_of(const FakeMounts::Place& place, const std::string& label);
  std::string privileges_text() const;
  bool has_news(const Descriptor& descriptor) const;
  bool report_ready(std::span<PollFd> fds) const;
  std::string placements(const SpawnPlan& plan) const;

  FakeMounts mounts_;
  FakeMounts::Place host_root_ = mounts_.root();
  std::map<int, Descriptor> open_;
  int next_descriptor_ = kFirstDescriptor;
  std::map<std::string, std::string> written_;

  pid_t pid_ = 1;
  pid_t parent_ = 0;
  std::map<pid_t, pid_t> process_groups_;
  Ids users_{1000, 1000, 1000};
  Ids groups_{1000, 1000, 1000};
  mode_t umask_ = 0022;
  Capabilities capabilities_{~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}};
  uint64_t bounding_ = ~uint64_t{0};
  uint64_t ambient_ = ~uint64_t{0};
  bool no_new_privs_ = false;
  std::vector<FilterProgram> filters_;
  std::deque<seccomp_notif> notifications_;
  std::map<std::pair<pid_t, uint64_t>, std::string> memory_;
  std::set<int> ignored_;
  std::map<int, ResourceLimit> limits_;  // unlimited unless set

  std::set<int> terminals_;
  std::map<int, int> status_flags_;
  termios terminal_attributes_{};
  winsize window_size_{};
  pid_t foreground_group_ = 1;

  pid_t next_child_ = kFirstChild;
  std::vector<pid_t> running_;
  std::deque<Reaped> ended_;
  std::deque<int> signals_;
  std::deque<std::function<void()>> events_;
  std::vector<std::function<void()>> threads_;
  std::function<void(const SpawnPlan&)> on_spawn_;
  std::vector<SpawnPlan> spawned_;
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};

  struct PlannedFailure {
    std::string prefix;
    int error;
    int times;
  };
  std::vector<PlannedFailure> failing_calls_;
  std::map<size_t, int> failing_steps_;
  std::optional<std::pair<std::string, int>> child_failure_;

  std::vector<std::string> transcript_;
  std::vector<std::string> steps_;
  std::vector<std::string> misuses_;
};

}  // namespace kekkai::testing
