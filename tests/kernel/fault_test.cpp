// Calls of real starts fail, one in each start, with errnos that they may really fail with. However
// it is: the program does not run, the launcher says which call it was, and nothing is left.
//
// All calls of a bare container are tried, and of the others those that it does not make, each with
// one errno; the errnos take turns. KEKKAI_ALL_FAULTS=1 tries all calls of all with each of theirs.
#include "disturbed_start.h"
#include "fault_expectations.h"
#include "furnished_boxes.h"

#include <kekkai/testing/fault_injector.h>
#include <kekkai/testing/plausible_errors.h>

#include <stdlib.h>

#include <algorithm>
#include <iostream>
#include <map>

namespace kekkai::kernel_tests {
namespace {

#ifdef __SANITIZE_THREAD__
constexpr size_t kEach = 8;  // a start takes its time there
#else
constexpr size_t kEach = 1;
#endif
// Of the calls that a bare container makes too, the others try one in so many.
constexpr size_t kEachKnown = 8;

bool tries_all() { return ::getenv("KEKKAI_ALL_FAULTS") != nullptr; }

// Which call, and with what it is to fail.
struct Fault {
  size_t index = 0;
  int error = 0;
};

// `known` are calls that somebody else tries.
std::vector<Fault> choose_faults(const std::vector<std::string>& calls,
                                 const std::vector<std::string>& known) {
  std::map<std::string, int> left;
  for (const std::string& call : known) ++left[call];
  std::vector<Fault> faults;
  std::map<std::string, size_t> turns;  // by name, so that each of its errnos has one
  for (size_t i = 0; i < calls.size(); ++i) {
    const std::span<const int> errors = kekkai::testing::plausible_errors(calls[i]);
    if (errors.empty()) {
      ADD_FAILURE() << "no errnos for " << calls[i];
      continue;
    }
    if (tries_all()) {
      for (const int error : errors) faults.push_back({i, error});
      continue;
    }
    const bool is_known = left[calls[i]]-- > 0;
    if (i % (is_known ? kEach * kEachKnown : kEach) != 0) continue;
    const size_t turn = turns[calls[i].substr(0, calls[i].find(' '))]++;
    faults.push_back({i, errors[turn % errors.size()]});
  }
  return faults;
}

std::vector<std::string> calls_of_init(const Box& box) {
  const CallPlan none;
  const DisturbedStart undisturbed = start_disturbed(kernel(), box, none);
  EXPECT_TRUE(undisturbed.ran_to_its_end()) << undisturbed.in_words();
  return none.calls();
}

std::vector<std::string> calls_of_launcher(const Box& box) {
  kekkai::testing::FaultInjector k(kernel());
  const DisturbedStart undisturbed = start_disturbed(k, box, CallPlan());
  EXPECT_TRUE(undisturbed.ran_to_its_end()) << undisturbed.in_words();
  return k.calls();
}

class KernelFaults : public KernelTest, public ::testing::WithParamInterface<FurnishedBox> {
 protected:
  KernelFaults() { furnish(things_); }
  static Box that_tells(Box box) {
    let_program_tell(box);
    return box;
  }
  Box box() const { return that_tells(GetParam().make(things_)); }
  Box bare() const { return that_tells(furnished_box("Bare", things_)); }
  bool is_bare() const { return GetParam().name == "Bare"; }

  void tell(size_t tried) const {
    RecordProperty("faults_tried", static_cast<int>(tried));
    std::cout << "faults tried: " << tried << "\n";
  }
  /// Others on this machine may mount something during the sweep: each start has a look before it.
  std::string look_at_host() const { return host_snapshot(things_.path()); }

  Scratch things_;
};

TEST_P(KernelFaults, OfInit) {
  const std::vector<std::string> known =
      is_bare() ? std::vector<std::string>() : calls_of_init(bare());
  const std::vector<Fault> faults = choose_faults(calls_of_init(box()), known);
  size_t tried = 0;
  for (const Fault& fault : faults) {
    CallPlan plan;
    plan.fail(fault.index, fault.error);
    const std::string before = look_at_host();
    const DisturbedStart outcome = start_disturbed(kernel(), box(), plan);
    const std::vector<std::string> calls = plan.calls();
    // How often init looks for a daemon depends on how fast that is.
    if (calls.size() <= fault.index) {
      EXPECT_TRUE(outcome.ran_to_its_end()) << outcome.in_words();
      continue;
    }
    SCOPED_TRACE(calls[fault.index] + " = " + errno_name(fault.error));
    expect_of_init(calls, fault.index, fault.error, things_.path(), outcome);
    ASSERT_EQ(look_at_host(), before);
    ++tried;
  }
  tell(tried);
}

TEST_P(KernelFaults, OfTheLauncher) {
  const std::vector<std::string> known =
      is_bare() ? std::vector<std::string>() : calls_of_launcher(bare());
  const std::vector<Fault> faults = choose_faults(calls_of_launcher(box()), known);
  size_t tried = 0;
  for (const Fault& fault : faults) {
    kekkai::testing::FaultInjector k(kernel());
    k.fail(fault.index, fault.error);
    const std::string before = look_at_host();
    const DisturbedStart outcome = start_disturbed(k, box(), CallPlan());
    const std::vector<std::string> calls = k.calls();
    // One read may bring all that init has to tell.
    if (calls.size() <= fault.index) {
      EXPECT_TRUE(outcome.ran_to_its_end()) << outcome.in_words();
      continue;
    }
    SCOPED_TRACE(calls[fault.index] + " = " + errno_name(fault.error));
    expect_of_launcher(calls[fault.index], fault.error, outcome);
    ASSERT_EQ(look_at_host(), before);
    ++tried;
  }
  tell(tried);
}

INSTANTIATE_TEST_SUITE_P(Of, KernelFaults, ::testing::ValuesIn(furnished_boxes()),
                         [](const auto& box) { return box.param.name; });

}  // namespace
}  // namespace kekkai::kernel_tests
