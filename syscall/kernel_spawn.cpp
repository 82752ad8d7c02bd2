// Starting a process without copying the caller: clone(CLONE_VM | CLONE_VFORK). The child borrows
// our memory, runs on a guarded stack of its own, and has every signal blocked until our handlers
// are gone from its table. Or, where a plan asks for it, a copy of the caller.
#include "kernel_child.h"
#include "kernel_image.h"

#include <kekkai/syscall/kernel.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <new>
#include <optional>

// The name of libc's clone() that no sanitizer takes the place of: ThreadSanitizer would take the
// child for a copy of the whole process.
extern "C" int __clone(int (*run)(void*), void* stack, int flags, void* argument, ...);  // NOLINT

namespace kekkai {
namespace {

// A stack whose overflow faults instead of writing over our memory.
class ChildStack {
 public:
  ChildStack() {
    void* memory =
        ::mmap(nullptr, kBytes + kGuard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) throw SyscallError(errno, "mmap (stack)");
    memory_ = static_cast<char*>(memory);
    if (::mprotect(memory_ + kGuard, kBytes, PROT_READ | PROT_WRITE) < 0) {
      const int error = errno;
      ::munmap(memory_, kBytes + kGuard);
      throw SyscallError(error, "mprotect (stack)");
    }
  }
  ChildStack(const ChildStack&) = delete;
  ChildStack& operator=(const ChildStack&) = delete;
  ~ChildStack() { ::munmap(memory_, kBytes + kGuard); }
  void* top() const { return memory_ + kGuard + kBytes; }

 private:
  static constexpr size_t kGuard = 4096 * 16;
  static constexpr size_t kBytes = 4096 * 16;
  char* memory_ = nullptr;
};

class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& s : strings) {
    result.push_back(const_cast<char*>(s.c_str()));  // NOLINT: execve takes char* and reads only
  }
  result.push_back(nullptr);
  return result;
}

// All that a child needs, and what it points into.
class Preparation {
 public:
  explicit Preparation(const SpawnPlan& plan)
      : argv_(pointers(plan.argv)), env_(pointers(plan.env)), staged_(plan.fds.size(), -1) {
    for (const FilterProgram& program : plan.filters) {
      filters_.push_back({static_cast<unsigned short>(program.size()),
                          const_cast<sock_filter*>(program.data())});  // NOLINT: read only
    }
    int first_unplaced = 3;
    for (const FdPlacement& fd : plan.fds) first_unplaced = std::max(first_unplaced, fd.target + 1);
    block_ = {.plan = &plan,
              .path = plan.path.c_str(),
              .argv = argv_.data(),
              .env = env_.data(),
              .fds = plan.fds.data(),
              .fd_count = plan.fds.size(),
              .staged = staged_.data(),
              .listener_socket = plan.listener_socket,
              .report = plan.report,
              .first_unplaced = first_unplaced,
              .limits = plan.limits.data(),
              .limit_count = plan.limits.size(),
              .filters = filters_.data(),
              .filter_count = filters_.size(),
              .joins = plan.joins.data(),
              .join_count = plan.joins.size(),
              .parent = ::getpid(),
              .is_copy = plan.copy != nullptr,
              .failed_call = nullptr,
              .error = 0,
              .init_stack = nullptr,
              .entering_stack = nullptr,
              .clone_flags = 0,
              .entered = -1,
              .pidfd = -1};
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;
  ~Preparation() = default;
  ChildBlock& block() { return block_; }
  FailedExec failure() const {
    if (block_.failed_call == nullptr) return {};
    return {std::string(block_.failed_call) + " " + block_.plan->path, block_.error, block_.report};
  }

 private:
  std::vector<char*> argv_;
  std::vector<char*> env_;
  std::vector<int> staged_;
  std::vector<sock_fprog> filters_;
  ChildBlock block_{};
};

struct Cloned {
  pid_t pid = -1;
  int pidfd = -1;
};

Cloned clone_child(int (*run)(void*), ChildBlock& block, const ChildStack& stack, int flags,
                   const std::string& call) {
  Cloned child;
  int error = 0;
  {
    const AllSignalsBlocked blocked;
    child.pid = __clone(run, stack.top(), flags, &block, &child.pidfd, nullptr, &unexecuted_child);
    error = errno;
  }
  if (child.pid < 0) throw SyscallError(error, call);
  return child;
}

// In the copy, which has this stack, too, and never leaves it: what stands there is not its own.
[[noreturn]] void run_copy(const SpawnPlan& plan, const std::optional<OwnImage>& image,
                           Preparation& preparation) noexcept {
  ChildBlock& block = preparation.block();
  FailedExec failed;
  try {
    if (prepare_copy(block)) {
      if (image) run_from(block.first_unplaced, *image, plan.argv.front());
      close_the_rest(block);
    }
    failed = preparation.failure();
  } catch (const SyscallError& e) {
    failed = {e.call() + " " + plan.path, e.error(), block.report};
  } catch (const std::bad_alloc&) {
    failed = {"malloc", ENOMEM, block.report};
  }
  ::_exit(plan.copy(failed));
}

// The kernel's own call: libc's fork() makes no namespaces.
Cloned clone_copy(const SpawnPlan& plan, Preparation& preparation, int flags,
                  const std::string& call) {
  std::optional<OwnImage> image;
  if (plan.read_only_image) image = describe_own_image();
  Cloned child;
  int error = 0;
  {
    const AllSignalsBlocked blocked;
    child.pid = static_cast<pid_t>(
        ::syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, nullptr, &child.pidfd, nullptr, 0));
    if (child.pid == 0) run_copy(plan, image, preparation);
    error = errno;
  }
  if (child.pid < 0) throw SyscallError(error, call);
  return child;
}

constexpr int kBorrowing = CLONE_VM | CLONE_VFORK | SIGCHLD;

// As we see it, wherever it was made (pidfd_open(2), "fdinfo").
pid_t pid_of(Kernel& k, const UniqueFd& pidfd) {
  const std::string path = "/proc/self/fdinfo/" + std::to_string(pidfd.number());
  const std::string text =
      read_text(k, k.openat2(Fd::cwd(), path, Open::kReadOnly, Resolve::kAnywhere));
  constexpr std::string_view kName = "Pid:\t";
  const size_t at = text.find(kName);
  pid_t pid = -1;
  if (at != text.npos) {
    std::from_chars(text.data() + at + kName.size(), text.data() + text.size(), pid);
  }
  return pid;
}

// A pid namespace that belongs to a joined user namespace can only be made from within it, and
// would not be that of whoever makes it: so somebody in between enters, and makes our child.
Spawned spawn_in_joined(Kernel& k, const SpawnPlan& plan, ChildBlock& block,
                        const ChildStack& stack) {
  const ChildStack init_stack, entering_stack;
  const bool nests_pids = has(plan.namespaces, Namespace::kPid) &&
                          std::ranges::any_of(plan.joins, [](const NamespaceJoin& join) {
                            return join.type == Namespace::kPid;
                          });
  block.init_stack = init_stack.top();
  if (nests_pids) block.entering_stack = entering_stack.top();
  block.clone_flags =
      static_cast<int>(bits(plan.namespaces)) | kBorrowing | CLONE_PARENT | CLONE_PIDFD;
  const Cloned between =
      clone_child(run_joining_child, block, stack, kBorrowing | CLONE_FILES | CLONE_PIDFD, "clone");
  UniqueFd pidfd(between.pidfd, plan.path, k);
  if (block.entered >= 0) k.waitid(k.pidfd_open(block.entered));
  if (block.pidfd < 0) return {between.pid, std::move(pidfd), {}, 0};
  k.waitid(pidfd);
  UniqueFd child(block.pidfd, plan.path, k);
  const pid_t pid = pid_of(k, child);
  return {pid, std::move(child), {}, 0};
}

}  // namespace

Spawned Kernel::spawn(const SpawnPlan& plan) {
  Preparation preparation(plan);
  ChildBlock& block = preparation.block();
  const int namespaces = static_cast<int>(bits(plan.namespaces));
  const std::string call = "clone (" + names(plan.namespaces) + ")";
  if (plan.copy) {
    const Cloned child = clone_copy(plan, preparation, namespaces, call);
    return {child.pid, own(child.pidfd, plan.path), {}, 0};
  }
  const ChildStack stack;
  Spawned spawned;
  if (plan.joins.empty()) {
    const int told = plan.ends_exit_on_signal ? CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID : 0;
    const Cloned child =
        clone_child(run_child, block, stack, namespaces | kBorrowing | CLONE_PIDFD | told, call);
    spawned.pid = child.pid;
    spawned.pidfd = own(child.pidfd, plan.path);
  } else {
    spawned = spawn_in_joined(*this, plan, block, stack);
  }
  FailedExec failure = preparation.failure();
  spawned.failed_call = std::move(failure.call);
  spawned.error = failure.error;
  return spawned;
}

FailedExec Kernel::execute(const SpawnPlan& plan) {
  Preparation preparation(plan);
  run_in_place(preparation.block());
  return preparation.failure();
}

}  // namespace kekkai
