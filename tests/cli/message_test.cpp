#include "../../cli/message.h"

#include <gmock/gmock.h>

#include <string>

namespace kekkai::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(EscapeControl, LeavesTextAsItIs) {
  for (const std::string text :
       {"", "plain", "a b", "~!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}", "caf\303\251", "\u754c\u7d50",
        "\U0001f512", "\u00a0", "\ufffd", "\U0010ffff"}) {
    EXPECT_EQ(escape_control(text), text);
  }
}

TEST(EscapeControl, ShowsEveryControlCharacterByItsNumber) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const bool printable = byte >= 0x20 && byte < 0x7f;
    char number[8];
    snprintf(number, sizeof number, "\\x%02x", static_cast<unsigned>(byte));
    EXPECT_EQ(escape_control(text), printable ? text : number) << byte;
  }
  // C1: the terminal takes U+009B for ESC [.
  for (int low = 0x80; low < 0xa0; ++low) {
    char escaped[16];
    snprintf(escaped, sizeof escaped, "\\xc2\\x%02x", static_cast<unsigned>(low));
    EXPECT_EQ(escape_control(std::string("\xc2") + static_cast<char>(low)), escaped);
  }
}

TEST(EscapeControl, ShowsWhatIsNotUtf8ByteByByte) {
  const struct {
    std::string text;
    std::string shown;
  } cases[] = {
      {"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
      {"\x1b[31mred", "\\x1b[31mred"},
      {"\x1b]0;title\a", "\\x1b]0;title\\x07"},
      {std::string("a\0b", 3), "a\\x00b"},
      {"\xc3", "\\xc3"},                      // cut short
      {"\xe7\x95", "\\xe7\\x95"},             // cut short
      {"\xf0\x9f\x94", "\\xf0\\x9f\\x94"},    // cut short
      {"\xc3(", "\\xc3("},                    // not continued
      {"\xe7\x95x", "\\xe7\\x95x"},           // not continued
      {"\xf0\x9f\x94x", "\\xf0\\x9f\\x94x"},  // not continued
      {"\x80", "\\x80"},                      // continues nothing
      {"\xc0\xaf", "\\xc0\\xaf"},             // overlong /
      {"\xc0\x9b", "\\xc0\\x9b"},             // overlong ESC
      {"\xc1\xbf", "\\xc1\\xbf"},             // overlong DEL
      {"\xe0\x80\x9b", "\\xe0\\x80\\x9b"},    // overlong ESC
      {"\xe0\x82\x9b", "\\xe0\\x82\\x9b"},    // overlong C1
      {"\xf0\x80\x82\x9b", "\\xf0\\x80\\x82\\x9b"},
      {"\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},  // a surrogate
      {"\xed\xbf\xbf", "\\xed\\xbf\\xbf"},
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // beyond U+10FFFF
      {"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
      {"\xff\xfe", "\\xff\\xfe"},
      {"\xed\x9f\xbf", "\xed\x9f\xbf"},          // the last before the surrogates
      {"\xe0\xa0\x80", "\xe0\xa0\x80"},          // the first that takes three bytes
      {"\xf0\x90\x80\x80", "\xf0\x90\x80\x80"},  // the first that takes four
      {"\xc3\xa9\xc3", "\xc3\xa9\\xc3"},
  };
  for (const auto& c : cases) EXPECT_EQ(escape_control(c.text), c.shown);
}

TEST(Messages, ArePlainWithoutColour) {
  EXPECT_EQ(format_message(Tone::kError, "no", false), "kekkai: no\n");
  EXPECT_EQ(format_message(Tone::kHint, "yes", false), "kekkai: hint: yes\n");
  EXPECT_EQ(format_progress(412us, "attest", false), "kekkai:    0.412 ms  attest\n");
  EXPECT_EQ(format_progress(1234567us, "attest", false), "kekkai: 1234.567 ms  attest\n");
}

TEST(Messages, HaveAnAlarmingBeginningOnlyWhereTheyAreErrors) {
  EXPECT_EQ(format_message(Tone::kError, "no", true), "\x1b[1;31mkekkai:\x1b[0m no\n");
  EXPECT_EQ(format_message(Tone::kHint, "yes", true), "\x1b[2mkekkai: hint: yes\x1b[0m\n");
  EXPECT_EQ(format_progress(0us, "attest", true), "\x1b[2mkekkai:    0.000 ms\x1b[0m  attest\n");
}

TEST(Messages, LetNoColourOfTheTextThrough) {
  for (const bool colour : {false, true}) {
    EXPECT_THAT(format_message(Tone::kError, "\x1b[32m", colour), HasSubstr(" \\x1b[32m\n"));
    EXPECT_THAT(format_message(Tone::kHint, "\x1b[32m", colour), HasSubstr("hint: \\x1b[32m"));
    EXPECT_THAT(format_progress(0us, "\x1b[32m", colour), HasSubstr("  \\x1b[32m\n"));
  }
}

TEST(Colour, IsForTerminalsWhoseUserWantsIt) {
  EXPECT_TRUE(takes_colour(true, "xterm", nullptr));
  EXPECT_TRUE(takes_colour(true, "xterm", ""));  // as no-color.org says
  EXPECT_FALSE(takes_colour(true, "xterm", "1"));
  EXPECT_FALSE(takes_colour(true, "xterm", "0"));
  EXPECT_FALSE(takes_colour(true, "dumb", nullptr));
  EXPECT_FALSE(takes_colour(true, nullptr, nullptr));
  EXPECT_FALSE(takes_colour(false, "xterm", nullptr));
}

TEST(PrintMessage, IsOneLineWhateverTheText) {
  ::testing::internal::CaptureStderr();
  print_message("bind /a\nb: \x1b[2J");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "kekkai: bind /a\\x0ab: \\x1b[2J\n");
}

}  // namespace
}  // namespace kekkai::cli
