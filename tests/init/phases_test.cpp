#include <kekkai/init/phases.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>

namespace kekkai {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Says in which phase it is, and fails as it is told.
struct Step {
  std::string name;
  std::function<void()> fail;

  void early(SetupState& /*s*/, Dispatcher& k) { act(k, "early"); }
  void apply(SetupState& /*s*/, Dispatcher& k) { act(k, "apply"); }
  void late(SetupState& /*s*/, Dispatcher& k) { act(k, "late"); }
  std::string describe() const { return "step " + name; }
  bool operator==(const Step& other) const { return name == other.name; }

 private:
  void act(Dispatcher& k, const std::string& phase) {
    if (fail) fail();
    k.sethostname(phase + " " + name);
  }
};

class RunPhase : public ::testing::Test {
 protected:
  void run(Phase phase) {
    run_phase(phase, ops, state, k, [this](const std::string& text) { reports.push_back(text); });
  }
  Failure failure_of(Phase phase) {
    try {
      run(phase);
    } catch (const SetupFailure& e) {
      return e.failure;
    }
    ADD_FAILURE() << "it did not fail";
    return {};
  }

  testing::ScriptedDispatcher k;
  SetupState state;
  Ops ops;
  std::vector<std::string> reports;
};

TEST_F(RunPhase, RunsThatPhaseOfEveryOpInOrder) {
  ops.add(Step{.name = "a"}).add(Step{.name = "b"});
  for (const Phase phase : {Phase::kEarly, Phase::kApply, Phase::kLate}) run(phase);
  EXPECT_THAT(k.transcript(),
              ElementsAre("sethostname early a", "sethostname early b", "sethostname apply a",
                          "sethostname apply b", "sethostname late a", "sethostname late b"));
}

TEST_F(RunPhase, ReportsEachOpBeforeItRuns) {
  ops.add(Step{.name = "a"}).add(Step{.name = "b", .fail = [] { throw Refusal("no"); }});
  EXPECT_THROW(run(Phase::kApply), SetupFailure);
  EXPECT_THAT(reports, ElementsAre("apply op 0 (step a)", "apply op 1 (step b)"));
}

struct Cause {
  const char* name;
  void (*fail)();
  const char* message;
};
std::ostream& operator<<(std::ostream& out, const Cause& c) { return out << c.name; }

class RunPhaseFailure : public RunPhase, public ::testing::WithParamInterface<Cause> {};

TEST_P(RunPhaseFailure, NamesTheOpAndStops) {
  ops.add(Step{.name = "a"}).add(Step{.name = "b", .fail = GetParam().fail}).add(Step{.name = "c"});
  const Failure failure = failure_of(Phase::kApply);
  EXPECT_EQ(failure.message(), GetParam().message);
  EXPECT_EQ(failure.phase, Phase::kApply);
  EXPECT_EQ(failure.op_index, 1);
  EXPECT_EQ(failure.op, "step b");
  EXPECT_THAT(k.transcript(), ElementsAre("sethostname apply a"));
}

INSTANTIATE_TEST_SUITE_P(
    Causes, RunPhaseFailure,
    ::testing::Values(Cause{"call", [] { throw SyscallError(EACCES, "open_tree /srv/data"); },
                            "cannot apply op 1 (step b): open_tree /srv/data: Permission denied"},
                      Cause{"refusal", [] { throw Refusal("it is not safe"); },
                            "cannot apply op 1 (step b): it is not safe"},
                      Cause{"path", [] { throw PathError("the path is empty"); },
                            "cannot apply op 1 (step b): the path is empty"},
                      Cause{"memory", [] { throw std::bad_alloc(); },
                            "cannot apply op 1 (step b): out of memory"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(RunPhase, SaysWhichPhase) {
  ops.add(Step{.name = "a", .fail = [] { throw Refusal("no"); }});
  EXPECT_EQ(failure_of(Phase::kEarly).message(), "cannot prepare op 0 (step a): no");
  EXPECT_EQ(failure_of(Phase::kApply).message(), "cannot apply op 0 (step a): no");
  EXPECT_EQ(failure_of(Phase::kLate).message(), "cannot complete op 0 (step a): no");
}

TEST_F(RunPhase, GivesAHintWhereTheErrnoMisleads) {
  ops.add(Step{.name = "a", .fail = [] { throw SyscallError(ENOSPC, "move_mount a -> b"); }});
  EXPECT_EQ(failure_of(Phase::kApply).hint,
            "too many mounts: see `sysctl fs.mount-max`; `kekkai doctor` tells more");
}

TEST_F(RunPhase, DoesNothingWithoutOps) {
  run(Phase::kApply);
  EXPECT_THAT(k.transcript(), IsEmpty());
  EXPECT_THAT(reports, IsEmpty());
}

}  // namespace
}  // namespace kekkai
