// The state machine alone: a story is a list of events, and what is to be done about each.
#include <kekkai/init/supervisor.h>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <string>
#include <vector>

namespace kekkai {
namespace {

using std::chrono::milliseconds;

constexpr pid_t kProgram = 5;
constexpr Supervisor::Settings kSettings{.initial_process = kProgram,
                                         .adopt_wait_delay = milliseconds(100),
                                         .kill_delay = milliseconds(200),
                                         .cancel_signal = SIGTERM};
const StartTimer kAdoptTimer{Timer::kAdopt, milliseconds(100)};
const StartTimer kKillTimer{Timer::kKill, milliseconds(200)};

struct Step {
  Event event;
  std::vector<Action> actions;
};
struct Story {
  const char* name;
  std::vector<Step> steps;
};

const Story kStories[] = {
    {"the program ends, and it was the last",
     {{ChildEnded{kProgram, W_EXITCODE(7, 0)}, {ReportEnd{{false, 7}}, kAdoptTimer}},
      {NoChildrenLeft{}, {Finish{7}}}}},
    {"the program is killed",
     {{ChildEnded{kProgram, SIGSEGV}, {ReportEnd{{true, SIGSEGV}}, kAdoptTimer}},
      {NoChildrenLeft{}, {Finish{139}}}}},
    {"orphans end while the program runs",
     {{ChildEnded{9, 0}, {}},
      {ChildEnded{10, SIGKILL}, {}},
      {ChildEnded{kProgram, 0}, {ReportEnd{{false, 0}}, kAdoptTimer}}}},
    {"orphans outlive the program and end in time",
     {{ChildEnded{kProgram, W_EXITCODE(3, 0)}, {ReportEnd{{false, 3}}, kAdoptTimer}},
      {ChildEnded{9, W_EXITCODE(1, 0)}, {}},
      {NoChildrenLeft{}, {Finish{3}}}}},
    {"orphans outlive the program for too long",
     {{ChildEnded{kProgram, W_EXITCODE(3, 0)}, {ReportEnd{{false, 3}}, kAdoptTimer}},
      {TimerExpired{Timer::kAdopt}, {Finish{3}}}}},
    {"an orphan gets the pid of the program that ended",
     {{ChildEnded{kProgram, W_EXITCODE(3, 0)}, {ReportEnd{{false, 3}}, kAdoptTimer}},
      {ChildEnded{kProgram, W_EXITCODE(4, 0)}, {}},
      {NoChildrenLeft{}, {Finish{3}}}}},
    {"signals are handed on",
     {{SignalArrived{SIGTERM, false}, {ForwardSignal{SIGTERM}}},
      {SignalArrived{SIGTERM, false}, {ForwardSignal{SIGTERM}}},
      {SignalArrived{SIGWINCH, false}, {ForwardSignal{SIGWINCH}}}}},
    {"what the terminal sends has reached the program already",
     {{SignalArrived{SIGINT, true}, {}}, {SignalArrived{SIGINT, false}, {ForwardSignal{SIGINT}}}}},
    {"no signal goes to a pid that was reaped",
     {{ChildEnded{kProgram, 0}, {ReportEnd{{false, 0}}, kAdoptTimer}},
      {SignalArrived{SIGTERM, false}, {}},
      {SignalArrived{SIGHUP, false}, {}}}},
    {"a cancel while others linger gives them no more time",
     {{ChildEnded{kProgram, W_EXITCODE(3, 0)}, {ReportEnd{{false, 3}}, kAdoptTimer}},
      {CancelAsked{}, {Finish{3}}}}},
    {"a cancel that is heard",
     {{CancelAsked{}, {ForwardSignal{SIGTERM}, kKillTimer}},
      {ChildEnded{kProgram, SIGTERM}, {ReportEnd{{true, SIGTERM}}, kAdoptTimer}},
      {NoChildrenLeft{}, {Finish{143}}}}},
    {"a cancel that is not heard",
     {{CancelAsked{}, {ForwardSignal{SIGTERM}, kKillTimer}},
      {TimerExpired{Timer::kKill}, {KillAll{}}},
      {ChildEnded{kProgram, SIGKILL}, {ReportEnd{{true, SIGKILL}}, kAdoptTimer}},
      {NoChildrenLeft{}, {Finish{137}}}}},
    {"a cancel counts once",
     {{CancelAsked{}, {ForwardSignal{SIGTERM}, kKillTimer}}, {CancelAsked{}, {}}}},
    {"signals are handed on also while a cancel is under way",
     {{CancelAsked{}, {ForwardSignal{SIGTERM}, kKillTimer}},
      {SignalArrived{SIGUSR1, false}, {ForwardSignal{SIGUSR1}}}}},
    {"the kill comes too late: the program has ended, orphans have their delay",
     {{CancelAsked{}, {ForwardSignal{SIGTERM}, kKillTimer}},
      {ChildEnded{kProgram, 0}, {ReportEnd{{false, 0}}, kAdoptTimer}},
      {TimerExpired{Timer::kKill}, {}},
      {TimerExpired{Timer::kAdopt}, {Finish{0}}}}},
};

TEST(Supervisor, AnswersEveryStory) {
  for (const Story& story : kStories) {
    SCOPED_TRACE(story.name);
    Supervisor supervisor(kSettings);
    for (size_t i = 0; i < story.steps.size(); ++i) {
      EXPECT_TRUE(supervisor.on(story.steps[i].event) == story.steps[i].actions) << "step " << i;
    }
  }
}

TEST(Supervisor, CancelsWithTheSignalThatWasAskedFor) {
  Supervisor::Settings settings = kSettings;
  settings.cancel_signal = SIGINT;
  EXPECT_TRUE(Supervisor(settings).on(CancelAsked{}) ==
              (std::vector<Action>{ForwardSignal{SIGINT}, kKillTimer}));
}

}  // namespace
}  // namespace kekkai
