// The reaper's loop, here and now: the gate is opened beforehand, so nothing waits.
#include <kekkai/init/reaper.h>
#include <kekkai/testing/mock_dispatcher.h>
#include <kekkai/testing/scripted_dispatcher.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace kekkai {
namespace {

using ::testing::ElementsAre;
using ::testing::Return;
using testing::ScriptedDispatcher;

constexpr Reaped kEnd{};

std::vector<Reaped> reported(const ScriptedDispatcher& k) {
  const std::string bytes = k.written("reaped children");
  std::vector<Reaped> all(bytes.size() / sizeof(Reaped));
  std::memcpy(all.data(), bytes.data(), bytes.size());
  return all;
}

TEST(Reaper, ReportsEveryChildAndTheEnd) {
  ScriptedDispatcher k;
  const auto [reader, writer] = k.pipe2("reaped children");
  k.end_child(2, W_EXITCODE(7, 0));
  k.end_child(31, SIGKILL);
  ChildGate gate;
  gate.child_started(true);
  run_reaper(k, gate, writer, WaitFor::kEnd);
  EXPECT_THAT(reported(k), ElementsAre(Reaped{2, W_EXITCODE(7, 0)}, Reaped{31, SIGKILL}, kEnd));
  EXPECT_EQ(k.steps().back(), "write reaped children");
}

TEST(Reaper, ReportsStopsWhereItIsToldTo) {
  ScriptedDispatcher k;
  const auto [reader, writer] = k.pipe2("reaped children");
  k.end_child(2, W_STOPCODE(SIGTSTP));
  k.end_child(2, 0);
  ChildGate gate;
  gate.child_started(true);
  k.clear_transcript();
  run_reaper(k, gate, writer, WaitFor::kEndOrStop);
  EXPECT_THAT(reported(k), ElementsAre(Reaped{2, W_STOPCODE(SIGTSTP)}, Reaped{2, 0}, kEnd));
  EXPECT_EQ(k.steps().front(), "wait4 WUNTRACED");
}

TEST(Reaper, EndsWhereTheInitialProcessWasReapedBeforeItWasLookedFor) {
  ScriptedDispatcher k;
  const auto [reader, writer] = k.pipe2("reaped children");
  ChildGate gate;
  gate.child_started(true);
  run_reaper(k, gate, writer, WaitFor::kEnd);
  EXPECT_THAT(reported(k), ElementsAre(kEnd));
}

// Between daemons and the initial process there may be no child at all. It may start right after
// the wait that found none: then there is one more to wait for, and that without waiting for news.
TEST(Reaper, GoesOnWhereTheInitialProcessIsStillToCome) {
  ::testing::NiceMock<testing::MockDispatcher> k;
  ChildGate gate;
  gate.child_started(false);
  std::vector<Reaped> told;
  ON_CALL(k, write).WillByDefault([&](Fd, std::span<const std::byte> data) {
    std::memcpy(&told.emplace_back(), data.data(), sizeof(Reaped));
    return data.size();
  });
  EXPECT_CALL(k, wait4)
      .WillOnce(Return(Reaped{2, 0}))
      .WillOnce([&] {
        gate.child_started(true);
        return std::nullopt;
      })
      .WillOnce(Return(Reaped{3, W_EXITCODE(7, 0)}))
      .WillOnce(Return(std::nullopt));
  run_reaper(k, gate, Fd(9, "reaped children"), WaitFor::kEnd);
  EXPECT_THAT(told, ElementsAre(Reaped{2, 0}, Reaped{3, W_EXITCODE(7, 0)}, kEnd));
}

// Whether a thread of ours sleeps, as the kernel tells it (proc_pid_stat(5)).
bool is_asleep(pid_t thread) {
  std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string text;
  std::getline(stat, text);
  const size_t name_end = text.rfind(") ");
  return name_end != text.npos && text[name_end + 2] == 'S';
}

TEST(Reaper, WaitsForNoChildBeforeThereIsOne) {
  ::testing::NiceMock<testing::MockDispatcher> k;
  ChildGate gate;
  std::atomic<int> looks = 0;
  std::atomic<int> too_early = 0;
  ON_CALL(k, write).WillByDefault([](Fd, std::span<const std::byte> data) { return data.size(); });
  ON_CALL(k, wait4).WillByDefault([&](WaitFor) -> std::optional<Reaped> {
    // The second look has to wait for the second child.
    if (gate.seen().started < static_cast<unsigned>(++looks)) ++too_early;
    if (looks > 9) throw SyscallError(EIO, "wait4");  // or it would never end
    return std::nullopt;
  });
  std::atomic<pid_t> thread = 0;
  std::thread reaper([&] {
    thread = static_cast<pid_t>(::syscall(SYS_gettid));
    try {
      run_reaper(k, gate, Fd(9, "reaped children"), WaitFor::kEnd);
    } catch (const SyscallError&) {
      ++too_early;
    }
  });
  // It waits at the gate, or has looked when it should not have.
  const auto await_looks = [&](int allowed) {
    while (looks <= allowed && !(looks == allowed && thread != 0 && is_asleep(thread))) {
      std::this_thread::yield();
    }
  };
  await_looks(0);
  gate.child_started(false);
  await_looks(1);
  gate.child_started(true);
  reaper.join();
  EXPECT_EQ(looks, 2);
  EXPECT_EQ(too_early, 0);
}

TEST(Reaper, StopsWhereNobodyReadsAnyMore) {
  ScriptedDispatcher k;
  const auto [reader, writer] = k.pipe2("reaped children");
  k.end_child(2, 0);
  k.fail_call("write reaped children", EPIPE);
  ChildGate gate;
  gate.child_started(true);
  EXPECT_THROW(run_reaper(k, gate, writer, WaitFor::kEnd), SyscallError);
}

TEST(ReadReaped, TakesWhatIsThereAndLeavesTheRest) {
  ScriptedDispatcher k;
  const auto [reader, writer] = k.pipe2("reaped children");
  for (pid_t pid = 2; pid < 300; ++pid) {
    const Reaped reaped{pid, 0};
    k.write(writer, std::as_bytes(std::span(&reaped, 1)));
  }
  EXPECT_EQ(read_reaped(k, reader).size(), 256U);
  const std::vector<Reaped> rest = read_reaped(k, reader);
  ASSERT_EQ(rest.size(), 42U);
  EXPECT_EQ(rest.back(), (Reaped{299, 0}));
}

TEST(ReadReaped, FindsNothingWhereTheReaperHasEnded) {
  ScriptedDispatcher k;
  auto [reader, writer] = k.pipe2("reaped children");
  writer.reset();
  EXPECT_THAT(read_reaped(k, reader), ElementsAre());
}

TEST(ChildGate, KnowsHowManyChildrenAndWhetherTheInitialProcessIsAmongThem) {
  ChildGate gate;
  EXPECT_EQ(gate.seen().started, 0U);
  gate.child_started(false);
  EXPECT_EQ(gate.seen().started, 1U);
  EXPECT_FALSE(gate.seen().initial);
  gate.child_started(true);
  gate.child_started(false);
  EXPECT_EQ(gate.seen().started, 3U);
  EXPECT_TRUE(gate.seen().initial);
  gate.wait_beyond({});
  gate.wait_beyond({.started = 2});
}

}  // namespace
}  // namespace kekkai
