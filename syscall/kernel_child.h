// The side of a new process between clone and exec. Private to the kernel's own files.
#pragma once

#include <kekkai/syscall/spawn.h>

#include <linux/filter.h>

#include <atomic>
#include <cstddef>

namespace kekkai {

/// All that the child needs, and where it leaves what failed. Pointers are into memory of the
/// parent's, which waits.
struct ChildBlock {
  const SpawnPlan* plan;
  const char* path;
  char* const* argv;
  char* const* env;
  const FdPlacement* fds;
  size_t fd_count;
  int* staged;  // one for each of `fds`
  int listener_socket;
  int report;
  int first_unplaced;
  const ResourceLimit* limits;
  size_t limit_count;
  const sock_fprog* filters;
  size_t filter_count;
  const NamespaceJoin* joins;
  size_t join_count;
  int parent;    // its pid
  bool is_copy;  // SpawnPlan::copy is set

  const char* failed_call;
  int error;

  // Where namespaces are joined: what children in between need, and what they have made.
  void* init_stack;
  void* entering_stack;  // nullptr where one in between is enough
  int clone_flags;
  int entered;  // pid of the second one in between, or -1
  int pidfd;    // of what run_child() runs in, or -1; in our own table of descriptors
};

/// Thread id of a child whose plan says `ends_exit_on_signal`, as long as it has not executed its
/// program: as the child lets go of our memory then, the kernel makes it 0 (clone(2),
/// CLONE_CHILD_CLEARTID), before the program's first instruction. -1 where there is no such child.
inline std::atomic<pid_t> unexecuted_child = -1;

/// What the child runs, on a ChildBlock, with every signal blocked: all that the plan says, then
/// the exec. Returns never; where something fails it ends with 127.
///
/// It borrows the parent's memory until it executes, while other threads there go on. So it touches
/// nothing but the block and makes only raw calls: no allocation, no lock.
int run_child(void* block);

/// The same in this process itself: returns where something fails.
void run_in_place(ChildBlock& block);

/// All of it but the exec, in a copy of the parent: whether it worked. A read-only image is open at
/// `first_unplaced` then.
bool prepare_copy(ChildBlock& block);

/// Closes what is not of the plan, which an exec would have closed.
bool close_the_rest(ChildBlock& block);

/// What a child in between runs, which shares our descriptors: joins the plan's namespaces, and
/// starts run_child() there, on `init_stack`, as a child of our parent. A new pid namespace can
/// only be made by who is in the one that is joined: a second one in between, on `entering_stack`.
int run_joining_child(void* block);

}  // namespace kekkai
