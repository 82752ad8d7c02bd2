// At every call of a start somebody is killed, or stopped for a while: the launcher, init, a
// daemon. Nothing of the container survives the launcher or init; a stop changes nothing.
#include "disturbed_start.h"
#include "furnished_boxes.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>
#include <set>
#include <thread>

namespace kekkai::kernel_tests {
namespace {

using ::testing::HasSubstr;

#ifdef __SANITIZE_THREAD__
constexpr size_t kEach = 8;  // a start takes its time there
#else
constexpr size_t kEach = 1;
#endif
// Of what is only sampled.
constexpr size_t kEachSampled = 8 * kEach;

bool has_stopped(pid_t child) {
  int status = 0;
  return ::waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status);
}

// A container, and who holds its stdout: all of it, and whoever launches it.
class KernelDeaths : public KernelTest {
 protected:
  KernelDeaths() { furnish(things_); }

  Box bare() const { return furnished_box("Bare", things_); }
  Box with_daemon() const { return furnished_box("Daemon", things_); }
  static Box that_stays(Box box) { return box.steps({"ignore", "--", "ready", "--", "hold"}); }
  static Box that_ends(Box box) {
    let_program_tell(box);
    return box;
  }
  /// From here on `box` has a tracker of its own.
  void track(Box& box) {
    ::alarm(kStartSeconds);  // each start has its own time
    tracker_ = make_pipe();
    said_.clear();
    box.settings.stdio = {-1, tracker_.write.get(), tracker_.write.get()};
  }
  /// Nobody but the container, and who made it, may have it any more.
  bool is_gone() {
    tracker_.write.reset();
    return ends_within(tracker_.read.get());
  }
  /// Whether a line has been said, or is said in time.
  bool hears(const std::string& wanted) {
    while (!said_.contains(wanted)) {
      const std::string line = read_line(tracker_.read.get());
      if (line.empty()) return false;
      said_.insert(line);
    }
    return true;
  }
  bool somebody_waits() { return hears(CallPlan::kWaits); }

  static void tell(size_t tried) {
    RecordProperty("deaths_tried", static_cast<int>(tried));
    std::cout << "deaths tried: " << tried << "\n";
  }

  Scratch things_;
  Pipe tracker_;

 private:
  std::set<std::string> said_;
};

// How many calls init makes whatever happens: until it supervises, or waits for a daemon.
size_t count_certain_calls(const Box& box) {
  const CallPlan none;
  const DisturbedStart undisturbed = start_disturbed(kernel(), box, none);
  EXPECT_TRUE(undisturbed.ran_to_its_end()) << undisturbed.in_words();
  const std::vector<std::string> calls = none.calls();
  const auto spawn = std::ranges::find(calls, "clone (0)");
  if (spawn == calls.end()) throw std::runtime_error("the program was never spawned");
  const bool is_daemons = std::find(spawn + 1, calls.end(), "clone (0)") != calls.end();
  // fcntl, sigaction, seccomp, write, poll, and wait4 of the reaper; or wait4 and openat2
  return static_cast<size_t>(spawn - calls.begin()) + 1 + (is_daemons ? 2 : 6);
}

size_t count_calls_of_launcher(Box box) {
  const CallPlan none;
  const OwnedFd output = make_memory_file();
  box.settings.stdio = {-1, output.get(), output.get()};
  const auto k = none.carry_out_on(kernel(), output.get());
  Container container(*k, std::move(box.settings));
  container.start();
  return none.calls().size();
}

class KernelDeathsIn : public KernelDeaths, public ::testing::WithParamInterface<FurnishedBox> {
 protected:
  Box box() const { return GetParam().make(things_); }
  /// All of a bare container's calls are tried.
  static size_t step() { return GetParam().name == "Bare" ? kEach : kEachSampled; }
};

// ------------------------------------------------------------------------- the launcher is killed

TEST_P(KernelDeathsIn, OfTheLauncherBeforeEachCallOfInit) {
  const size_t calls = count_certain_calls(that_ends(box()));
  size_t tried = 0;
  for (size_t index = 0; index < calls; index += step()) {
    SCOPED_TRACE("call " + std::to_string(index));
    Box stays = that_stays(box());
    CallPlan plan;
    plan.pause_before(index);
    track(stays);
    plan.give_to(stays);
    Helper launcher([&] {
      Container container(kernel(), std::move(stays.settings));
      container.start();
      container.wait();
    });
    ASSERT_TRUE(somebody_waits());
    launcher.kill();
    launcher.wait();
    plan.go_on();
    ASSERT_TRUE(is_gone());
    ++tried;
  }
  tell(tried);
}

TEST_F(KernelDeaths, OfTheLauncherBeforeEachOfItsCalls) {
  const size_t calls = count_calls_of_launcher(that_stays(bare()));
  ASSERT_GT(calls, 20U);
  for (size_t index = 0; index < calls; ++index) {
    SCOPED_TRACE("call " + std::to_string(index));
    Box box = that_stays(bare());
    CallPlan plan;
    plan.pause_before(index);
    track(box);
    Helper launcher([&] {
      const auto k = plan.carry_out_on(kernel(), tracker_.write.get());
      Container container(*k, std::move(box.settings));
      container.start();
      container.wait();
    });
    ASSERT_TRUE(somebody_waits());
    launcher.kill();
    launcher.wait();
    ASSERT_TRUE(is_gone());
  }
  tell(calls);
}

// ------------------------------------------------------------------------------ init is killed

// What the launcher says when init is killed before a call.
std::string end_of_killed_init(Container& container) {
  EXPECT_EQ(::kill(container.init_pid(), SIGKILL), 0);
  try {
    while (container.advance() == Container::State::kStarting) {
    }
    container.wait();
  } catch (const StartError& e) {
    return e.what();
  } catch (const InitLost& e) {
    return e.what();
  }
  return "it does not know";
}

TEST_P(KernelDeathsIn, OfInitBeforeEachCall) {
  const size_t calls = count_certain_calls(that_ends(box()));
  size_t tried = 0;
  for (size_t index = 0; index < calls; index += step()) {
    SCOPED_TRACE("call " + std::to_string(index));
    const std::vector<std::string> descriptors = open_descriptors();
    {
      Box stays = that_stays(box());
      CallPlan plan;
      plan.pause_before(index);
      track(stays);
      plan.give_to(stays);
      Container container(kernel(), std::move(stays.settings));
      container.launch();
      ASSERT_TRUE(somebody_waits());
      EXPECT_THAT(end_of_killed_init(container), HasSubstr("SIGKILL"));
      ASSERT_TRUE(is_gone());
    }
    tracker_ = {};
    EXPECT_EQ(open_descriptors(), descriptors);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    ++tried;
  }
  tell(tried);
}

// --------------------------------------------------------------------- somebody is stopped

// What the launcher makes of it: init itself notices nothing between two calls. A stop while it
// waits in one is in orphans_test.cpp.
TEST_P(KernelDeathsIn, NoneWhereInitIsStoppedForAWhile) {
  const size_t calls = count_certain_calls(that_ends(box()));
  size_t tried = 0;
  for (size_t index = 0; index < calls; index += kEachSampled) {
    SCOPED_TRACE("call " + std::to_string(index));
    Box ends = that_ends(box());
    CallPlan plan;
    plan.pause_before(index);
    track(ends);
    plan.give_to(ends);
    Container container(kernel(), std::move(ends.settings));
    container.launch();
    ASSERT_TRUE(somebody_waits());
    ASSERT_EQ(::kill(container.init_pid(), SIGSTOP), 0);
    ASSERT_TRUE(has_stopped(container.init_pid()));
    plan.go_on();
    ASSERT_EQ(::kill(container.init_pid(), SIGCONT), 0);
    EXPECT_EQ(container.wait(), (ExitStatus{false, 0}));
    ASSERT_TRUE(is_gone());
    ++tried;
  }
  tell(tried);
}

TEST_P(KernelDeathsIn, NoneWhereTheLauncherIsStoppedForAWhile) {
  const size_t calls = count_certain_calls(that_ends(box()));
  size_t tried = 0;
  for (size_t index = 0; index < calls; index += kEachSampled) {
    SCOPED_TRACE("call " + std::to_string(index));
    Box ends = that_ends(box());
    CallPlan plan;
    plan.pause_before(index);
    track(ends);
    plan.give_to(ends);
    Helper launcher([&] {
      Container container(kernel(), std::move(ends.settings));
      container.start();
      EXPECT_EQ(container.wait(), (ExitStatus{false, 0}));
    });
    ASSERT_TRUE(somebody_waits());
    ASSERT_EQ(::kill(launcher.pid(), SIGSTOP), 0);
    ASSERT_TRUE(has_stopped(launcher.pid()));
    plan.go_on();
    // Init needs no launcher to go on with the start.
    EXPECT_TRUE(hears(kProgramRuns));
    ASSERT_EQ(::kill(launcher.pid(), SIGCONT), 0);
    EXPECT_EQ(launcher.wait(), 0);
    ASSERT_TRUE(is_gone());
    ++tried;
  }
  tell(tried);
}

// ----------------------------------------------------------------------- a daemon is killed

// The child of init that has `word` in its command line; -1 where there is none.
pid_t child_with(pid_t init, const std::string& word) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string of_process = entry.path();
    if (!std::isdigit(entry.path().filename().string().front())) continue;
    const bool is_child =
        read_file(of_process + "/status").find("\nPPid:\t" + std::to_string(init) + "\n") !=
        std::string::npos;
    if (is_child && read_file(of_process + "/cmdline").find(word) != std::string::npos) {
      return std::stoi(entry.path().filename());
    }
  }
  return -1;
}

TEST_F(KernelDeaths, OfADaemonBeforeItIsReady) {
  const size_t first = count_certain_calls(that_ends(with_daemon())) - 2;
  constexpr size_t kCalls = 16;
  for (size_t index = first; index < first + kCalls; ++index) {
    SCOPED_TRACE("call " + std::to_string(index));
    Box box = bare();
    box.ops().daemon(
        {.command = {"/probe", "hold"}, .ready = "/tmp/ready", .timeout = std::chrono::hours(1)});
    CallPlan plan;
    plan.pause_before(index);
    track(box);
    plan.give_to(box);
    Container container(kernel(), std::move(box.settings));
    container.launch();
    ASSERT_TRUE(somebody_waits());
    const pid_t daemon = child_with(container.init_pid(), "");  // its arguments may be on their way
    ASSERT_GT(daemon, 0);
    ASSERT_EQ(::kill(daemon, SIGKILL), 0);
    plan.go_on();
    try {
      while (container.advance() == Container::State::kStarting) {
      }
      ADD_FAILURE() << "it started";
    } catch (const StartError& e) {
      EXPECT_STREQ(e.what(),
                   "cannot complete op 4 (daemon /probe): it was killed by SIGKILL before "
                   "/tmp/ready existed");
    }
    ASSERT_TRUE(is_gone());
  }
  tell(kCalls);
}

TEST_F(KernelDeaths, OfADaemonConcernsNobodyOnceTheProgramRuns) {
  Running running(with_daemon().steps({"ready", "--", "await-end-of-input"}));
  for (std::string line; line != "ready=yes";) {
    line = running.read_line();
    ASSERT_NE(line, "") << "the program does not run";
  }
  const pid_t daemon = child_with(running.container().init_pid(), "hold");
  ASSERT_GT(daemon, 0);
  ASSERT_EQ(::kill(daemon, SIGKILL), 0);
  // Until init has waited for it: only then has it had any reason to be concerned.
  while (::kill(daemon, 0) == 0) std::this_thread::yield();
  running.end_input();
  EXPECT_EQ(running.wait(), (ExitStatus{false, 0}));
  EXPECT_TRUE(running.is_gone_within(std::chrono::milliseconds(0)));
}

INSTANTIATE_TEST_SUITE_P(Of, KernelDeathsIn, ::testing::ValuesIn(furnished_boxes()),
                         [](const auto& box) { return box.param.name; });

}  // namespace
}  // namespace kekkai::kernel_tests
