#include "../../cli/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kekkai::cli {
namespace {

using namespace std::chrono_literals;

TEST(Report, TellsProgressWithItsTime) {
  EXPECT_EQ(
      progress_line("apply op 3 (bind / on /)", 1234567ns),
      "{\"event\":\"progress\",\"text\":\"apply op 3 (bind / on /)\",\"elapsed_ms\":1.234}\n");
  EXPECT_EQ(progress_line("attest", 2s),
            "{\"event\":\"progress\",\"text\":\"attest\",\"elapsed_ms\":2000.0}\n");
}

TEST(Report, TellsTheStart) {
  EXPECT_EQ(started_line(7, 8), "{\"event\":\"started\",\"init_pid\":7,\"pid\":8}\n");
  EXPECT_EQ(started_line(7, 0), "{\"event\":\"started\",\"init_pid\":7}\n");
}

TEST(Report, TellsWhatIsKnownOfAFailure) {
  EXPECT_EQ(failed_line({.phase = Phase::kLaunch, .reason = "out of memory"}),
            "{\"event\":\"failed\",\"message\":\"cannot start init: out of memory\","
            "\"phase\":\"launch\",\"exit_code\":125,\"reason\":\"out of memory\"}\n");
  EXPECT_EQ(failed_line({.phase = Phase::kApply,
                         .op_index = 3,
                         .op = "mkdir /a\xff",
                         .call = "mkdirat /a",
                         .error = EROFS,
                         .hint = "do this"}),
            "{\"event\":\"failed\",\"message\":\"cannot apply op 3 (mkdir /a\\ufffd): mkdirat "
            "/a: Read-only file system\",\"phase\":\"apply\",\"exit_code\":125,\"op_index\":3,"
            "\"op\":\"mkdir /a\\ufffd\",\"call\":\"mkdirat /a\",\"errno\":\"EROFS\","
            "\"hint\":\"do this\"}\n");
}

TEST(Report, TellsTheEndWithWhatWasUsed) {
  rusage usage{};
  usage.ru_utime = {.tv_sec = 1, .tv_usec = 500000};
  usage.ru_maxrss = 99;
  const std::string used =
      "\"rusage\":{\"user_seconds\":1.5,\"system_seconds\":0.0,\"max_rss_kib\":99,"
      "\"minor_faults\":0,\"major_faults\":0}}\n";
  EndReport end{.status = {.value = 3}, .usage = usage, .out_of_memory = true, .exit_code = 3};
  EXPECT_EQ(ended_line(end),
            "{\"event\":\"exited\",\"code\":3,\"timed_out\":false,\"exit_code\":3," + used);
  end.status = {.signalled = true, .value = SIGKILL};
  const std::string killed = "{\"event\":\"signalled\",\"signal\":9,\"signal_name\":\"SIGKILL\",";
  const std::string rest = "\"timed_out\":true,\"exit_code\":124," + used;
  end.timed_out = true;
  end.exit_code = 124;
  EXPECT_EQ(ended_line(end), killed + "\"out_of_memory\":true," + rest);
  end.out_of_memory = false;
  EXPECT_EQ(ended_line(end), killed + "\"out_of_memory\":false," + rest);
  end = {.status = {.signalled = true, .value = SIGTERM}, .out_of_memory = true};
  EXPECT_THAT(ended_line(end), ::testing::HasSubstr("\"out_of_memory\":false"));
}

TEST(LookAt, TellsWhatAProcessDoes) {
  EXPECT_EQ(look_at(::getpid()), Process::kRunning);
  EXPECT_EQ(look_at(0), Process::kGone);
  const pid_t child = ::fork();
  if (child == 0) {
    ::raise(SIGSTOP);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
  EXPECT_EQ(look_at(child), Process::kStopped);
  ::kill(child, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(look_at(child), Process::kGone) << "it waits to be waited for";
  ::waitpid(child, &status, 0);
}

TEST(Report, TellsATextAsAFailure) {
  EXPECT_EQ(failed_line("what", ""),
            "{\"event\":\"failed\",\"message\":\"what\",\"exit_code\":125}\n");
  EXPECT_EQ(failed_line("what", "why"),
            "{\"event\":\"failed\",\"message\":\"what\",\"exit_code\":125,\"hint\":\"why\"}\n");
}

}  // namespace
}  // namespace kekkai::cli
