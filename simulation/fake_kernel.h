// A Linux in memory: a Dispatcher over directory trees, links, mounts with propagation and
// attributes, namespaces, capabilities and processes. A whole start runs on it, launcher and init,
// and afterwards the container can be asked about:
//
//     FakeKernel host;
//     host.host("/srv/data/file").regular("text");
//     host.host("/usr/libexec/kekkai-init").executable();
//     host.run_as("/usr/libexec/kekkai-init", [](FakeKernel& k) { return run_init(k, "3"); });
//     Container container(host, settings);              // binds /srv/data on /data
//     container.start();
//     EXPECT_THAT(host.process(2).tree(), Contains("/data/file: file 0644 text"));
//
// It agrees with Linux 6.1 in what ops and init ask of it: tests/kernel/differential_test.cpp runs
// random lists of ops on both. Hazards come on demand:
//
//     host.fail_call("open_tree /srv", EACCES);          // the next such call fails
//     host.before_call("open_tree /srv", [&] { … });     // something happens right before it
//     host.fill("/tmp");                                 // nothing more fits there: ENOSPC
//
// Waiting is scripted: what would block does the next thing that when_idle() was given. When there
// are no more of these it runs the processes and threads that were started, each to its end; then a
// poll() lets its time-out pass. What would wait for ever is a std::logic_error. There is no second
// thread and no clock.
#pragma once

#include <kekkai/simulation/fake_mounts.h>
#include <kekkai/syscall/dispatcher.h>

#include <signal.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kekkai::testing {

/// Thrown by FakeKernel::exit(). Not a std::exception, so that nothing catches it on the way.
struct ProcessExit {
  int status = 0;
};

/// One process of the fake kernel: at first one of the host. Those that it spawns are others of the
/// same kernel.
class FakeKernel : public Dispatcher {
 public:
  /// The number of the first descriptor that this object makes. None is ever used twice.
  static constexpr int kFirstDescriptor = 1000;
  /// The process id of the first child.
  static constexpr pid_t kFirstChild = 2;
  /// The version of Landlock that it has: that of Linux 6.1.
  static constexpr int kLandlockAbi = 2;
  /// Who an ordinary process of the host is: uid 1000, gid 1000.
  FakeKernel();
  /// One whose host has these mounts, with what `origin` has on them: mirror_host() makes both.
  FakeKernel(const std::vector<MountInfo>& mounts, std::shared_ptr<const FakeOrigin> origin);
  FakeKernel(const FakeKernel&) = delete;
  FakeKernel& operator=(const FakeKernel&) = delete;
  /// Only before anything was opened: descriptors know their kernel.
  FakeKernel(FakeKernel&&) = default;
  FakeKernel& operator=(FakeKernel&&) = delete;
  ~FakeKernel() override = default;

  // What there is.

  /// The file at an absolute path of the host, to be declared. What is on the way to it is made.
  FakeFile& host(const std::string& path) { return mounts().declare(host_root_, path); }
  /// What every new file system of a type ("proc") will hold at `path`.
  FakeFile& fresh(const std::string& type, const std::string& path) {
    return mounts().declare_fresh(type, path);
  }
  /// One more mount on the host.
  void mount_on_host(const std::string& path, const std::string& type = "ext4") {
    mounts().mount_on_host(path, type);
  }
  /// Nothing more fits on the file system of this path of the host.
  void fill(const std::string& path) { mounts().fill(host_root_, path); }
  /// fs.mount-max: how many mounts a namespace may have.
  void limit_mounts(size_t most) { mounts().limit_mounts(most); }
  /// What the program that we are was started with: descriptor `number`, which gives `content` and
  /// then the end of the file.
  void inherit(int number, const std::string& label, const std::string& content);
  /// The same for a descriptor that is still connected: see deliver(), hang_up().
  void inherit(int number, const std::string& label);
  /// The same for an open file of the host, found again by `path`, or for what has no path: a
  /// "pipe:[7]" of this type. Whoever reads them is at their end.
  void inherit_file(int number, const std::string& path);
  void inherit_object(int number, const std::string& link, mode_t mode);
  void set_pid(pid_t pid, pid_t parent = 0) { pid_ = pid, parent_ = parent; }
  /// CAP_CHECKPOINT_RESTORE unless set.
  void set_last_capability(unsigned capability) { last_capability_ = capability; }
  /// As a kernel without CONFIG_CHECKPOINT_RESTORE.
  void forbid_image_replacement() { can_replace_image_ = false; }
  void set_limit(const ResourceLimit& limit) { limits_[limit.resource] = limit; }
  void set_ids(Ids users, Ids groups);
  void set_groups(std::vector<gid_t> groups) { view_.credentials.groups = std::move(groups); }
  /// The inherited descriptor `number` is the terminal at `path`.
  void set_terminal(int number, const std::string& path);
  /// The process group of a process; its own pid unless set. For `pid` see set_pid().
  void set_group(pid_t pid, pid_t group) { process_groups_[pid] = group; }
  /// The process group in the foreground of the terminal.
  void set_foreground(pid_t group) { foreground_group_ = group; }
  /// How many more user namespaces unshare() makes; unlimited unless set.
  void limit_user_namespaces(size_t most) { user_namespaces_left_ = most; }
  void set_ignored(int signo) { ignored_.insert(signo); }

  /// Moves this process into new namespaces, with every capability over them: what clone(2) makes
  /// for a launcher.
  void enter_namespaces(Namespace which);

  // What happens.

  /// What runs in a process that executes `path`: it returns its exit status. It is the process
  /// that it gets. Other programs end with 0 when they are waited for.
  void run_as(const std::string& path, std::function<int(FakeKernel&)> program);
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
  /// Told of each call before it is made, as strace would write it. Children have their own.
  void on_call(std::function<void(const std::string& line)> listener) {
    on_call_ = std::move(listener);
  }
  /// Called in every spawn that works.
  void on_spawn(std::function<void(const SpawnPlan&)> react) { on_spawn_ = std::move(react); }
  void advance(std::chrono::milliseconds time) { now_ += time; }

  /// A thread makes a call that a filter asks about. The answer is in the transcript.
  void notify(const seccomp_notif& notification) { notifications_.push_back(notification); }
  /// What stands at an address of the memory of another process.
  void set_memory(pid_t pid, uint64_t address, std::string bytes) {
    memory_[{pid, address}] = std::move(bytes);
  }

  // Hazards. A call is known by how its line in a transcript begins: "openat2 /usr O_PATH".

  static constexpr int kAlways = INT32_MAX;
  /// The next `times` calls whose lines begin with `prefix` fail.
  void fail_call(std::string prefix, int error, int times = 1);
  /// Right before the next call whose line begins with `prefix`, once.
  void before_call(std::string prefix, std::function<void()> event);
  /// The child of the next spawn() fails in `call` ("execve"), as Spawned tells.
  void fail_child(std::string call, int error) { child_failure_ = {std::move(call), error}; }

  // What has come of it.

  /// Everything below the root of this process: "/etc/hostname: file 0644 box\n", in order.
  std::vector<std::string> tree() const { return world_->mounts.tree(view_); }
  /// /proc/self/mountinfo of this process.
  std::string mountinfo() const { return world_->mounts.mountinfo(view_); }
  /// The mounts behind it, in the same order.
  std::vector<FakeMounts::Shown> mounts_shown() const { return world_->mounts.shown(view_); }
  /// Everything that was written to descriptors of this label.
  std::string written(const std::string& label) const;
  /// The labels of the descriptors that are open and were not inherited, in the order of opening.
  std::vector<std::string> open_descriptors() const;
  /// What no program should do, such as closing a descriptor twice; empty when all is well.
  const std::vector<std::string>& misuses() const { return misuses_; }
  /// Every process that was started, or that failed in its child.
  const std::vector<SpawnPlan>& spawned() const { return spawned_; }
  /// A child that runs, or ran, what run_as() was given.
  FakeKernel& process(pid_t child) { return *children_.at(child).process; }
  const std::vector<FilterProgram>& loaded_filters() const { return filters_; }
  const std::string& hostname() const { return hostname_; }
  const Capabilities& capabilities() const { return capabilities_; }
  bool has_no_new_privs() const { return no_new_privs_; }
  /// Threads that were started and have not run yet.
  size_t waiting_threads() const { return threads_.size(); }
  /// Runs them here and now, each to its end.
  void run_threads();

  // Dispatcher.
  void close(int fd) noexcept override;
#include <kekkai/syscall/declare_calls.inc>

 protected:
  /// On a host of one's own: FakeMounts::Host says what is there.
  explicit FakeKernel(FakeMounts::Host host);

  /// Each call, before it is made, as strace would write it; and a failure of it.
  virtual void note_call(const std::string& line) {
    if (on_call_) on_call_(line);
  }
  virtual void note_failure(int /*error*/) {}
  /// 0, or what the call that is about to be made fails with.
  virtual int planned_failure(const std::string& line);

  FakeMounts& mounts() { return world_->mounts; }
  FakeView& view() { return view_; }

  // Bytes on their way from one descriptor to another.
  struct Channel {
    std::string bytes;
    bool ended = false;
    int writers = 0;
    std::vector<std::string> descriptors;  // labels of those that travel, too
  };
  // An open file, which several descriptors may share.
  struct Descriptor {
    std::string label;
    bool inherited = false;
    bool is_signals = false;
    std::optional<FakePlace> place;
    std::string link;  // what /proc/self/fd says of it where `place` has no path
    std::shared_ptr<Channel> in;
    std::shared_ptr<Channel> out;
    std::string file_system;                                   // what an fsopen() context is for
    std::vector<std::pair<std::string, std::string>> options;  // that it was given
    FakeFileSystem* made = nullptr;                            // what its creation made
    pid_t child = -1;                                          // what a pidfd stands for
  };
  using Descriptors = std::map<int, Descriptor>;
  const Descriptors& descriptors() const { return *open_; }

 private:
  // What all processes share.
  struct World {
    FakeMounts mounts;
    uint64_t last_namespace = 4026531999;  // as Linux numbers them after boot
  };
  struct Child {
    std::unique_ptr<FakeKernel> process;
    std::function<int(FakeKernel&)> program;  // until it has run
  };
  explicit FakeKernel(FakeMounts mounts);
  FakeKernel(FakeKernel& parent, const SpawnPlan& plan);

  template <class Run>
  auto step(const std::string& call, const std::string& operands, Run run);
  void begin(const std::string& call, const std::string& line);
  [[noreturn]] void fail(const std::string& call, int error);

  UniqueFd own(Descriptor descriptor);
  std::pair<UniqueFd, UniqueFd> connect(const std::string& label, bool both_ways);
  Descriptor& get(Fd file);
  Descriptor* find_source(const std::string& label);
  const FakePlace& place_of(Fd file);
  FakePlace start_of(Fd dir);
  std::string content_of(const FakePlace& place);
  void set_capabilities(const Capabilities& capabilities);
  void require(unsigned capability) const;
  void require_openable(const FakePlace& place, Open flags);
  std::string target_of(const FakePlace& link) const;
  void write_to_file(const FakePlace& place, std::string_view bytes);
  FakeFileSystem* make_file_system(const Descriptor& context);
  void fill_overlay(FakeFileSystem& overlay, const Descriptor& context);
  FakePlace layer_at(const std::string& name);
  std::string privileges_text() const;
  bool has_news(const Descriptor& descriptor) const;
  bool report_ready(std::span<PollFd> fds) const;
  bool take_event();
  bool run_children();
  void see_own_descriptors();
  void end();
  using ChildFailure = std::pair<std::string, int>;  // the call, and its errno
  std::optional<ChildFailure> failure_in_child(const SpawnPlan& plan) const;
  int why_not_executable(const std::string& path, int interpreters_left) const;
  std::string placements(const SpawnPlan& plan) const;
  std::string plan_text(const SpawnPlan& plan);

  std::shared_ptr<World> world_;
  FakeView view_;
  FakePlace host_root_;
  std::map<std::string, uint64_t> namespaces_;
  std::shared_ptr<Descriptors> open_ = std::make_shared<Descriptors>();
  int next_descriptor_ = kFirstDescriptor;
  std::map<std::string, std::string> written_;

  pid_t pid_ = 1;
  pid_t parent_ = 0;
  std::map<pid_t, pid_t> process_groups_;
  Ids users_{1000, 1000, 1000};
  Ids groups_{1000, 1000, 1000};
  mode_t umask_ = 0022;
  Capabilities capabilities_{};
  uint64_t bounding_ = ~uint64_t{0};
  unsigned last_capability_ = 40;
  bool can_replace_image_ = true;
  uint64_t ambient_ = 0;
  bool no_new_privs_ = false;
  std::string hostname_ = "host";
  std::vector<FilterProgram> filters_;
  std::deque<seccomp_notif> notifications_;
  std::map<std::pair<pid_t, uint64_t>, std::string> memory_;
  std::set<int> ignored_;
  std::map<int, ResourceLimit> limits_;  // unlimited unless set
  std::optional<size_t> user_namespaces_left_;

  std::set<int> terminals_;
  std::map<int, int> status_flags_;
  termios terminal_attributes_{};
  winsize window_size_{};
  pid_t foreground_group_ = 1;

  std::map<std::string, std::function<int(FakeKernel&)>> programs_;
  std::map<pid_t, Child> children_;
  pid_t next_child_ = kFirstChild;
  std::vector<pid_t> running_;
  std::deque<Reaped> ended_;
  std::deque<int> signals_;
  std::deque<std::function<void()>> events_;
  std::vector<std::function<void()>> threads_;
  std::function<void(const std::string&)> on_call_;
  std::function<void(const SpawnPlan&)> on_spawn_;
  std::vector<SpawnPlan> spawned_;
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};

  struct PlannedFailure {
    std::string prefix;
    int error;
    int times;
  };
  std::vector<PlannedFailure> failing_calls_;
  std::vector<std::pair<std::string, std::function<void()>>> hazards_;
  std::optional<ChildFailure> child_failure_;
  std::vector<std::string> misuses_;
};

}  // namespace kekkai::testing
