#include "../../cli/generate/manual.h"

#include "../../cli/generate/template.h"
#include "../../cli/option_text.h"

#include <gmock/gmock.h>

#include <stdexcept>

namespace kekkai::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RoffText, EscapesWhatRoffWouldTakeForItsOwn) {
  EXPECT_EQ(roff_text("a\\b read-only", ""), "a\\eb read\\-only\n");
  EXPECT_EQ(roff_text(".br is no request", ""), "\\&.br is no request\n");
  EXPECT_EQ(roff_text("'quoted' \"text\"", ""), "\\&'quoted' \\(dqtext\\(dq\n");
}

TEST(RoffText, SetsNamesApart) {
  EXPECT_EQ(roff_text("as --ro, but SRC.", "SRC[:DEST]"),
            "as \\fB\\-\\-ro\\fP, but \\fISRC\\fP.\n");
  EXPECT_EQ(roff_text("SRC N COMMAND", "N"), "SRC N \\fICOMMAND\\fP\n");
  EXPECT_EQ(roff_text("see prlimit(1), kekkai.json(5).", ""),
            "see \\fBprlimit\\fP(1), \\fBkekkai.json\\fP(5).\n");
  EXPECT_EQ(roff_text("in /usr/bin:/bin", ""), "in \\%/usr/bin:/bin\n");
}

TEST(RoffText, BreaksLinesAndParagraphs) {
  EXPECT_EQ(roff_text("one\n\ntwo", ""), "one\n.IP\ntwo\n");
  const std::string word(60, 'x');
  EXPECT_EQ(roff_text(word + " " + word, ""), word + "\n" + word + "\n");
  EXPECT_EQ(roff_text("", ""), "");
}

TEST(Manual, HoldsEveryOption) {
  EXPECT_THAT(manual_options(),
              HasSubstr("\n.TP\n\\fB\\-\\-ro\\fP "
                        "\\fISRC\\fP[:\\fIDEST\\fP[:\\fIFLAGS\\fP]]\nShows the "));
  EXPECT_THAT(manual_options(), HasSubstr("\n.TP\n\\fB\\-\\-net\\fP\nShares the "));
  EXPECT_THAT(manual_fields(), HasSubstr("\\fBnet\\fP: true or false\nShare the "));
  EXPECT_THAT(manual_fields(), HasSubstr("\\fBrlimit\\fP: text, or list of texts\n"));
  EXPECT_THAT(manual_fields(), HasSubstr("\\fBuid\\fP: number or text\n"));
  EXPECT_THAT(manual_fields(), HasSubstr("\\fBenv\\fP: text, list of texts, or object\n"));
  for (const OptionText& option : option_texts()) {
    const std::string field = ".TP\n" + roff_text("--" + std::string(option.name), "");
    EXPECT_THAT(manual_options(), HasSubstr(field.substr(0, field.size() - 1)));
  }
  EXPECT_THAT(manual_fields(), Not(HasSubstr("config")));
}

TEST(Templates, AreFilled) {
  EXPECT_EQ(fill_template("a @B@ c @DD@", {{"B", "b"}, {"DD", "@B@"}}), "a b c @B@");
  EXPECT_EQ(fill_template("${x[@]} me@example @@ @a@ @", {}), "${x[@]} me@example @@ @a@ @");
  EXPECT_EQ(fill_template("@", {}), "@");
  EXPECT_THAT([] { fill_template("@X@", {}); },
              testing::ThrowsMessage<std::invalid_argument>("there is no text for @X@"));
}

}  // namespace
}  // namespace kekkai::cli
