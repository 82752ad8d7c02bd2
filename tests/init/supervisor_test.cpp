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
     {{SignalArrived{SIGTERM}, {ForwardSignal{SIGTERM}}},
      {SignalArrived{SIGTERM}, {ForwardSignal{SIGTERM}}},
      {SignalArrived{SIGHUP}, {ForwardSignal{SIGHUP}}}}},
    {"what terminals and shells send to a process group goes to the program's",
     {{SignalArrived{SIGINT}, {ForwardSignal{SIGINT, true}}},
      {SignalArrived{SIGQUIT}, {ForwardSignal{SIGQUIT, true}}},
      {SignalArrived{SIGWINCH}, {ForwardSignal{SIGWINCH, true}}},
      {SignalArrived{SIGCONT}, {ForwardSignal{SIGCONT, true}}}}},
    {"the program is stopped",
     {{ChildStopped{kProgram}, {ReportStop{}}}, {ChildStopped{kProgram}, {ReportStop{}}}}},
    {"others are stopped", {{ChildStopped{9}, {}}}},
    {"the program was stopped, and what had its pid is stopped",
     {{ChildEnded{kProgram, 0}, {ReportEnd{{false, 0}}, kAdoptTimer}},
      {ChildStopped{kProgram}, {}}}},
    {"a pause stops everything, which is no news, and a resume continues it",
     {{PauseAsked{}, {SignalAll{SIGSTOP}}},
      {ChildStopped{kProgram}, {}},
      {ResumeAsked{}, {SignalAll{SIGCONT}}},
      {ChildStopped{kProgram}, {ReportStop{}}}}},
    {"no signal goes to a pid that was reaped",
     {{ChildEnded{kProgram, 0}, {ReportEnd{{false, 0}}, kAdoptTimer}},
      {SignalArrived{SIGTERM}, {}},
      {SignalArrived{SIGHUP}, {}}}},
    {"a cancel while others linger gives them no more time",
     {{ChildEnded{kProgram, W_EXITCODE(3, 0)}, {ReportEnd{{false, 3}}, kAdoptTimer}},
      {CancelAsked{}, {Finish{3}}}}},
    {"a cancel that is heard",
     {{CancelAsked{}, {ForwardSignal{SIGTERM}, SignalAll{SIGCONT}, kKillTimer}},
      {ChildEnded{kProgram, SIGTERM}, {ReportEnd{{true, SIGTERM}}, kAdoptTimer}},
      {NoChildrenLeft{}, {Finish{143}}}}},
    {"a cancel that is not heard",
     {{CancelAsked{}, {ForwardSignal{SIGTERM}, SignalAll{SIGCONT}, kKillTimer}},
      {TimerExpired{Timer::kKill}, {SignalAll{SIGKILL}}},
      {ChildEnded{kProgram, SIGKILL}, {ReportEnd{{true, SIGKILL}}, kAdoptTimer}},
      {NoChildrenLeft{}, {Finish{137}}}}},
    {"a cancel counts once",
     {{CancelAsked{}, {ForwardSignal{SIGTERM}, SignalAll{SIGCONT}, kKillTimer}},
      {CancelAsked{}, {}}}},
    {"signals are handed on also while a cancel is under way",
     {{CancelAsked{}, {ForwardSignal{SIGTERM}, SignalAll{SIGCONT}, kKillTimer}},
      {SignalArrived{SIGUSR1}, {ForwardSignal{SIGUSR1}}}}},
    {"the kill comes too late: the program has ended, orphans have their delay",
     {{CancelAsked{}, {ForwardSignal{SIGTERM}, SignalAll{SIGCONT}, kKillTimer}},
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
              (std::vector<Action>{ForwardSignal{SIGINT}, SignalAll{SIGCONT}, kKillTimer}));
}

}  // namespace
}  // namespace kekkai
