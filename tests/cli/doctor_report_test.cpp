// How `kekkai doctor` tells what it has found, and what it can be asked.
#include "../../cli/doctor_report.h"

#include "../../cli/command_line.h"
#include "../../cli/json_line.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kekkai::cli {
namespace {

using ::testing::HasSubstr;

std::vector<Examined> small_report() {
  return {{{.name = "kernel", .cost = "no sandbox"}, {.text = "6.1.0"}},
          {{.name = "own /proc", .cost = "no sandbox"},
           {.outcome = Outcome::kFails,
            .text = "fsmount proc: Operation \x1b[m",
            .remedy = "uncover it",
            .call = "fsmount proc",
            .error = EPERM}},
          {{.name = "pasta", .need = Need::kOptional, .cost = "nothing"},
           {.outcome = Outcome::kNotTried, .text = "not tried: it needs kernel"}},
          {{.name = "Yama", .need = Need::kInformation}, {.text = "it is not there"}}};
}

TEST(DoctorText, IsATable) {
  EXPECT_EQ(doctor_text(small_report(), false), R"(Required:
  ok  kernel     6.1.0
  no  own /proc  fsmount proc: Operation \x1b[m
          costs  no sandbox
        mend it  uncover it

Optional:
  --  pasta      not tried: it needs kernel

To know:
  ok  Yama       it is not there

`kekkai run` does not work here: see what is required.
)");
}

TEST(DoctorText, MarksWhatFailsInColour) {
  EXPECT_THAT(doctor_text(small_report(), true),
              HasSubstr("\n  \x1b[1;31mno\x1b[0m  own /proc  fsmount proc"));
}

TEST(DoctorJson, HasAnEntryForEachCheck) {
  const Json json = Json::parse(doctor_json(small_report()));
  EXPECT_EQ(json["format"], 1);
  EXPECT_EQ(json["works"], false);
  ASSERT_EQ(json["checks"].size(), 4U);
  EXPECT_EQ(
      json["checks"][0],
      (Json{{"name", "kernel"}, {"need", "required"}, {"outcome", "works"}, {"found", "6.1.0"}}));
  EXPECT_EQ(json["checks"][1], (Json{{"name", "own /proc"},
                                     {"need", "required"},
                                     {"outcome", "fails"},
                                     {"found", "fsmount proc: Operation \x1b[m"},
                                     {"call", "fsmount proc"},
                                     {"errno", "EPERM"},
                                     {"cost", "no sandbox"},
                                     {"remedy", "uncover it"}}));
  EXPECT_EQ(json["checks"][2]["outcome"], "not tried");
  EXPECT_EQ(json["checks"][3]["need"], "information");
}

TEST(DoctorCommand, RefusesWhatItDoesNotKnow) {
  const struct {
    std::vector<std::string> words;
    const char* text;
    const char* hint;
  } cases[] = {
      {{"doctor", "--jsn"}, "doctor: there is no option --jsn", "did you mean --json?"},
      {{"doctor", "--quick-as-that"},
       "doctor: there is no option --quick-as-that",
       "see `kekkai doctor --help`"},
      {{"doctor", "now"}, "doctor: \"now\" is too much", "it is `kekkai doctor [--json]`"},
  };
  for (const auto& c : cases) {
    const Parsed parsed = parse_command_line(c.words, {});
    EXPECT_EQ(parsed.text, c.text);
    EXPECT_EQ(parsed.hint, c.hint);
    EXPECT_EQ(parsed.exit_code, kExitSetupFailed);
  }
  EXPECT_THAT(parse_command_line({"doctor", "--help"}, {}).text, HasSubstr("kekkai doctor"));
}

}  // namespace
}  // namespace kekkai::cli
