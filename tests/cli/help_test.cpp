#include "../../cli/help.h"

#include "../../cli/option_manual.h"
#include "../../cli/option_text.h"
#include "../../cli/seccomp_command.h"

#include <gmock/gmock.h>

#include <sstream>

namespace kekkai::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

void expect_neat(const std::string& text) {
  EXPECT_TRUE(text.ends_with('\n'));
  for (const std::string& line : lines(text)) {
    EXPECT_LE(line.size(), 80U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
    for (const char c : line) EXPECT_TRUE(c >= ' ' && c < 0x7f) << line;  // one column each
  }
}

TEST(MainHelp, FitsAScreenBelowItsPrompt) {
  expect_neat(main_help());
  EXPECT_LT(lines(main_help()).size(), 24U);
}

TEST(MainHelp, LeadsOn) {
  for (const char* next : {"kekkai run -- ls", "kekkai run --help", "kekkai seccomp --help",
                           "man kekkai", "kekkai doctor", "kekkai replay FILE", "--version"}) {
    EXPECT_THAT(main_help(), HasSubstr(next));
  }
}

TEST(RunHelp, FitsTheWidthOfATerminal) { expect_neat(run_help()); }

TEST(DoctorHelp, FitsTheWidthOfATerminal) { expect_neat(doctor_help()); }
TEST(ExplainHelp, FitsTheWidthOfATerminal) { expect_neat(explain_help()); }

TEST(SeccompHelp, FitsTheWidthOfATerminalAndTellsEveryVerbAndFormat) {
  expect_neat(seccomp_help());
  for (const SeccompVerb& verb : seccomp_verbs()) {
    EXPECT_THAT(seccomp_help(), HasSubstr("  kekkai seccomp " + std::string(verb.name)));
    EXPECT_THAT(seccomp_help(), HasSubstr(std::string(verb.help) + "\n"));
  }
  for (const std::string_view format : export_formats()) {
    EXPECT_THAT(seccomp_help(), HasSubstr("\n                    " + std::string(format) + " "));
  }
}

TEST(RunHelp, ListsEveryOptionOnceInItsGroup) {
  const std::string help = run_help();
  size_t at = 0;
  std::string_view group;
  for (const OptionText& option : option_texts()) {
    if (option.group != group) {
      group = option.group;
      at = help.find("\n" + std::string(group) + ":\n", at);
      ASSERT_NE(at, help.npos) << group;
    }
    const std::string line = "\n  " + synopsis(option);
    at = help.find(line, at);
    ASSERT_NE(at, help.npos) << line;
    EXPECT_THAT(help.substr(at + 1), Not(HasSubstr(line + "\n"))) << line;
  }
}

TEST(RunHelp, BreaksLinesBetweenWordsOnly) {
  EXPECT_THAT(run_help(), HasSubstr("  --ro SRC[:DEST[:FLAGS]]       show SRC of the host"));
  EXPECT_THAT(run_help(), HasSubstr("  --mkdir PATH[:mode=M]         a directory"));
}

TEST(OptionTexts, TellTheKindOfEveryValueAndHaveAParagraphForTheManual) {
  for (const OptionText& option : option_texts()) {
    EXPECT_EQ(option.value.empty(), option.kind == ValueKind::kNone) << option.name;
    EXPECT_TRUE(option.manual.ends_with(".")) << option.name;
    EXPECT_EQ(find_option_text(option.name), &option);
  }
  EXPECT_EQ(find_option_text("bogus"), nullptr);
  for (const auto manuals : {option_manuals(), file_option_manuals()}) {
    for (const OptionManual& manual : manuals) {
      EXPECT_NE(find_option_text(manual.name), nullptr) << manual.name << " is no option";
    }
  }
}

}  // namespace
}  // namespace kekkai::cli
