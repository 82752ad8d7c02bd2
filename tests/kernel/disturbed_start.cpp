#include "disturbed_start.h"

#include <sys/wait.h>

#include <algorithm>
#include <sstream>

namespace kekkai::kernel_tests {
namespace {

void run_to_the_end(Dispatcher& k, ContainerSettings settings, DisturbedStart& outcome) {
  Container container(k, std::move(settings));
  try {
    container.start();
    outcome.status = container.wait();
  } catch (const StartError& e) {
    outcome.failure = e.failure;
  } catch (const InitLost& e) {
    outcome.lost = e.what();
  } catch (const std::exception& e) {
    ADD_FAILURE() << "not announced: " << e.what();
  }
}

// Everything up to the end of all who hold the other end.
std::vector<std::string> lines_until_end(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    if (!is_readable_within(fd, kPatience)) {
      ADD_FAILURE() << "a process of the container still lives";
      break;
    }
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

bool DisturbedStart::started() const { return std::ranges::find(said, kProgramRuns) != said.end(); }

bool DisturbedStart::ran_to_its_end() const { return started() && status == ExitStatus{false, 0}; }

std::string DisturbedStart::in_words() const {
  std::string text = started() ? "The program ran" : "The program did not run";
  if (failure) text += "; " + failure->message();
  if (!lost.empty()) text += "; " + lost;
  if (status) text += "; it ended with " + std::to_string(status->code());
  for (const std::string& line : said) text += "\n  said: " + line;
  return text;
}

void let_program_tell(Box& box) {
  box.steps({"write", "/proc/self/fd/" + std::to_string(CallPlan::kTracker),
             std::string(kProgramRuns) + "\n"});
}

DisturbedStart start_disturbed(Dispatcher& k, Box box, const CallPlan& plan) {
  ::alarm(kStartSeconds);
  const std::vector<std::string> descriptors = open_descriptors();
  DisturbedStart outcome;
  {
    Pipe tracker = make_pipe();
    box.settings.stdio = {-1, tracker.write.get(), tracker.write.get()};
    plan.give_to(box);
    run_to_the_end(k, std::move(box.settings), outcome);
    tracker.write.reset();
    outcome.said = lines_until_end(tracker.read.get());
  }
  EXPECT_EQ(open_descriptors(), descriptors);
  while (::waitpid(-1, nullptr, 0) > 0) ++outcome.children_left;
  return outcome;
}

}  // namespace kekkai::kernel_tests
