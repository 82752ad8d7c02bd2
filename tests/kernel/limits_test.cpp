// Limits that a start runs into, and what a start costs.
#include "box.h"

#include <sys/resource.h>

#include <algorithm>
#include <sstream>

namespace kekkai::kernel_tests {
namespace {

using testing::HasSubstr;

class Limits : public KernelTest {};

void set_soft_limit(__rlimit_resource resource, rlim_t value) {
  rlimit limit{};
  ::getrlimit(resource, &limit);
  limit.rlim_cur = value;
  ASSERT_EQ(::setrlimit(resource, &limit), 0);
}

/// How the start ended: "started", or the failure's message.
Failure try_to_run(Box box) {
  try {
    Container container(kernel(), std::move(box.settings));
    container.start();
    EXPECT_EQ(container.wait().code(), 0);
  } catch (const StartError& e) {
    return e.failure;
  }
  return {};
}

// From hopeless to enough: every start succeeds, or says that it was the files.
TEST_F(Limits, OnOpenFilesAreSaid) {
#ifdef __SANITIZE_ADDRESS__
  return;  // UBSan, which comes with it, asks with a pipe whether an exception is a valid object
#endif
  in_child([] {
    const OwnedFd last(::dup(0));
    const auto in_use = static_cast<rlim_t>(last.get());
    bool started = false;
    std::vector<std::string> messages;
    for (rlim_t limit = in_use; limit < in_use + 64 && !started; ++limit) {
      set_soft_limit(RLIMIT_NOFILE, limit);
      const Failure failure = try_to_run(bare_box().steps({}));
      started = failure == Failure{};
      if (started) continue;
      messages.push_back(failure.message());
      EXPECT_EQ(failure.exit_code, kExitSetupFailed);
      EXPECT_EQ(failure.error, EMFILE) << failure.message();
      EXPECT_THAT(failure.message(), HasSubstr("Too many open files"));
      EXPECT_THAT(failure.hint, HasSubstr("ulimit -n")) << failure.message();
    }
    EXPECT_TRUE(started);
    ASSERT_FALSE(messages.empty());
    EXPECT_EQ(messages.front(),
              "cannot start init: memfd_create setup stream: Too many open files");
  });
}

// The limit counts a user's processes; root may have more.
TEST_F(Limits, OnProcessesAreSaid) {
  if (is_root()) return;
  in_child([] {
    bool started = false, failed = false;
    for (rlim_t limit = 1; limit < 4096 && !started; limit = limit < 64 ? limit + 1 : limit * 2) {
      set_soft_limit(RLIMIT_NPROC, limit);
      const Failure failure = try_to_run(bare_box().steps({}));
      started = failure == Failure{};
      if (started) continue;
      failed = true;
      EXPECT_EQ(failure.error, EAGAIN) << failure.message();
      EXPECT_THAT(failure.message(), HasSubstr("clone ("));
      EXPECT_THAT(failure.hint, HasSubstr("ulimit -u")) << failure.message();
      EXPECT_EQ(failure.exit_code, kExitSetupFailed);
      if (limit == 1) {
        EXPECT_EQ(failure.message(),
                  "cannot start init: clone (user|pid|mnt|ipc|uts|cgroup|net): Resource "
                  "temporarily unavailable");
      }
    }
    EXPECT_TRUE(failed);
    EXPECT_TRUE(started);
  });
}

long kilobytes(const std::string& status, const std::string& name) {
  std::istringstream lines(status.substr(status.find(name + ":") + name.size() + 1));
  long value = -1;
  lines >> value;
  return value;
}

// runc #3973. A sanitizer's run-time has its share in these numbers.
TEST_F(Limits, MemoryOfAStartIsBounded) {
  constexpr long kCeiling = 128L << 10;
  constexpr size_t kEmbedder = 256U << 20;
  const std::vector<char> memory(kEmbedder, 'x');
  Running running(bare_box().steps({"ready", "--", "await-end-of-input"}));
  running.expect_line("ready=yes");
  const std::string init =
      read_file("/proc/" + std::to_string(running.container().init_pid()) + "/status");
  EXPECT_GT(kilobytes(init, "VmHWM"), 0);
  EXPECT_LT(kilobytes(init, "VmHWM"), kCeiling);
  running.end_input();
  EXPECT_EQ(running.wait().code(), 0);
  EXPECT_EQ(memory[kEmbedder / 2], 'x');
}

TEST_F(Limits, StartsDoNotAddUpInTheEmbedder) {
  in_child([] {
    const auto resident = [] { return kilobytes(read_file("/proc/self/status"), "VmRSS"); };
    for (int i = 0; i < 20; ++i) run(bare_box().steps({}));
    const long before = resident();
    for (int i = 0; i < 60; ++i) run(bare_box().steps({}));
    EXPECT_LT(resident() - before, 16L << 10);
  });
}

TEST_F(Limits, AThousandOpsAreFine) {
  const Scratch scratch;
  Box box = bare_box();
  for (int i = 0; i < 500; ++i) {
    const std::string path = "/many/" + std::to_string(i);
    box.ops().bind({.source = scratch.path(), .target = path}).mkdir({.path = path + "x"});
  }
  const Seen seen = probe(std::move(box), {"list", "/many"});
  const std::string names = seen["list./many"];
  EXPECT_EQ(std::ranges::count(names, ' '), 999);
}

// More than a pipe or a socket holds at a time.
TEST_F(Limits, LargeRequestsArrive) {
  Box box = bare_box();
  const std::string content(5 << 20, 'x');
  box.ops().file({.path = "/large", .content = content});
  EXPECT_EQ(run(box.steps({"copy", "/large"})).output, content);
}

}  // namespace
}  // namespace kekkai::kernel_tests
