#include "recorded_start.h"

#include <kekkai/replay/test_source.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

namespace kekkai {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kExample = KEKKAI_GOLDEN "/../../examples/recorded_start_test.cpp";

// The example is one of the tests, too: see tests/CMakeLists.txt.
TEST(TestSource, IsWhatTheExampleIs) {
  RecordedStart recorded;
  recorded.start.settings.params.command = {"true"};
  recorded.start.settings.params.ops.bind({.source = "/srv/data", .target = "/data"});
  recorded.run();
  const std::string source = test_source(parse_recording(recorded.text), recorded.text);
  if (::getenv("KEKKAI_UPDATE_GOLDEN") != nullptr) std::ofstream(kExample) << source;
  std::ostringstream example;
  example << std::ifstream(kExample).rdbuf();
  EXPECT_EQ(example.str(), source);
}

TEST(TestSource, NothingInARecordingEndsItsLiteral) {
  Recording recording;
  recording.version = "0.1\n*/ evil()";
  recording.end = Failure{.reason = "\");\nevil(\"\x1b\\"};
  const std::string source = test_source(recording, "a\"); evil(\"\\\n\?\?/");
  EXPECT_THAT(source, HasSubstr("Kekkai 0.1evil on Linux"));
  EXPECT_THAT(source, HasSubstr(R"("a\"); evil(\"\\\n")"));
  EXPECT_THAT(source, HasSubstr(R"("\077\077/")"));
  EXPECT_THAT(source, HasSubstr(R"(\");\n")"));
  EXPECT_THAT(source, HasSubstr(R"("evil(\"\033\\")"));
  EXPECT_THAT(source, Not(HasSubstr("\n*/")));
}

}  // namespace
}  // namespace kekkai
