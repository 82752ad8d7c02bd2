#include "../../cli/command_line.h"

#include "../../cli/help.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace kekkai::cli {
namespace {

using Words = std::vector<std::string>;

// A run in one line: what differs from the default, then the command.
std::string text_of(const Parsed& parsed) {
  if (!parsed.run)
    return std::to_string(parsed.exit_code) + ": " + parsed.text + "; " + parsed.hint;
  const RunOptions& run = *parsed.run;
  std::string text;
  for (size_t i = 0; i < run.files.size(); ++i) text += run.files[i].describe() + ", ";
  for (const std::string& setting : run.env) text += "env=" + setting + " ";
  if (run.share_network) text += "net ";
  if (!run.seccomp.selection) text += "no-seccomp ";
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

constexpr const char* kHelpHint = "see `kekkai run --help`";

TEST(CommandLine, RefusesWhatItDoesNotUnderstand) {
  const struct {
    Words arguments;
    const char* text;
  } cases[] = {
      {{"run", "--bogus", "true"}, "there is no option --bogus"},
      {{"run", "--bogus=1", "true"}, "there is no option --bogus=1"},
      {{"run", "--bogus=", "true"}, "there is no option --bogus"},
      {{"run", "--bogus", "--", "true"}, "there is no option --bogus"},
      {{"run", "--net", "-x", "--", "true"}, "there is no option -x"},
      {{"run", "-1", "true"}, "there is no option -1"},
      {{"run", "-", "true"}, "there is no option -"},
      {{"run", "--ro"}, "the value is missing: --ro SRC[:DEST[:FLAGS]]"},
      {{"run", "--ro", "--", "true"}, "the value is missing: --ro SRC[:DEST[:FLAGS]]"},
      {{"run", "--tmpfs"}, "the value is missing: --tmpfs PATH[:size=N,mode=M,ro]"},
      {{"run", "--env"}, "the value is missing: --env NAME[=VALUE]"},
      {{"run", "--seccomp"}, "the value is missing: --seccomp none|PRESET[,...]"},
      {{"run", "--config"}, "the value is missing: --config FILE"},
      {{"run", "--ro", "", "--", "true"}, "--ro: the path is empty"},
      {{"run", "--hostname=", "true"}, "--hostname: not 1 to 64 bytes"},
      {{"run", "--net=false", "true"}, "--net takes no value"},
      {{"run", "--net=", "true"}, "--net takes no value"},
      {{"run", "--args-file", "/no/such", "true"},
       "cannot read /no/such: No such file or directory"},
      {{"run", "--args-fd", "x", "true"},
       "--args-fd x: \"x\" is not a whole number from 0 to 1048575"},
      {{"run", "--args-fd", "1048575", "true"},
       "--args-fd 1048575: cannot read /proc/self/fd/1048575: No such file or directory"},
      {{"run", "--config", "/no/such", "true"}, "cannot read /no/such: No such file or directory"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(text_of(parse(c.arguments)), "125: " + std::string(c.text) + "; " + kHelpHint);
  }
}

TEST(CommandLine, OfFiltersThereIsMoreToRead) {
  const struct {
    std::vector<std::string> arguments;
    const char* text;
  } cases[] = {
      {{"run", "--seccomp", "lax", "true"}, "--seccomp lax: there is no preset \"lax\""},
      {{"run", "--seccomp", "", "true"}, "--seccomp: a name is missing"},
      {{"run", "--seccomp=", "none", "true"}, "--seccomp: a name is missing"},
      {{"run", "--seccomp", "Strict", "true"}, "--seccomp Strict: there is no preset \"Strict\""},
      {{"run", "--seccomp-allow", "xyzzy", "true"},
       "--seccomp-allow xyzzy: there is no system call \"xyzzy\""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(text_of(parse(c.arguments)),
              "125: " + std::string(c.text) + "; see `kekkai seccomp list` and kekkai-seccomp(1)");
  }
}

TEST(CommandLine, GuessesWhatWasMeant) {
  const struct {
    Words arguments;
    const char* text;
  } cases[] = {
      {{}, "what is to be done?; try `kekkai run -- COMMAND`"},
      {{"--"}, "what is to be done?; try `kekkai run -- COMMAND`"},
      {{"--", "run", "true"}, "what is to be done?; try `kekkai run -- COMMAND`"},
      {{"ls", "-l"}, "there is no command ls; try `kekkai run -- ls`"},
      {{"rnu", "true"}, "there is no command rnu; did you mean `kekkai run`?"},
      {{"secomp"}, "there is no command secomp; did you mean `kekkai seccomp`?"},
      {{"--hepl"}, "there is no option --hepl; did you mean `kekkai --help`?"},
      {{"--net"}, "there is no option --net; options come after run: `kekkai run --net`"},
      {{"--config", "f"},
       "there is no option --config; options come after run: `kekkai run --config`"},
      {{"--bogus"}, "there is no option --bogus; try `kekkai run -- COMMAND`"},
      {{"run", "--wr", ".", "true"}, "there is no option --wr; did you mean --rw?"},
      {{"run", "--nett=x", "true"}, "there is no option --nett=x; did you mean --net?"},
      {{"run", "--verb", "true"}, "there is no option --verb; did you mean --verbose?"},
      {{"run", "-ro", "/a", "true"}, "there is no option -ro; did you mean --ro?"},
      {{"run", "--confg", "f", "true"}, "there is no option --confg; did you mean --config?"},
      {{"run", "--ro-bind", "/a", "/a", "true"},
       "there is no option --ro-bind; did you mean --ro?"},
      {{"run", "--bnid", "/a", "/a", "true"}, "there is no option --bnid; did you mean --rw?"},
      {{"run", "--hlep"}, "there is no option --hlep; did you mean --help?"},
  };
  for (const auto& c : cases) EXPECT_EQ(text_of(parse(c.arguments)), "125: " + std::string(c.text));
}

// Words that each end with a NUL byte, in a file.
class ArgsFile {
 public:
  explicit ArgsFile(const Words& words) {
    std::ofstream file(path);
    for (const std::string& word : words) file << word << '\0';
  }
  ~ArgsFile() { std::filesystem::remove(path); }
  std::string path = testing::TempDir() + "/kekkai_args_file";
};

TEST(ArgsFiles, HoldOptions) {
  const ArgsFile file({"--rw", "a b", "--net", "--env=A="});
  EXPECT_EQ(text_of(parse({"run", "--args-file", file.path, "--tmpfs", "/t", "true"})),
            "bind /here/a b on /here/a b, tmpfs on /t, env=A= net | <true>");
}

TEST(ArgsFiles, HoldNothingElse) {
  const std::string hint = std::string("; ") + kHelpHint;
  const auto refusal = [](const Words& words) {
    const ArgsFile file(words);
    return text_of(parse({"run", "--args-file", file.path, "true"}));
  };
  EXPECT_EQ(refusal({"--net", "ls"}), "125: \"ls\" in a file of options is no option" + hint);
  EXPECT_EQ(refusal({"--", "ls"}), "125: \"ls\" in a file of options is no option" + hint);
  EXPECT_EQ(refusal({"--bogus"}), "125: there is no option --bogus" + hint);
  EXPECT_EQ(refusal({"--ro"}), "125: the value is missing: --ro SRC[:DEST[:FLAGS]]" + hint);
  const std::string itself = testing::TempDir() + "/kekkai_args_file";
  EXPECT_EQ(refusal({"--args-file", itself}), "125: files of options name each other" + hint);
}

TEST(CommandLine, AnswersQuestions) {
  EXPECT_TRUE(parse({"--version"}).ask);
  EXPECT_EQ(parse({"--version"}).exit_code, 0);
  for (const Words& arguments : {Words{"--help"}, Words{"-h"}}) {
    EXPECT_EQ(text_of(parse(arguments)), "0: " + main_help() + "; ");
  }
  for (const Words& arguments :
       {Words{"run", "--help"}, Words{"run", "-h"}, Words{"run", "--net", "--help", "true"}}) {
    EXPECT_EQ(text_of(parse(arguments)), "0: " + run_help() + "; ");
  }
}

}  // namespace
}  // namespace kekkai::cli
