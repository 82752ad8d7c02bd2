#include "fault_expectations.h"

#include <errno.h>

#include <algorithm>
#include <vector>

namespace kekkai::kernel_tests {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// How far init had come, as far as its calls tell.
enum class Stage : uint8_t {
  kUnarmed,     // it can tell nobody but stderr
  kInHost,      // up to the first pivot_root
  kBetween,     // in the intermediate root
  kContained,   // from the second pivot_root on
  kAfterSpawn,  // the program has been made
};

size_t count_until(const std::vector<std::string>& calls, size_t index, std::string_view call) {
  const auto begins = [&](const std::string& text) { return text.starts_with(call); };
  const auto end = calls.begin() + static_cast<ptrdiff_t>(index) + 1;
  return static_cast<size_t>(std::count_if(calls.begin(), end, begins));
}

Stage stage_of(const std::vector<std::string>& calls, size_t index) {
  if (count_until(calls, index, "sigaction SIGPIPE") == 0) return Stage::kUnarmed;
  // It is armed once, and disarmed when the program has been made.
  if (count_until(calls, index, "fcntl O_ASYNC") > 1) return Stage::kAfterSpawn;
  const size_t pivots = index == 0 ? 0 : count_until(calls, index - 1, "pivot_root");
  if (pivots == 0) return Stage::kInHost;
  return pivots == 1 ? Stage::kBetween : Stage::kContained;
}

bool is_of_stage(Phase phase, Stage stage) {
  const auto between = [&](Phase first, Phase last) { return first <= phase && phase <= last; };
  switch (stage) {
    case Stage::kUnarmed:
      return phase == Phase::kLaunch;
    case Stage::kInHost:
      return between(Phase::kReceive, Phase::kIntermediateRoot);
    case Stage::kBetween:
      return between(Phase::kIntermediateRoot, Phase::kContainerRoot);
    case Stage::kContained:
      return between(Phase::kContainerRoot, Phase::kExecute);
    case Stage::kAfterSpawn:
      return phase == Phase::kExecute;
  }
  return false;
}

// Where an errno is an answer, and not the end. THINGS is the folder that is shown.
struct Answer {
  Stage stage;
  std::string_view call;
  std::vector<int> errors;  // none: all of them
  std::string_view reason;
};
const std::vector<Answer>& answers() {
  static const std::vector<Answer> kAll{
      {Stage::kInHost, "prctl PR_SET_PTRACER", {}, "only Yama knows it"},
      {Stage::kInHost, "openat2 THINGS", {ENOENT}, "an optional source, an entry gone"},
      {Stage::kInHost, "readlinkat THINGS", {ENOENT, EINVAL}, "likewise"},
      {Stage::kBetween, "openat2", {EAGAIN}, "somebody renamed something: it is tried again"},
      {Stage::kBetween, "openat2", {ENOENT, ENOTDIR}, "it is made, or there is nothing to hide"},
      {Stage::kBetween, "readlinkat", {ENOENT, EINVAL}, "no link yet, or something else"},
      {Stage::kBetween, "mkdirat", {EEXIST}, "somebody was faster, or it is a dangling link"},
      {Stage::kBetween, "mount_setattr", {EINVAL}, "not the root of a mount: told in other words"},
      {Stage::kContained, "openat2 /tmp/ready", {ENOENT, ENOTDIR}, "the daemon is not ready yet"},
      {Stage::kContained, "openat2 THINGS", {}, "the next working directory is tried"},
      {Stage::kContained, "fchdir THINGS", {}, "likewise"},
  };
  return kAll;
}

bool is_answer(Stage stage, std::string call, int error, const std::string& things) {
  if (const size_t at = call.find(things); at != call.npos) {
    call.replace(at, things.size(), "THINGS");
  }
  return std::ranges::any_of(answers(), [&](const Answer& a) {
    return a.stage == stage && call.starts_with(a.call) &&
           (a.errors.empty() || std::ranges::find(a.errors, error) != a.errors.end());
  });
}

bool is_of_the_reaper(std::string_view call) {
  return call == "wait4" || call == "write reaped children";
}

bool looks_for_a_program(Stage stage, std::string_view call) {
  return stage == Stage::kContained && call.ends_with("/probe");
}

std::string complaint(const std::string& call, int error) {
  return "kekkai-init: " + call + ": " + std::generic_category().message(error);
}

// What holds for each failure that the launcher learned of.
void expect_told(const DisturbedStart& outcome, Stage stage) {
  ASSERT_TRUE(outcome.failure) << outcome.in_words();
  EXPECT_TRUE(is_of_stage(outcome.failure->phase, stage)) << outcome.in_words();
  EXPECT_TRUE(!outcome.started() || stage == Stage::kAfterSpawn) << outcome.in_words();
}

void expect_named(const DisturbedStart& outcome, Stage stage, const std::string& call, int error) {
  expect_told(outcome, stage);
  if (!outcome.failure) return;
  const Failure& failure = *outcome.failure;
  EXPECT_EQ(failure.call, call);
  EXPECT_EQ(failure.error, error);
  EXPECT_EQ(failure.exit_code, kExitSetupFailed);
  EXPECT_THAT(failure.message(), HasSubstr(call + ": " + std::generic_category().message(error)));
  const bool is_of_op = (failure.phase == Phase::kEarly && !call.starts_with("prlimit64")) ||
                        failure.phase == Phase::kApply || failure.phase == Phase::kLate;
  EXPECT_EQ(failure.op_index >= 0, is_of_op) << failure.message();
  EXPECT_EQ(!failure.op.empty(), is_of_op) << failure.message();
  EXPECT_THAT(failure.message(), HasSubstr(failure.op));
}

bool is_named(const DisturbedStart& outcome, const std::string& call, int error) {
  return outcome.failure && outcome.failure->call == call && outcome.failure->error == error;
}

// The start goes on as if nothing had been; or the op has no other way, and says so.
void expect_answered(const DisturbedStart& outcome, Stage stage) {
  if (outcome.ran_to_its_end()) return;
  expect_told(outcome, stage);
  if (!outcome.failure) return;
  EXPECT_GE(outcome.failure->op_index, 0) << outcome.in_words();
  EXPECT_THAT(outcome.failure->op, Not(IsEmpty()));
}

void expect_not_executed(const DisturbedStart& outcome, int error) {
  expect_told(outcome, Stage::kContained);
  if (!outcome.failure) return;
  EXPECT_THAT(outcome.failure->message(), HasSubstr(std::generic_category().message(error)));
  EXPECT_THAT(outcome.failure->message(), HasSubstr("probe"));
  if (outcome.failure->phase == Phase::kLate) return;  // a daemon's
  const bool is_missing = error == ENOENT || error == ENOTDIR;
  EXPECT_EQ(outcome.failure->exit_code, is_missing ? kExitNotFound : kExitNotExecutable);
}

// Once the program has been made: the launcher is told, as a failed start or as a lost init. Where
// that is what failed it is stderr, and nobody where the launcher is gone.
void expect_told_while_supervising(const DisturbedStart& outcome, const std::string& call,
                                   int error) {
  const std::string reason = call + ": " + std::generic_category().message(error);
  if (call.starts_with("write status stream")) {
    if (error != EPIPE) {
      EXPECT_THAT(outcome.in_words(), HasSubstr(reason));
    }
  } else if (outcome.failure) {
    EXPECT_THAT(outcome.failure->message(), HasSubstr(reason));
  } else {
    EXPECT_EQ(outcome.lost, "cannot look after the container's processes: " + reason);
  }
}

// The launcher can only be told that init ended. Nobody is left to be told where that is EPIPE.
void expect_complaint(const DisturbedStart& outcome, const std::string& call, int error) {
  EXPECT_TRUE(outcome.failure || !outcome.lost.empty()) << outcome.in_words();
  if (error == EPIPE) return;
  EXPECT_THAT(outcome.said, Contains(complaint(call, error)));
}

}  // namespace

void expect_of_init(const std::vector<std::string>& calls, size_t index, int error,
                    const std::string& things, const DisturbedStart& outcome) {
  EXPECT_EQ(outcome.children_left, 0);
  const std::string& call = calls[index];
  const Stage stage = stage_of(calls, index);
  const bool is_told_by_status = call.starts_with("fcntl O_ASYNC") ||
                                 call.starts_with("sigaction") || call.starts_with("seccomp");
  if (stage == Stage::kUnarmed) {
    expect_complaint(outcome, call, error);
    EXPECT_FALSE(outcome.started());
  } else if (is_of_the_reaper(call) || (stage == Stage::kAfterSpawn && !is_told_by_status)) {
    // When the end of the program has been told, there is nothing more to tell.
    if (!outcome.ran_to_its_end()) expect_told_while_supervising(outcome, call, error);
  } else if (is_answer(stage, call, error, things) && !is_named(outcome, call, error)) {
    expect_answered(outcome, stage);
  } else if (looks_for_a_program(stage, call)) {
    expect_not_executed(outcome, error);
  } else {
    expect_named(outcome, stage, call, error);
  }
}

void expect_of_launcher(const std::string& call, int error, const DisturbedStart& outcome) {
  EXPECT_EQ(outcome.children_left, call == "waitid" ? 1 : 0);
  if (call == "waitid") {
    EXPECT_TRUE(outcome.ran_to_its_end()) << "nobody needs it: " << outcome.in_words();
  } else if (call.starts_with("read status stream") && outcome.failure == std::nullopt) {
    EXPECT_THAT(outcome.lost, HasSubstr(call)) << outcome.in_words();
  } else {
    ASSERT_TRUE(outcome.failure) << outcome.in_words();
    EXPECT_EQ(outcome.failure->phase, Phase::kLaunch);
    EXPECT_EQ(outcome.failure->call, call);
    EXPECT_EQ(outcome.failure->error, error);
  }
}

}  // namespace kekkai::kernel_tests
