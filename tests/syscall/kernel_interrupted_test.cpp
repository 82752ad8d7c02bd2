// Calls that a signal interrupts: made again where that is harmless, ended early where waiting is.
#include <kekkai/syscall/kernel.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace kekkai {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// Interrupts the thread that made it until it is destroyed: whatever blocks sees EINTR.
class Interruptions {
 public:
  Interruptions() {
    struct sigaction count {};
    count.sa_handler = [](int) { ++seen; };  // no SA_RESTART
    sigaction(SIGUSR1, &count, &before_);
    seen = 0;
    sender_ = std::thread([this, target = pthread_self()] {
      while (!stop_) {
        pthread_kill(target, SIGUSR1);
        std::this_thread::yield();
      }
    });
  }
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;
  ~Interruptions() {
    stop_ = true;
    sender_.join();
    sigaction(SIGUSR1, &before_, nullptr);
  }
  static inline std::atomic<int> seen = 0;

 private:
  struct sigaction before_ {};
  std::atomic<bool> stop_ = false;
  std::thread sender_;
};

// Does `act` once the interruptions are under way.
std::thread after_interruptions(std::function<void()> act) {
  return std::thread([act = std::move(act)] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    const int before = Interruptions::seen;
    while (Interruptions::seen < before + 100) std::this_thread::yield();
    act();
  });
}

TEST(KernelInterrupted, ReadsAgain) {
  Kernel k;
  auto [in, out] = k.pipe2("pipe");
  const Interruptions interruptions;
  std::thread writer = after_interruptions([&, fd = Fd(out)] { k.write(fd, bytes("x")); });
  std::array<std::byte, 1> buffer{};
  EXPECT_EQ(k.read(in, buffer), 1U);
  writer.join();
}

TEST(KernelInterrupted, WritesAgain) {
  Kernel k;
  auto [in, out] = k.pipe2("pipe");
  fcntl(out.number(), F_SETPIPE_SZ, 4096);
  const std::string page(4096, 'x');
  k.write(out, bytes(page));
  const Interruptions interruptions;
  std::array<std::byte, 4096> buffer{};
  std::thread reader = after_interruptions([&, fd = Fd(in)] { k.read(fd, buffer); });
  EXPECT_EQ(k.write(out, bytes("y")), 1U);
  reader.join();
}

TEST(KernelInterrupted, WaitsAgain) {
#ifdef __SANITIZE_THREAD__
  // ThreadSanitizer holds signals back while a raw call is retried.
  GTEST_SKIP() << "not under ThreadSanitizer";
#endif
  Kernel k;
  auto [in, out] = k.pipe2("pipe");
  const pid_t pid = fork();
  if (pid == 0) {
    out.reset();
    char byte = 0;
    _exit(::read(in.number(), &byte, 1) == 0 ? 7 : 1);
  }
  const UniqueFd pidfd = k.pidfd_open(pid);
  const Interruptions interruptions;
  std::thread closer = after_interruptions([&out = out] { out.reset(); });
  EXPECT_EQ(k.waitid(pidfd), (Reaped{pid, W_EXITCODE(7, 0)}));
  closer.join();
}

TEST(KernelInterrupted, PollEndsEarlyAndFindsNothing) {
  Kernel k;
  auto [in, out] = k.pipe2("pipe");
  const Interruptions interruptions;
  std::array<PollFd, 1> fds{{{.fd = in.number(), .readable = true, .hung_up = true}}};
  k.poll(fds, std::nullopt);
  EXPECT_FALSE(fds[0].readable || fds[0].hung_up);
}

}  // namespace
}  // namespace kekkai
