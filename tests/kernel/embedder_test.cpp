// Programs that embed Kekkai do odd things to signals, children, threads and descriptors.
#include "box.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <atomic>
#include <thread>

namespace kekkai::kernel_tests {
namespace {

class Embedder : public KernelTest {};

TEST_F(Embedder, MayIgnoreItsChildren) {
  in_child([] {
    ::signal(SIGCHLD, SIG_IGN);
    EXPECT_EQ(run(bare_box().steps({"exit", "7"})).status, (ExitStatus{false, 7}));
    EXPECT_EQ(run(bare_box().steps({"die", "9"})).status, (ExitStatus{true, 9}));
    Box box = bare_box();
    box.params().command = {"/missing"};
    EXPECT_EQ(start_failure(std::move(box)).exit_code, kExitNotFound);
  });
}

TEST_F(Embedder, MayWaitForEveryChildThereIs) {
  in_child([] {
    std::atomic<bool> done = false;
    std::thread thief([&] {
      while (!done) {
        if (::waitpid(-1, nullptr, 0) < 0) std::this_thread::yield();
      }
    });
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(run(bare_box().steps({"exit", "7"})).status, (ExitStatus{false, 7}));
    }
    Box box = bare_box();
    box.params().command = {"/missing"};
    EXPECT_EQ(start_failure(std::move(box)).exit_code, kExitNotFound);
    box = bare_box();
    box.settings.init = {.path = "/missing/init"};
    EXPECT_EQ(start_failure(std::move(box)).exit_code, kExitSetupFailed);
    done = true;
    thief.join();
  });
}

std::atomic<pid_t> embedders_pid;
std::atomic<int> handled_here, handled_elsewhere;

void count_signal(int /*signo*/) {
  const bool here = ::syscall(SYS_getpid) == embedders_pid.load();
  (here ? handled_here : handled_elsewhere).fetch_add(1);
}

// The child shares our memory until it executes: a handler of ours in it would count here.
TEST_F(Embedder, HandlersRunInItselfOnly) {
  in_child([] {
    ::setsid();  // signals to the group are ours alone
    embedders_pid = ::getpid();
    struct sigaction action {};
    action.sa_handler = count_signal;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGWINCH, &action, nullptr);
    std::atomic<bool> done = false;
    std::thread sender([&] {
      while (!done) {
        ::kill(0, SIGWINCH);
        std::this_thread::yield();
      }
    });
    for (int i = 0; i < 25; ++i) {
      EXPECT_EQ(run(bare_box().steps({"exit", "7"})).status.code(), 7);
    }
    done = true;
    sender.join();
    EXPECT_GT(handled_here, 0);
    EXPECT_EQ(handled_elsewhere, 0);
  });
}

TEST_F(Embedder, MayRunContainersInSeveralThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&right, t] {
      for (int i = 0; i < 5; ++i) {
        const OwnedFd file = make_memory_file("file of thread " + std::to_string(t));
        Box box = bare_box();
        box.settings.extra_files = {{file.get(), 5}};
        const Outcome outcome = run(box.steps(
            {"descriptors", "--", "read-descriptor", "5", "--", "exit", std::to_string(t)}));
        if (outcome.status.code() == t && outcome.seen["fds"] == "0 1 2 5" &&
            outcome.seen["fd.5"] == "file of thread " + std::to_string(t)) {
          ++right;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 15);
}

TEST_F(Embedder, MayStartOneAndWaitInAnotherThread) {
  std::unique_ptr<Running> running;
  std::thread([&] {
    running =
        std::make_unique<Running>(bare_box().steps({"await-end-of-input", "--", "exit", "3"}));
  }).join();
  running->end_input();
  ExitStatus status;
  std::thread([&] { status = running->wait(); }).join();
  EXPECT_EQ(status.code(), 3);
}

TEST_F(Embedder, SeveralContainersRunAtATime) {
  std::vector<std::unique_ptr<Running>> containers;
  for (int i = 0; i < 5; ++i) {
    containers.push_back(std::make_unique<Running>(
        bare_box().steps({"ready", "--", "await-end-of-input", "--", "exit", std::to_string(i)})));
  }
  for (const auto& container : containers) container->expect_line("ready=yes");
  // One's lifeline must not be open in another one.
  for (size_t i : {2U, 0U, 4U, 1U, 3U}) {
    containers[i]->end_input();
    EXPECT_EQ(containers[i]->wait().code(), static_cast<int>(i));
  }
}

TEST_F(Embedder, DestroyingAContainerEndsIt) {
  Running running(
      bare_box().steps({"leave-behind", "2", "--", "ignore", "--", "ready", "--", "hold"}));
  running.expect_line("ready=yes");
  Running other(bare_box().steps({"ready", "--", "await-end-of-input"}));
  other.expect_line("ready=yes");
  running.destroy();
  EXPECT_TRUE(running.is_gone_within(std::chrono::milliseconds(0)));
  other.end_input();
  EXPECT_EQ(other.wait().code(), 0);
}

TEST_F(Embedder, DestroyingAStartingContainerEndsIt) {
  for (int i = 0; i < 10; ++i) {
    Pipe tracker = make_pipe();
    Box box = bare_box();
    box.settings.extra_files = {{tracker.write.get(), 5}};
    {
      Container container(kernel(), box.steps({"ignore", "--", "hold"}).settings);
      container.launch();
    }
    tracker.write.reset();
    EXPECT_TRUE(ends_within(tracker.read.get(), std::chrono::milliseconds(0)));
  }
}

TEST_F(Embedder, AContainerStartsOnce) {
  Container container(kernel(), bare_box().steps({"exit", "0"}).settings);
  EXPECT_THROW(container.wait(), std::logic_error);
  container.start();
  EXPECT_THROW(container.start(), std::logic_error);
  EXPECT_EQ(container.wait().code(), 0);
  EXPECT_THROW(container.start(), std::logic_error);
}

class Leaks : public KernelTest {
 protected:
  /// Runs it once, for what is made once, and then again and again.
  static void expect_none(const std::function<void()>& action, int times) {
    action();
    const auto before = open_descriptors();
    for (int i = 0; i < times; ++i) action();
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was left";
  }
};

TEST_F(Leaks, NoneAfterAHundredContainers) {
  expect_none([] { run(bare_box().steps({"exit", "0"})); }, 100);
}

TEST_F(Leaks, NoneAfterFailures) {
  expect_none(
      [] {
        Box early = bare_box();
        early.ops().bind({.source = "/missing", .target = "/data"});
        start_failure(std::move(early));
        Box late = bare_box();
        late.params().command = {"/missing"};
        start_failure(std::move(late));
        Box launch = bare_box();
        launch.settings.init = {.path = "/missing/init"};
        start_failure(std::move(launch));
        Box extra = bare_box();
        extra.settings.extra_files = {{987, 3}};
        start_failure(std::move(extra));
      },
      10);
}

TEST_F(Leaks, NoneAfterContainersThatWereLetGo) {
  expect_none(
      [] {
        Container starting(kernel(), bare_box().steps({"hold"}).settings);
        starting.launch();
        Container running(kernel(), bare_box().steps({"hold"}).settings);
        running.start();
        Container never(kernel(), bare_box().settings);
      },
      10);
}

}  // namespace
}  // namespace kekkai::kernel_tests
