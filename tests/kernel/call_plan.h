// What is to happen at which call of a process: some fail, and before some it waits until it is
// allowed to go on. It lists its calls as it makes them.
//
//     CallPlan plan;
//     plan.fail(12, EACCES);
//     plan.give_to(box);
//     run(box);
//     EXPECT_EQ(plan.calls()[12], "openat2 /usr");
//
// The test program is its own init, so that nothing of Kekkai knows of this: init finds the plan as
// the first of the program's extra files.
#pragma once

#include "box.h"

#include <memory>
#include <string>
#include <vector>

namespace kekkai::kernel_tests {

/// For one process, and nothing more may be planned when that has the plan. Counted are calls that
/// can fail, as in FaultInjector::calls().
class CallPlan {
 public:
  CallPlan();

  void fail(size_t index, int error);
  /// The process writes kWaits to the box's stdout first, and waits for go_on().
  void pause_before(size_t index);
  /// Makes `box` a container whose init carries out the plan. All of its processes but daemons have
  /// the box's stdout at descriptor kTracker, too.
  void give_to(Box& box) const;
  /// Carries out the plan in a process of ours, a launcher; `told` is the box's stdout.
  std::unique_ptr<Dispatcher> carry_out_on(Dispatcher& inner, int told) const;
  /// Once for each pause.
  void go_on() const;

  /// Those that the process has made so far, and those that failed.
  std::vector<std::string> calls() const;

  static constexpr int kTracker = 32;
  static constexpr const char* kWaits = "it waits";

 private:
  OwnedFd file_;
  Pipe go_ = make_pipe();
};

/// For main(), before become_init_if_asked(): does nothing where there is no plan.
void become_planned_init_if_asked(char** argv);

}  // namespace kekkai::kernel_tests
