#include <kekkai/replay/test_source.h>

#include <fmt/format.h>

namespace kekkai {
namespace {

constexpr size_t kWidth = 90;

constexpr std::string_view kTest =
    R"(// Written by `kekkai replay --to-test`, of a start with Kekkai {version} on Linux {kernel}.
// clang-format off
#include <kekkai/replay/replay.h>

#include <gtest/gtest.h>

namespace {{

constexpr const char* kRecording =
{recording};

TEST(RecordedStart, {name}) {{
  const kekkai::Recording recording = kekkai::parse_recording(kRecording);
  const kekkai::ReplayOutcome outcome = kekkai::replay(recording);
  ASSERT_FALSE(outcome.divergence) << "line " << outcome.divergence->line << "\nrecorded "
                                   << outcome.divergence->recorded << "\nmade     "
                                   << outcome.divergence->made;
{expectations}}}

}}  // namespace
)";

// One byte in a string literal. Nothing in it can end the literal, or be taken for a trigraph, and
// octal digits never go on into what follows: there are always three.
std::string escaped(char c) {
  if (c == '"' || c == '\\') return {'\\', c};
  if (c < ' ' || c > '~' || c == '?') return fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  return std::string(1, c);
}

std::string literal(std::string_view text, std::string_view indent) {
  std::string lines;
  std::string line;
  const auto end_line = [&] {
    lines += fmt::format("{}{}\"{}\"", lines.empty() ? "" : "\n", indent, line);
    line.clear();
  };
  for (const char c : text) {
    line += c == '\n' ? "\\n" : escaped(c);
    if (c == '\n' || line.size() > kWidth - indent.size() - 6) end_line();
  }
  if (!line.empty() || lines.empty()) end_line();
  return lines;
}

std::string expectation(std::string_view what, const std::string& text) {
  return fmt::format("  EXPECT_EQ({},\n{});\n", what, literal(text, "            "));
}

std::string expectations(const Failure& failure) {
  std::string text =
      "  ASSERT_TRUE(std::holds_alternative<kekkai::Failure>(outcome.end));\n"
      "  const auto& failure = std::get<kekkai::Failure>(outcome.end);\n";
  text += expectation("failure.message()", failure.message());
  text += expectation("failure.hint", failure.hint);
  text += expectation("kekkai::phase_name(failure.phase)", phase_name(failure.phase));
  text += expectation("failure.op", failure.op);
  text += expectation("failure.call", failure.call);
  return text + fmt::format("  EXPECT_EQ(failure.error, {});\n", failure.error);
}

std::string expectations(const ExitStatus& status) {
  return fmt::format(
      "  EXPECT_EQ(outcome.end, (kekkai::RecordedEnd(kekkai::ExitStatus{{{}, {}}})));\n",
      status.signalled, status.value);
}

std::string expectations(NoEnd /*end*/) {
  return "  EXPECT_EQ(outcome.end, kekkai::RecordedEnd(kekkai::NoEnd{}));\n";
}

std::string one_word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == '_' ||
                          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_plain) word += c;
  }
  return word;
}

}  // namespace

std::string test_source(const Recording& recording, std::string_view text) {
  const bool failed = std::holds_alternative<Failure>(recording.end);
  return fmt::format(
      kTest, fmt::arg("version", one_word(recording.version)),
      fmt::arg("kernel", one_word(recording.kernel)), fmt::arg("recording", literal(text, "    ")),
      fmt::arg("name", failed ? "FailsAsItFailed" : "EndsAsItEnded"),
      fmt::arg("expectations",
               std::visit([](const auto& end) { return expectations(end); }, recording.end)));
}

}  // namespace kekkai
