// What was recorded of a start comes to the same end once more: for every realistic container, as
// it is, and with a sample of all faults.
#include "recorded_start.h"

#include <kekkai/testing/plausible_errors.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace kekkai {
namespace {

using ::testing::HasSubstr;
using Fault = RecordedStart::Fault;

// Every so many calls one fails; the containers begin at different ones.
constexpr size_t kBetweenFaults = 41;

class Replayed : public ::testing::TestWithParam<RealisticContainer> {
 protected:
  static void furnish(RecordedStart& recorded) {
    furnish_host(recorded.start);
    GetParam().furnish(recorded.start);
  }

  // As it was recorded, and what is left of the launcher's failure.
  static void expect_same_end(const RecordedStart& recorded) {
    const Recording recording = parse_recording(recorded.text);
    const ReplayOutcome outcome = replay(recording);
    EXPECT_FALSE(outcome.divergence) << text_of(outcome.divergence);
    EXPECT_TRUE(outcome.end == recording.end) << message_of(outcome.end) << "\nand not\n"
                                              << message_of(recording.end);
  }

  static std::string message_of(const RecordedEnd& end) {
    if (const auto* failure = std::get_if<Failure>(&end)) return failure->message();
    return std::holds_alternative<ExitStatus>(end) ? "it ended" : "nobody knows";
  }

  static void try_fault(const std::vector<std::string>& calls, Fault fault) {
    const auto errors = testing::plausible_errors(calls[fault.index]);
    if (errors.empty()) return;
    fault.error = errors[fault.index % errors.size()];
    SCOPED_TRACE(calls[fault.index] + ": " + errno_name(fault.error));
    RecordedStart recorded;
    furnish(recorded);
    recorded.run({fault});
    expect_same_end(recorded);
  }
};

TEST_P(Replayed, ComesToTheSameEnd) {
  RecordedStart recorded;
  furnish(recorded);
  recorded.run();
  ASSERT_FALSE(recorded.start.failure) << recorded.start.failure->message();
  expect_same_end(recorded);
}

TEST_P(Replayed, ComesToTheSameEndWithContents) {
  RecordedStart recorded;
  furnish(recorded);
  recorded.start.settings.recorded_contents = RecordedContents::kKept;
  recorded.run();
  expect_same_end(recorded);
}

TEST_P(Replayed, FailsAsItFailed) {
  RecordedStart undisturbed;
  furnish(undisturbed);
  undisturbed.run();
  const size_t first = std::hash<std::string>()(GetParam().name) % kBetweenFaults;
  for (const bool is_of_init : {false, true}) {
    const auto& calls = is_of_init ? undisturbed.init_calls : undisturbed.launcher_calls;
    for (size_t i = first % calls.size(); i < calls.size(); i += kBetweenFaults) {
      try_fault(calls, {.is_of_init = is_of_init, .index = i});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Replayed, ::testing::ValuesIn(realistic_containers()),
                         [](const auto& test) { return test.param.name; });

class Replay : public ::testing::Test {
 protected:
  Replay() {
    furnish_host(recorded.start);
    realistic_containers().front().furnish(recorded.start);
  }

  // The line of the recording in which `text` is, from 1.
  size_t line_with(const std::string& text) const {
    const size_t at = recorded.text.find(text);
    return 1 + static_cast<size_t>(std::count(recorded.text.begin(),
                                              recorded.text.begin() + static_cast<long>(at), '\n'));
  }
  void replace(const std::string& what, const std::string& with) {
    recorded.text.replace(recorded.text.find(what), what.size(), with);
  }
  std::string refusal() const {
    try {
      replay(parse_recording(recorded.text));
    } catch (const RecordingError& e) {
      return e.what();
    }
    return "it was understood";
  }

  RecordedStart recorded;
};

TEST_F(Replay, TellsTheFirstCallThatIsAnother) {
  recorded.run();
  const size_t line = line_with(R"("call":"pivot_root","operands":{"put_old":"host"})");
  replace(R"({"put_old":"host"})", R"({"put_old":"elsewhere"})");
  const ReplayOutcome outcome = replay(parse_recording(recorded.text));
  EXPECT_EQ(outcome.divergence, (Divergence{line, R"(pivot_root {"put_old":"elsewhere"})",
                                            R"(pivot_root {"put_old":"host"})"}));
}

TEST_F(Replay, TellsThatTheRecordingEndsTooEarly) {
  recorded.run();
  recorded.text.erase(recorded.text.find("\n", recorded.text.find("\"pivot_root\"")) + 1);
  const ReplayOutcome outcome = replay(parse_recording(recorded.text));
  ASSERT_TRUE(outcome.divergence);
  EXPECT_EQ(outcome.divergence->recorded, "");
  EXPECT_NE(outcome.divergence->made, "");
}

TEST_F(Replay, RefusesAnAnswerThatIsNone) {
  recorded.run();
  const size_t line = line_with(R"("call":"statx")");
  const size_t at = recorded.text.find(R"("result":{"mode":)");
  recorded.text.insert(at + 17, "\"a\",\"x\":");
  EXPECT_EQ(refusal(), "line " + std::to_string(line) + ": a number is none, or too large");
}

TEST_F(Replay, RefusesMoreThanWasAskedFor) {
  recorded.run();
  replace(R"("buffer":4096},"result":"")", R"("buffer":4096},"result":{"size":16385})");
  EXPECT_THAT(refusal(), HasSubstr(": there is more than was asked for"));
}

TEST(ParseRecording, NamesTheLine) {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      parse_recording(text);
    } catch (const RecordingError& e) {
      return e.what();
    }
    return "it was understood";
  };
  const std::string header = recording_header({}, {.kernel = "6.1.0", .machine = "x86_64"});
  EXPECT_EQ(refusal(""), "the file is empty");
  EXPECT_EQ(refusal("x\n"), "line 1: that is not JSON");
  EXPECT_EQ(refusal("[]\n"), "line 1: that is no recording of Kekkai");
  EXPECT_EQ(refusal("{\"kekkai_recording\":2,\"kekkai\":\"9.8.7\"}\n"),
            "line 1: Kekkai 9.8.7 wrote it in format 2, this is Kekkai " KEKKAI_VERSION
            ", which reads format 1");
  EXPECT_EQ(refusal("{\"kekkai_recording\":1}\n"), "line 1: \"kekkai\" is missing");
  EXPECT_EQ(refusal(header), "line 1: there is no command");
  EXPECT_EQ(refusal(std::string(100, '[') + "\n"), "line 1: it is nested too deeply");
}

// What another version asks for cannot be told from nonsense: the version is told first.
TEST(ParseRecording, NamesTheVersionThatIsNotUnderstood) {
  ContainerSettings settings;
  settings.params.command = {"true"};
  const auto refusal_after = [&](const std::string& version, const std::string& more_request) {
    std::string text = recording_header(settings, {.kernel = "6.1.0", .machine = "x86_64"});
    const std::string ours = "\"kekkai\":\"" KEKKAI_VERSION "\"";
    text.replace(text.find(ours), ours.size(), "\"kekkai\":\"" + version + "\"");
    text.insert(text.rfind('"'), more_request);
    try {
      parse_recording(text);
    } catch (const RecordingError& e) {
      return std::string(e.what());
    }
    return std::string("it was understood");
  };
  EXPECT_EQ(refusal_after("9.8.7", ""), "it was understood");
  EXPECT_EQ(refusal_after("9.8.7", "00"),
            "line 1: Kekkai 9.8.7 wrote it, this is Kekkai " KEKKAI_VERSION
            ", which does not understand what was asked for: there are bytes after its end");
  EXPECT_EQ(refusal_after(KEKKAI_VERSION, "00"), "line 1: there are bytes after its end");
}

}  // namespace
}  // namespace kekkai
