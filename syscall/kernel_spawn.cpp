// Starting a process without copying the caller: clone(CLONE_VM | CLONE_VFORK). The child borrows
// our memory, runs on a guarded stack of its own, and has every signal blocked until our handlers
// are gone from its table.
#include "kernel_child.h"

#include <kekkai/syscall/kernel.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>

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

}  // namespace

Spawned Kernel::spawn(const SpawnPlan& plan) {
  const std::vector<char*> argv = pointers(plan.argv);
  const std::vector<char*> env = pointers(plan.env);
  std::vector<int> staged(plan.fds.size(), -1);
  std::vector<sock_fprog> filters;
  for (const FilterProgram& program : plan.filters) {
    filters.push_back({static_cast<unsigned short>(program.size()),
                       const_cast<sock_filter*>(program.data())});  // NOLINT: read only
  }
  int first_unplaced = 3;
  for (const FdPlacement& fd : plan.fds) first_unplaced = std::max(first_unplaced, fd.target + 1);

  ChildBlock block{.plan = &plan,
                   .path = plan.path.c_str(),
                   .argv = argv.data(),
                   .env = env.data(),
                   .fds = plan.fds.data(),
                   .fd_count = plan.fds.size(),
                   .staged = staged.data(),
                   .listener_socket = plan.listener_socket,
                   .first_unplaced = first_unplaced,
                   .limits = plan.limits.data(),
                   .limit_count = plan.limits.size(),
                   .filters = filters.data(),
                   .filter_count = filters.size(),
                   .failed_call = nullptr,
                   .error = 0};
  const ChildStack stack;
  const int flags =
      static_cast<int>(bits(plan.namespaces)) | CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
  int pidfd = -1;
  pid_t pid = -1;
  int clone_error = 0;
  {
    const AllSignalsBlocked blocked;
    pid = __clone(run_child, stack.top(), flags, &block, &pidfd);
    clone_error = errno;
  }
  if (pid < 0) throw SyscallError(clone_error, "clone (" + names(plan.namespaces) + ")");
  Spawned spawned{pid, own(pidfd, plan.path), {}, block.error};
  if (block.failed_call != nullptr) {
    spawned.failed_call = std::string(block.failed_call) + " " + plan.path;
  }
  return spawned;
}

}  // namespace kekkai
