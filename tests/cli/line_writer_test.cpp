#include "../../cli/line_writer.h"

#include <kekkai/syscall/kernel.h>

#include <gtest/gtest.h>
#include <signal.h>

namespace kekkai::cli {
namespace {

TEST(LineWriter, WritesLinesInTheirOrder) {
  Kernel k;
  auto [reader, writer] = k.pipe2("messages");
  LineWriter lines(k);
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    lines.add(writer.number(), std::to_string(i) + "\n");
    expected += std::to_string(i) + "\n";
  }
  EXPECT_EQ(lines.finish(std::chrono::seconds(60)), 0U);
  writer.reset();
  EXPECT_EQ(read_text(k, reader), expected);
}

TEST(LineWriter, NobodyWaitsForWhoDoesNotRead) {
  // The thread that writes inherits this; kekkai ignores the signal.
  sigset_t broken_pipe;
  ::sigemptyset(&broken_pipe);
  ::sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  Kernel k;
  auto [reader, writer] = k.pipe2("messages");
  LineWriter lines(k);
  const std::string line(1000, 'x');
  for (size_t i = 0; i < 3 * LineWriter::kMostWaiting; ++i) lines.add(writer.number(), line);
  EXPECT_GE(lines.finish(std::chrono::milliseconds(1)), LineWriter::kMostWaiting);
  reader.reset();  // the rest is written to nobody
  lines.finish(std::chrono::seconds(60));
  ::pthread_sigmask(SIG_UNBLOCK, &broken_pipe, nullptr);
}

TEST(LineWriter, WithoutLinesThereIsNothingToWaitFor) {
  Kernel k;
  EXPECT_EQ(LineWriter(k).finish(std::chrono::seconds(60)), 0U);
}

}  // namespace
}  // namespace kekkai::cli
