// Whenever and however the launcher dies, nothing of its container is left. A pipe whose write end
// every process of it holds tells: its end is the end of all of them.
#include "box.h"

#include <kekkai/ops/register.h>
#include <kekkai/ops/setup_state.h>

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include <thread>

namespace kekkai::kernel_tests {

/// An op of an embedder that waits in a system call which nothing ends: the open of a FIFO.
struct WaitForEver {
  HostPath fifo;
  bool in_early = true;

  void early(SetupState& /*state*/, Dispatcher& k) const {
    if (in_early) k.openat2(Fd::cwd(), fifo.str(), Open::kReadOnly, Resolve::kAnywhere);
  }
  void apply(SetupState& /*state*/, Dispatcher& k) const {
    k.openat2(Fd::cwd(), "/host" + fifo.str(), Open::kReadOnly, Resolve::kAnywhere);
  }
  std::string describe() const { return "wait for ever"; }
  bool operator==(const WaitForEver&) const = default;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(fifo, in_early);
  }
};

namespace {

using std::chrono::milliseconds;

class LauncherDeath : public KernelTest {
 protected:
  /// A container that ends by nothing but violence; everything in it holds `tracker_`.
  Box tracked_box() const {
    Box box = bare_box();
    box.settings.extra_files = {{tracker_.write.get(), 9}};
    box.settings.stdio = {-1, -1, -1};
    return box.steps({"leave-behind", "2", "--", "ignore", "--", "ready", "--", "hold"});
  }

  /// The helper is the launcher; we let go of what only it and its container may hold.
  void expect_end_of(Helper& launcher) {
    tracker_.write.reset();
    launcher.kill();
    launcher.wait();
    EXPECT_TRUE(ends_within(tracker_.read.get())) << "something of the container still lives";
  }

  Pipe tracker_ = make_pipe();
};

/// Starts, tells so through descriptor `told`, and waits for a violent end.
void start_and_stay(Box box, int told) {
  box.settings.stdio = {-1, told, -1};
  Container container(kernel(), std::move(box.settings));
  container.start();
  container.wait();
}

TEST_F(LauncherDeath, WhileTheProgramRuns) {
  const Pipe told = make_pipe();
  Helper launcher([&] { start_and_stay(tracked_box(), told.write.get()); });
  ASSERT_EQ(read_line(told.read.get()), "ready=yes");
  expect_end_of(launcher);
}

// Progress messages are the clock: one start differs from the next in how far it came.
TEST_F(LauncherDeath, AfterEachStepOfTheStart) {
  int steps_of_a_start = 0;
  Box box = tracked_box();
  box.params().verbose = true;
  box.settings.on_progress = [&](const std::string&) { ++steps_of_a_start; };
  box.steps({});
  run(box);
  ASSERT_GT(steps_of_a_start, 20);

  for (int steps = 0; steps <= steps_of_a_start; ++steps) {
    tracker_ = make_pipe();
    const Pipe told = make_pipe();
    Helper launcher([&] {
      Box tracked = tracked_box();
      tracked.params().verbose = true;
      tracked.settings.on_progress = [&](const std::string&) {
        EXPECT_EQ(::write(told.write.get(), "step\n", 5), 5);
      };
      Container container(kernel(), std::move(tracked.settings));
      EXPECT_EQ(::write(told.write.get(), "begin\n", 6), 6);
      container.start();
      container.wait();
    });
    for (int i = 0; i <= steps; ++i) ASSERT_NE(read_line(told.read.get()), "");
    expect_end_of(launcher);
  }
}

TEST_F(LauncherDeath, AtRandomMoments) {
  timespec delay{0, 0};
  for (int i = 0; i < 30; ++i) {
    tracker_ = make_pipe();
    const Pipe told = make_pipe();
    Helper launcher([&] {
      EXPECT_EQ(::write(told.write.get(), "begin\n", 6), 6);
      start_and_stay(tracked_box(), told.write.get());
    });
    ASSERT_EQ(read_line(told.read.get()), "begin");
    ::ppoll(nullptr, 0, &delay, nullptr);
    delay.tv_nsec = (delay.tv_nsec + 1'370'000) % 40'000'000;
    expect_end_of(launcher);
  }
}

// An embedder that forks without exec: the fork has a copy of the lifeline.
TEST_F(LauncherDeath, WithAStrayForkThatKeepsItsDescriptors) {
  for (const bool while_starting : {false, true}) {
    tracker_ = make_pipe();
    const Pipe told = make_pipe();
    Pipe stray = make_pipe();
    Helper launcher([&] {
      stray.write.reset();
      Box box = tracked_box();
      box.settings.stdio = {-1, told.write.get(), -1};
      Container container(kernel(), std::move(box.settings));
      if (while_starting) {
        container.launch();
      } else {
        container.start();
      }
      if (::fork() == 0) {
        tracker_.write.reset();
        EXPECT_EQ(::write(told.write.get(), "stray\n", 6), 6);
        char c = 0;
        (void)!::read(stray.read.get(), &c, 1);  // until the test is over
        ::_exit(0);
      }
      while (container.state() == Container::State::kStarting) container.advance();
      container.wait();
    });
    stray.read.reset();
    const std::vector<std::string> lines{read_line(told.read.get()), read_line(told.read.get())};
    EXPECT_THAT(lines, testing::UnorderedElementsAre("stray", "ready=yes"));
    expect_end_of(launcher);
  }
}

// A parent-death signal would come when the thread that made the container ends.
TEST_F(LauncherDeath, WithTheLaunchingThreadLongGone) {
  const Pipe told = make_pipe();
  const Pipe asked = make_pipe();
  Helper launcher([&] {
    Box box = tracked_box();
    box.settings.stdio = {-1, told.write.get(), -1};
    Container container(kernel(), std::move(box.settings));
    std::thread([&] { container.start(); }).join();
    EXPECT_EQ(::write(told.write.get(), "thread ended\n", 13), 13);
    container.wait();
  });
  const std::vector<std::string> lines{read_line(told.read.get()), read_line(told.read.get())};
  EXPECT_THAT(lines, testing::UnorderedElementsAre("thread ended", "ready=yes"));
  tracker_.write.reset();
  EXPECT_FALSE(ends_within(tracker_.read.get(), milliseconds(100))) << "it ended with the thread";
  expect_end_of(launcher);
}

#ifdef __SANITIZE_THREAD__
// ThreadSanitizer keeps signals back until the program calls something that it knows.
constexpr bool kSignalsInterruptCalls = false;
#else
constexpr bool kSignalsInterruptCalls = true;
#endif

class BlockedInit : public LauncherDeath, public testing::WithParamInterface<bool> {};

// No step of init's may block for longer than the launcher lives.
TEST_P(BlockedInit, EndsToo) {
  if (!kSignalsInterruptCalls) return;
  const Scratch scratch;
  const std::string fifo = scratch / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const Pipe told = make_pipe();
  Helper launcher([&] {
    Box box = tracked_box();
    box.params().verbose = true;
    box.ops().add(WaitForEver{.fifo = fifo, .in_early = GetParam()});
    box.settings.on_progress = [&](const std::string& text) {
      if (text.find("wait for ever") == std::string::npos) return;
      if (text.starts_with(GetParam() ? "early" : "apply")) {
        EXPECT_EQ(::write(told.write.get(), "blocked\n", 8), 8);
      }
    };
    Container container(kernel(), std::move(box.settings));
    container.start();
  });
  ASSERT_EQ(read_line(told.read.get()), "blocked");
  expect_end_of(launcher);
}

TEST_P(BlockedInit, IsCancelled) {
  if (!kSignalsInterruptCalls) return;
  const Scratch scratch;
  const std::string fifo = scratch / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  Box box = tracked_box();
  box.params().verbose = true;
  box.ops().add(WaitForEver{.fifo = fifo, .in_early = GetParam()});
  Container* started = nullptr;
  box.settings.on_progress = [&](const std::string& text) {
    if (text.find("wait for ever") != std::string::npos &&
        text.starts_with(GetParam() ? "early" : "apply")) {
      started->cancel();
    }
  };
  Container container(kernel(), std::move(box.settings));
  started = &container;
  try {
    container.start();
    ADD_FAILURE() << "it started";
  } catch (const StartError& e) {
    EXPECT_STREQ(e.what(), "cannot start init: it was cancelled");
  }
  tracker_.write.reset();
  EXPECT_TRUE(ends_within(tracker_.read.get(), milliseconds(0)));
}

// In the container the reaper's thread is there, too.
TEST_F(LauncherDeath, WhileInitWaitsForADescriptor) {
  if (!kSignalsInterruptCalls) return;
  const Pipe awaited = make_pipe();
  const Pipe told = make_pipe();
  Helper launcher([&] {
    Box box = tracked_box();
    box.params().verbose = true;
    box.ops().wait({.descriptor = awaited.read.get()});
    box.settings.on_progress = [&](const std::string& text) {
      if (!text.starts_with("late") || text.find("wait for") == std::string::npos) return;
      EXPECT_EQ(::write(told.write.get(), "waits\n", 6), 6);
    };
    Container container(kernel(), std::move(box.settings));
    container.start();
  });
  ASSERT_EQ(read_line(told.read.get()), "waits");
  expect_end_of(launcher);
}

TEST_F(LauncherDeath, OrACancelEndsAWaitForADescriptor) {
  if (!kSignalsInterruptCalls) return;
  const Pipe awaited = make_pipe();
  Box box = tracked_box();
  box.params().verbose = true;
  box.ops().wait({.descriptor = awaited.read.get()});
  Container* started = nullptr;
  box.settings.on_progress = [&](const std::string& text) {
    if (text.starts_with("late") && text.find("wait for") != std::string::npos) started->cancel();
  };
  Container container(kernel(), std::move(box.settings));
  started = &container;
  EXPECT_THROW(container.start(), StartError);
  tracker_.write.reset();
  EXPECT_TRUE(ends_within(tracker_.read.get(), milliseconds(0)));
}

INSTANTIATE_TEST_SUITE_P(Phases, BlockedInit, testing::Values(true, false),
                         [](const auto& i) { return std::string(i.param ? "Early" : "Apply"); });

}  // namespace
}  // namespace kekkai::kernel_tests

REGISTER_OP(kekkai::kernel_tests::WaitForEver, "test: wait for ever")
