// Container with Boost.Asio.
#include "box.h"

#include <kekkai/launcher/async.h>

#include <signal.h>
#include <sys/wait.h>

#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace kekkai::kernel_tests {
namespace {

namespace asio = boost::asio;

class Async : public KernelTest {
 protected:
  asio::io_context loop_;
};

TEST_F(Async, StartsAndWaits) {
  Container container(kernel(), bare_box().steps({"exit", "7"}).settings);
  bool started = false, ended = false;
  async_start(container, loop_.get_executor(), [&](std::exception_ptr failure) {
    EXPECT_EQ(failure, nullptr);
    started = true;
    async_wait(container, loop_.get_executor(), [&](std::exception_ptr error) {
      EXPECT_EQ(error, nullptr);
      ended = true;
    });
  });
  EXPECT_FALSE(started) << "a completion never comes before the call has returned";
  loop_.run();
  EXPECT_TRUE(started);
  EXPECT_TRUE(ended);
  EXPECT_EQ(container.exit_status(), (ExitStatus{false, 7}));
}

TEST_F(Async, FailureOfAStartArrives) {
  Box box = bare_box();
  box.params().command = {"/missing"};
  Container container(kernel(), std::move(box.settings));
  std::exception_ptr failure;
  async_start(container, loop_.get_executor(), [&](std::exception_ptr e) { failure = e; });
  loop_.run();
  ASSERT_NE(failure, nullptr);
  try {
    std::rethrow_exception(failure);
  } catch (const StartError& e) {
    EXPECT_EQ(e.failure.exit_code, kExitNotFound);
    EXPECT_STREQ(e.what(), "cannot execute /missing: No such file or directory");
  }
  EXPECT_EQ(container.state(), Container::State::kEnded);
}

TEST_F(Async, FailureToMakeInitIsThrown) {
  Box box = bare_box();
  box.settings.init = {.path = "/missing/init"};
  Container container(kernel(), std::move(box.settings));
  const auto never = [](std::exception_ptr) { ADD_FAILURE() << "called"; };
  EXPECT_THROW(async_start(container, loop_.get_executor(), never), StartError);
  loop_.run();
}

TEST_F(Async, LossOfInitArrives) {
  Running running(bare_box().steps({"ready", "--", "hold"}));
  running.expect_line("ready=yes");
  bool lost = false;
  async_wait(running.container(), loop_.get_executor(), [&](std::exception_ptr error) {
    EXPECT_EQ(error, nullptr);
    EXPECT_THROW(running.container().exit_status(), InitLost);
    lost = true;
  });
  ::kill(running.container().init_pid(), SIGKILL);
  loop_.run();
  EXPECT_TRUE(lost);
}

// The end may be read together with the start; nothing more comes while a process is left then.
TEST_F(Async, EndIsToldThoughItIsKnownAlready) {
  Box box = bare_box();
  box.settings.ends_with_program = true;
  std::optional<Container> container;
  container.emplace(kernel(), box.steps({"background", "--", "hold"}).settings);
  container->start();
  container->wait();
  bool ended = false;
  async_wait(*container, loop_.get_executor(), [&](std::exception_ptr error) {
    EXPECT_EQ(error, nullptr);
    ended = true;
  });
  EXPECT_FALSE(ended) << "a completion never comes before the call has returned";
  loop_.poll();
  EXPECT_TRUE(ended);
  const pid_t init = container->init_pid();
  container.reset();
  EXPECT_EQ(::waitpid(init, nullptr, 0), init) << "whoever asks not to wait for it does so here";
}

TEST_F(Async, ManyRunInOneLoop) {
  std::vector<std::unique_ptr<Container>> containers;
  int ended = 0;
  for (int i = 0; i < 5; ++i) {
    containers.push_back(std::make_unique<Container>(
        kernel(), bare_box().steps({"exit", std::to_string(i)}).settings));
    Container& container = *containers.back();
    async_start(container, loop_.get_executor(), [&](std::exception_ptr) {
      async_wait(container, loop_.get_executor(), [&](std::exception_ptr) { ++ended; });
    });
  }
  loop_.run();
  EXPECT_EQ(ended, 5);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(containers[static_cast<size_t>(i)]->exit_status().code(), i);
}

TEST_F(Async, CancelFromTheLoopEndsIt) {
  Box box = bare_box();
  box.params().kill_delay = std::chrono::milliseconds(100);
  Container container(kernel(), box.steps({"ignore", "--", "hold"}).settings);
  async_start(container, loop_.get_executor(), [&](std::exception_ptr) {
    container.cancel();
    async_wait(container, loop_.get_executor(), [](std::exception_ptr) {});
  });
  loop_.run();
  EXPECT_TRUE(container.exit_status().signalled);
}

TEST_F(Async, WorksInCoroutines) {
  Container container(kernel(), bare_box().steps({"exit", "7"}).settings);
  Box failing = bare_box();
  failing.params().command = {"/missing"};
  Container never(kernel(), std::move(failing.settings));
  bool failed = false;
  const auto both = [&]() -> asio::awaitable<void> {
    co_await async_start(container, loop_.get_executor(), asio::use_awaitable);
    co_await async_wait(container, loop_.get_executor(), asio::use_awaitable);
    try {
      co_await async_start(never, loop_.get_executor(), asio::use_awaitable);
    } catch (const StartError&) {
      failed = true;
    }
  };
  asio::co_spawn(loop_, both(), asio::detached);
  loop_.run();
  EXPECT_EQ(container.exit_status().code(), 7);
  EXPECT_TRUE(failed);
}

TEST_F(Async, LeavesNoDescriptorBehind) {
  const auto before = open_descriptors();
  for (int i = 0; i < 20; ++i) {
    asio::io_context loop;
    Container container(kernel(), bare_box().steps({"exit", "0"}).settings);
    async_start(container, loop.get_executor(), [&](std::exception_ptr) {
      async_wait(container, loop.get_executor(), [](std::exception_ptr) {});
    });
    loop.run();
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace kekkai::kernel_tests
