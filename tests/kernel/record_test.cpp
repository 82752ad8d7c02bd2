// What was recorded of real starts comes to the same end once more, and tells no secrets.
#include "furnished_boxes.h"

#include <kekkai/replay/recording_text.h>
#include <kekkai/replay/replay.h>

#include <optional>

namespace kekkai::kernel_tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The recording of a container's whole life.
std::string record(ContainerSettings settings) {
  settings.params.verbose = true;
  std::string text = recording_header(settings, {.kernel = "this one", .machine = "this one"});
  settings.on_progress = [&](const std::string& step) { text += recorded_line(Progress{step}); };
  settings.on_call = [&](const RecordedCall& call) { text += recorded_line(call, 0); };
  try {
    Container container(kernel(), settings);
    container.start();
    text += recorded_end(container.wait());
  } catch (const StartError& e) {
    text += recorded_end(e.failure);
  }
  return text;
}

void expect_same_end(const std::string& text) {
  const Recording recording = parse_recording(text);
  const ReplayOutcome outcome = replay(recording);
  if (const auto& divergence = outcome.divergence) {
    FAIL() << "line " << divergence->line << "\nrecorded " << divergence->recorded << "\nmade     "
           << divergence->made;
  }
  EXPECT_EQ(outcome.end, recording.end);
}

class Record : public KernelTest {};

TEST_F(Record, EveryKindOfContainerEndsTheSameAgain) {
  for (const FurnishedBox& furnished : furnished_boxes()) {
    SCOPED_TRACE(furnished.name);
    const Scratch things;
    furnish(things);
    Box box = furnished.make(things);
    box.params().command = {box.probe, "exit", "3"};
    const std::string text = record(box.settings);
    EXPECT_EQ(parse_recording(text).end, RecordedEnd(ExitStatus{false, 3}));
    expect_same_end(text);
  }
}

TEST_F(Record, AFailureIsTheSameAgain) {
  Box box = bare_box();
  box.ops().bind({.source = "/no/such", .target = "/data"});
  const std::string text = record(box.settings);
  const RecordedEnd end = parse_recording(text).end;
  ASSERT_TRUE(std::holds_alternative<Failure>(end));
  EXPECT_THAT(std::get<Failure>(end).message(), HasSubstr("openat2 /no/such: No such file"));
  expect_same_end(text);
}

TEST_F(Record, AProgramThatIsNotThereIsMissingAgain) {
  Box box = bare_box();
  box.params().command = {"/no/such/program"};
  const std::string text = record(box.settings);
  EXPECT_EQ(std::get<Failure>(parse_recording(text).end).exit_code, kExitNotFound);
  expect_same_end(text);
}

TEST_F(Record, SecretsAreLeftOut) {
  constexpr const char* kSecret = "correct horse battery staple";
  Box box = bare_box();
  box.params().env = {std::string("TOKEN=") + kSecret};
  box.ops().file({.path = "/token", .content = kSecret});
  box.params().command = {box.probe, "exit", "0"};
  const std::string redacted = record(box.settings);
  EXPECT_THAT(redacted, Not(HasSubstr(kSecret)));
  EXPECT_THAT(redacted, Not(HasSubstr("636f7272656374")));  // in the request
  EXPECT_THAT(redacted, HasSubstr("TOKEN=****"));
  expect_same_end(redacted);
  box.settings.recorded_contents = RecordedContents::kKept;
  const std::string kept = record(box.settings);
  EXPECT_THAT(kept, HasSubstr(kSecret));
  expect_same_end(kept);
}

}  // namespace
}  // namespace kekkai::kernel_tests
