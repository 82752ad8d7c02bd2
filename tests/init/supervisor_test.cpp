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
const Supervisor::Settings kSettings{.initial_process = kProgram,
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

void expect_answers(const Supervisor::Settings& settings, const Story& story) {
  SCOPED_TRACE(story.name);
  Supervisor supervisor(settings);
  for (size_t i = 0; i < story.steps.size(); ++i) {
    EXPECT_TRUE(supervisor.on(story.steps[i].event) == story.steps[i].actions) << "step " << i;
  }
}

TEST(Supervisor, AnswersEveryStory) {
  for (const Story& story : kStories) expect_answers(kSettings, story);
}

constexpr pid_t kFirst = 3;
constexpr pid_t kSecond = 4;
const ReportEnd kEnd{{false, 7}};
const ChildEnded kProgramEnds{kProgram, W_EXITCODE(7, 0)};
// What is asked of both daemons, without the time that they have.
const std::vector<Action> kAsked{kEnd,
                                 kAdoptTimer,
                                 SignalDaemon{kFirst, SIGTERM},
                                 SignalDaemon{kFirst, SIGCONT},
                                 SignalDaemon{kSecond, SIGTERM},
                                 SignalDaemon{kSecond, SIGCONT}};

std::vector<Action> and_then(std::vector<Action> actions, Action last) {
  actions.push_back(last);
  return actions;
}

const Story kDaemonStories[] = {
    {"daemons end when they are asked to",
     {{kProgramEnds, and_then(kAsked, kKillTimer)},
      {ChildEnded{kSecond, SIGTERM}, {}},
      {ChildEnded{kFirst, 0}, {}},
      {NoChildrenLeft{}, {Finish{7}}}}},
    {"a daemon that ends while the program runs is no news, and never signalled",
     {{ChildEnded{kFirst, W_EXITCODE(9, 0)}, {}},
      {SignalArrived{SIGTERM}, {ForwardSignal{SIGTERM}}},
      {kProgramEnds,
       {kEnd, kAdoptTimer, SignalDaemon{kSecond, SIGTERM}, SignalDaemon{kSecond, SIGCONT},
        kKillTimer}},
      {TimerExpired{Timer::kKill}, {SignalDaemon{kSecond, SIGKILL}}}}},
    {"where all daemons have ended before, the end is as without any",
     {{ChildEnded{kFirst, 0}, {}},
      {ChildEnded{kSecond, 0}, {}},
      {kProgramEnds, {kEnd, kAdoptTimer}},
      {TimerExpired{Timer::kAdopt}, {Finish{7}}}}},
    {"others linger less long than daemons may take",
     {{kProgramEnds, and_then(kAsked, kKillTimer)},
      {TimerExpired{Timer::kAdopt}, {}},
      {ChildEnded{kFirst, 0}, {}},
      {ChildEnded{kSecond, 0}, {Finish{7}}}}},
    {"daemons that do not end are killed, and then it is over",
     {{kProgramEnds, and_then(kAsked, kKillTimer)},
      {TimerExpired{Timer::kAdopt}, {}},
      {ChildEnded{kFirst, 0}, {}},
      {TimerExpired{Timer::kKill}, {SignalDaemon{kSecond, SIGKILL}, Finish{7}}}}},
    {"others linger longer than daemons may take",
     {{kProgramEnds, and_then(kAsked, kKillTimer)},
      {TimerExpired{Timer::kKill}, {SignalDaemon{kFirst, SIGKILL}, SignalDaemon{kSecond, SIGKILL}}},
      {ChildEnded{kFirst, SIGKILL}, {}},
      {TimerExpired{Timer::kAdopt}, {Finish{7}}}}},
    {"a cancel leaves daemons the rest of their time, and others none",
     {{kProgramEnds, and_then(kAsked, kKillTimer)},
      {CancelAsked{}, {}},
      {ChildEnded{kFirst, 0}, {}},
      {ChildEnded{kSecond, 0}, {Finish{7}}}}},
    {"after a cancel daemons have no time of their own",
     {{CancelAsked{}, {ForwardSignal{SIGTERM}, SignalAll{SIGCONT}, kKillTimer}},
      {kProgramEnds, kAsked},
      {TimerExpired{Timer::kKill}, {SignalDaemon{kFirst, SIGKILL}, SignalDaemon{kSecond, SIGKILL}}},
      {NoChildrenLeft{}, {Finish{7}}}}},
    {"a cancel that is not heard kills daemons too",
     {{CancelAsked{}, {ForwardSignal{SIGTERM}, SignalAll{SIGCONT}, kKillTimer}},
      {TimerExpired{Timer::kKill}, {SignalAll{SIGKILL}}},
      {kProgramEnds, {kEnd, kAdoptTimer}},
      {NoChildrenLeft{}, {Finish{7}}}}},
    {"an orphan that gets the pid of a daemon is not signalled",
     {{ChildEnded{kFirst, 0}, {}},
      {ChildEnded{kFirst, 0}, {}},
      {kProgramEnds,
       {kEnd, kAdoptTimer, SignalDaemon{kSecond, SIGTERM}, SignalDaemon{kSecond, SIGCONT},
        kKillTimer}}}},
};

TEST(Supervisor, AnswersEveryStoryWithDaemons) {
  Supervisor::Settings settings = kSettings;
  settings.daemons = {kFirst, kSecond};
  for (const Story& story : kDaemonStories) expect_answers(settings, story);
}

// The daemon ended first, and the kernel gave its pid to the program.
TEST(Supervisor, TakesTheFirstEndOfASharedPidForTheDaemons) {
  Supervisor::Settings settings = kSettings;
  settings.daemons = {kProgram};
  expect_answers(settings, {"shared",
                            {{ChildEnded{kProgram, W_EXITCODE(1, 0)}, {}},
                             {kProgramEnds, {kEnd, kAdoptTimer}}}});
}

TEST(Supervisor, CancelsWithTheSignalThatWasAskedFor) {
  Supervisor::Settings settings = kSettings;
  settings.cancel_signal = SIGINT;
  EXPECT_TRUE(Supervisor(settings).on(CancelAsked{}) ==
              (std::vector<Action>{ForwardSignal{SIGINT}, SignalAll{SIGCONT}, kKillTimer}));
}

}  // namespace
}  // namespace kekkai
