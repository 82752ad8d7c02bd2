#include "../../cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kekkai::cli {
namespace {

using ::testing::HasSubstr;
using Words = std::vector<std::string>;

// A run in one line: what differs from the default, then the command.
std::string text_of(const Parsed& parsed) {
  if (!parsed.run) return std::to_string(parsed.exit_code) + ": " + parsed.text;
  const RunOptions& run = *parsed.run;
  std::string text;
  for (size_t i = 0; i < run.files.size(); ++i) text += run.files[i].describe() + ", ";
  for (const std::string& setting : run.env) text += "env=" + setting + " ";
  if (run.share_network) text += "net ";
  if (run.seccomp == Seccomp::kNone) text += "no-seccomp ";
  if (run.verbose) text += "verbose ";
  text += "|";
  for (const std::string& word : run.command) text += " <" + word + ">";
  return text;
}

Parsed parse(const Words& arguments) {
  return parse_command_line(arguments, {.directory = "/here"});
}

TEST(CommandLine, UnderstandsWhatComesBeforeTheCommand) {
  const struct {
    Words arguments;
    const char* run;
  } cases[] = {
      {{"run", "true"}, "| <true>"},
      {{"run", "--", "true"}, "| <true>"},
      {{"run", "--net", "--verbose", "--", "true"}, "net verbose | <true>"},
      {{"run", "--net", "true"}, "net | <true>"},
      {{"run", "--ro", "/a", "true"}, "bind /a on /a, | <true>"},
      {{"run", "--ro", "/a:/b", "true"}, "bind /a on /b, | <true>"},
      {{"run", "--ro=/a:/b", "true"}, "bind /a on /b, | <true>"},
      {{"run", "--rw", "a b", "--", "true"}, "bind /here/a b on /here/a b, | <true>"},
      {{"run", "--tmpfs", "/t", "--", "true"}, "tmpfs on /t, | <true>"},
      {{"run", "--rw", "--net", "true"},
       "bind /here/--net on /here/--net, | <true>"},  // a file may have such a name
      {{"run", "--env", "A=1", "--", "true"}, "env=A=1 | <true>"},
      {{"run", "--env", "A=1", "true"}, "env=A=1 | <true>"},
      {{"run", "--env=A=1", "true", "x"}, "env=A=1 | <true> <x>"},
      {{"run", "--env", "A=x=y", "--env", "B=", "--", "true"}, "env=A=x=y env=B= | <true>"},
      {{"run", "--env", "A=1", "--env", "A=2", "--", "true"}, "env=A=1 env=A=2 | <true>"},
      {{"run", "--seccomp", "none", "true"}, "no-seccomp | <true>"},
      {{"run", "--seccomp", "strict", "true"}, "| <true>"},
  };
  for (const auto& c : cases) EXPECT_EQ(text_of(parse(c.arguments)), c.run);
}

TEST(CommandLine, KeepsTheOrderOfWhatIsMounted) {
  EXPECT_EQ(text_of(parse({"run", "--rw", "/1", "--tmpfs", "/2", "--ro", "/3", "--rw", "/4",
                           "--tmpfs", "/5", "--", "true"})),
            "bind /1 on /1, tmpfs on /2, bind /3 on /3, bind /4 on /4, tmpfs on /5, | <true>");
}

TEST(CommandLine, LooksIntoNothingOfTheCommand) {
  const struct {
    Words arguments;
    const char* run;
  } cases[] = {
      {{"run", "ls", "--net"}, "| <ls> <--net>"},
      {{"run", "ls", "--ro", "/a", "--help", "--version"},
       "| <ls> <--ro> </a> <--help> <--version>"},
      {{"run", "ls", "-h"}, "| <ls> <-h>"},
      {{"run", "ls", "--bogus"}, "| <ls> <--bogus>"},
      {{"run", "--", "--bind", "/a"}, "| <--bind> </a>"},
      {{"run", "--", "--net"}, "| <--net>"},
      {{"run", "--", "-"}, "| <->"},
      {{"run", "--", "--"}, "| <-->"},
      {{"run", "--", "--", "--net"}, "| <--> <--net>"},
      {{"run", "ls", "--", "x"}, "| <ls> <--> <x>"},
      {{"run", "ls", "--net", "--", "x", "--", "y"}, "| <ls> <--net> <--> <x> <--> <y>"},
      {{"run", "--net", "--", "ls", "--", "x"}, "net | <ls> <--> <x>"},
      {{"run", "run"}, "| <run>"},
      {{"run", "--", "run", "--net"}, "| <run> <--net>"},
      {{"run", "--", ""}, "| <>"},
      {{"run", "echo", "", "two words", "\n"}, "| <echo> <> <two words> <\n>"},
      {{"run", "echo", "++", "-1", "%%"}, "| <echo> <++> <-1> <%%>"},
      {{"run", "--", "-1"}, "| <-1>"},
      {{"run", "++", "--net"}, "| <++> <--net>"},
      {{"run", "--net", "--", "++"}, "net | <++>"},
      {{"run", "sh", "-c", "exit 7"}, "| <sh> <-c> <exit 7>"},
  };
  for (const auto& c : cases) EXPECT_EQ(text_of(parse(c.arguments)), c.run);
}

TEST(CommandLine, MayLackACommandWhichIsForTheRunToRefuse) {
  for (const Words& arguments : {Words{"run"}, Words{"run", "--"}, Words{"run", "--net"}}) {
    const Parsed parsed = parse(arguments);
    ASSERT_TRUE(parsed.run);
    EXPECT_TRUE(parsed.run->command.empty());
  }
}

TEST(CommandLine, RefusesWhatItDoesNotUnderstand) {
  const struct {
    Words arguments;
    const char* text;
  } cases[] = {
      {{}, "125: A subcommand is required"},
      {{"--"}, "125: A subcommand is required"},
      {{"--", "run", "true"}, "125: A subcommand is required"},
      {{"frobnicate"}, "125: A subcommand is required"},
      {{"run", "--bogus", "true"}, "125: there is no option --bogus"},
      {{"run", "--bogus=1", "true"}, "125: there is no option --bogus=1"},
      {{"run", "--bogus", "--", "true"}, "125: there is no option --bogus"},
      {{"run", "--net", "-x", "--", "true"}, "125: there is no option -x"},
      {{"run", "--ver", "true"}, "125: there is no option --ver"},
      {{"run", "-1", "true"}, "125: there is no option -1"},
      {{"run", "--ro"}, "125: --ro: 1 required SRC[:DEST[:FLAGS]] missing"},
      {{"run", "--ro", "--", "true"}, "125: --ro: 1 required SRC[:DEST[:FLAGS]] missing"},
      {{"run", "--tmpfs"}, "125: --tmpfs: 1 required PATH[:size=N,mode=M] missing"},
      {{"run", "--env"}, "125: --env: 1 required NAME[=VALUE] missing"},
      {{"run", "--seccomp"}, "125: --seccomp: 1 required strict|none missing"},
      {{"run", "--seccomp", "lax", "true"}, "125: --seccomp lax: neither strict nor none"},
      {{"run", "--seccomp", "", "true"}, "125: --seccomp: neither strict nor none"},
      {{"run", "--seccomp", "Strict", "true"}, "125: --seccomp Strict: neither strict nor none"},
      {{"run", "--ro", "", "--", "true"}, "125: --ro: the path is empty"},
      {{"run", "--net=false", "true"}, "125: net was given a disallowed flag override"},
      {{"run", "--args-file", "/no/such", "true"},
       "125: cannot read /no/such: No such file or directory"},
  };
  for (const auto& c : cases) EXPECT_EQ(text_of(parse(c.arguments)), c.text);
}

TEST(CommandLine, AnswersQuestions) {
  const Parsed version = parse({"--version"});
  EXPECT_FALSE(version.run);
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.text, "kekkai " KEKKAI_VERSION "\n");

  for (const Words& arguments :
       {Words{"run", "--help"}, Words{"run", "-h"}, Words{"run", "--net", "--help", "true"}}) {
    const Parsed help = parse(arguments);
    EXPECT_FALSE(help.run);
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_THAT(help.text, HasSubstr("Usage: kekkai run [OPTION...] [--] COMMAND [ARGUMENT...]\n"));
    for (const Option& option : run_options()) {
      EXPECT_THAT(help.text, HasSubstr("--" + std::string(option.name)));
      EXPECT_THAT(help.text, HasSubstr(std::string(option.help)));
    }
    for (const char* option : {"--args-file FILE", "--args-fd N", "--config FILE"}) {
      EXPECT_THAT(help.text, HasSubstr(option));
    }
  }
  EXPECT_THAT(parse({"--help"}).text, HasSubstr("run "));
}

}  // namespace
}  // namespace kekkai::cli
