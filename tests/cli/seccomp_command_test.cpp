#include "../../cli/seccomp_command.h"

#include "../../cli/command_line.h"
#include "../../cli/help.h"
#include "../../cli/seccomp_views.h"
#include "../../cli/usage_error.h"

#include <kekkai/seccomp-presets/presets.h>

#include <gmock/gmock.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

namespace kekkai::cli {
namespace {

using nlohmann::json;
using seccomp::Arch;
using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

constexpr Arch kArch = Arch::kX86_64;

std::string text_of(Words words) {
  words.insert(words.end(), {"--arch", "x86_64"});
  return run_seccomp(words).text;
}

json json_of(Words words) {
  words.emplace_back("--json");
  const std::string text = text_of(words);
  EXPECT_EQ(text.find('\n'), text.size() - 1) << "one line";
  return json::parse(text);
}

NamedPolicy named(const std::string& name, std::vector<seccomp::Rule> rules) {
  return {name, {.rules = std::move(rules)}};
}

TEST(SeccompList, TellsEveryWordAndHowManyCallsItRefuses) {
  const std::string text = text_of({"list"});
  EXPECT_THAT(text, HasSubstr("\n  deny_tty     15  common, and typing into the terminal\n"));
  EXPECT_THAT(text, HasSubstr("\n  can              sockets of the family AF_CAN\n"));
  const json list = json_of({"list"});
  EXPECT_EQ(list["presets"].size() + list["options"].size(), seccomp::selection_words().size());
  EXPECT_EQ(list["presets"][4]["name"], "deny_tty");
  EXPECT_EQ(list["presets"][4]["refused_calls"], 15);
  EXPECT_EQ(list["options"][2],
            json({{"name", "can"}, {"meaning", "sockets of the family AF_CAN"}}));
}

TEST(SeccompShow, GroupsByPresetAndReason) {
  const std::string text = text_of({"show", "deny_tty"});
  EXPECT_THAT(text, HasSubstr("common\n"
                              "  it reads and clears the kernel's log, where its addresses stand\n"
                              "    EPERM         syslog\n"));
  EXPECT_THAT(text, HasSubstr("    EPERM         add_key keyctl request_key\n"));
  EXPECT_THAT(text, HasSubstr("    EAFNOSUPPORT  socket otherwise\n"
                              "\n"
                              "deny_tty\n"
                              "  what is typed into a terminal runs outside (CVE-2017-5226, "
                              "CVE-2023-28100)\n"
                              "    EPERM         ioctl where argument 1 & 0xffffffff == TIOCSTI\n"
                              "    EPERM         ioctl where argument 1 & 0xffffffff == TIOCLINUX\n"
                              "\n"
                              "everything else\n"
                              "    allow         calls without a rule\n"
                              "    allow         calls newer than Linux 6.18\n"
                              "    ENOSYS        calls of i386\n"
                              "    ENOSYS        calls of other architectures\n"));
}

TEST(SeccompShow, ShowsWhatTheArchitectureHas) {
  EXPECT_THAT(text_of({"show", "ext"}), Not(HasSubstr("clock_settime64")));
  const std::string i386 = run_seccomp({"show", "ext", "--arch", "i386"}).text;
  EXPECT_THAT(i386, HasSubstr("clock_settime64"));
  const std::string both = run_seccomp({"show", "ext,multiarch", "--arch", "x86_64"}).text;
  EXPECT_THAT(both, HasSubstr("    filtered      calls of i386\n"));
}

TEST(SeccompShow, EscapesWhatStandsInAFile) {
  const NamedPolicy policy =
      named("p", {{"read", seccomp::refuse_with(EIO), {}, "a\x1b[m.json:1", "so\nsaid"}, {"1000"}});
  EXPECT_EQ(show_policy(policy, Arch::kArm64, Form::kText),
            "a\\x1b[m.json:1\n"
            "  so\\x0asaid\n"
            "    EIO           read\n"
            "\n"
            "\n"
            "    EPERM         1000\n"
            "\n"
            "everything else\n"
            "    allow         calls without a rule\n"
            "    allow         calls newer than Linux 6.18\n"
            "    ENOSYS        calls of other architectures\n");
}

TEST(SeccompShow, WritesJson) {
  const json shown = json_of({"show", "deny_tty"});
  EXPECT_EQ(shown["policy"], "deny_tty");
  EXPECT_EQ(shown["arch"], "x86_64");
  EXPECT_EQ(shown["default"], "allow");
  EXPECT_EQ(shown["unclassified"], nullptr);
  EXPECT_EQ(shown["foreign"], "ENOSYS");
  EXPECT_EQ(shown["multiarch"], false);
  EXPECT_EQ(shown["rules"][0],
            json({{"call", "syslog"},
                  {"number", 103},
                  {"answer", "EPERM"},
                  {"args", json::array()},
                  {"where", nullptr},
                  {"by", "common"},
                  {"why", "it reads and clears the kernel's log, where its addresses stand"}}));
  const json last = shown["rules"].back();
  EXPECT_EQ(last["where"], "argument 1 & 0xffffffff == TIOCLINUX");
  EXPECT_EQ(
      last["args"],
      json::array({{{"index", 1}, {"op", "masked_eq"}, {"value", 0x541c}, {"mask", 0xffffffff}}}));
  EXPECT_EQ(json_of({"show", "strict"})["unclassified"], "ENOSYS");
}

TEST(SeccompShow, WritesJsonInTheWordsOfAFile) {
  using seccomp::Action;
  const std::vector<Action> actions{Action::kLog, Action::kTrap, Action::kKillThread,
                                    Action::kKillProcess};
  NamedPolicy policy{"p", {}};
  for (size_t i = 0; i < actions.size(); ++i) {
    policy.policy.rules.push_back({std::to_string(i), {actions[i]}, {}, "\x1b[m", "\xff"});
  }
  const std::string text = show_policy(policy, kArch, Form::kJson);
  EXPECT_THAT(text, HasSubstr(R"("by":"\u001b[m","why":"\ufffd")"));
  std::vector<std::string> answers;
  const json shown = json::parse(text);
  for (const json& rule : shown["rules"]) answers.push_back(rule["answer"]);
  EXPECT_THAT(answers, testing::ElementsAre("log", "trap", "kill_thread", "kill"));
}

TEST(SeccompExplain, TellsNumbersReasonsAndTheWayOut) {
  EXPECT_EQ(text_of({"explain", "ptrace"}),
            "ptrace: 101 on x86_64, 26 on i386, 117 on arm64\n"
            "The default, strict, refuses it.\n"
            "\n"
            "deny_devel, strict\n"
            "  EPERM         one process would look into another\n"
            "\n"
            "To allow it:\n"
            "  kekkai run --seccomp-allow ptrace\n");
  EXPECT_EQ(text_of({"explain", "101"}), text_of({"explain", "ptrace"}));
  EXPECT_EQ(run_seccomp({"explain", "26", "--arch", "i386"}).text, text_of({"explain", "ptrace"}));
}

TEST(SeccompExplain, TellsWhatArgumentsDecide) {
  EXPECT_EQ(text_of({"explain", "personality"}),
            "personality: 135 on x86_64, 136 on i386, 92 on arm64\n"
            "The default, strict, refuses it in part.\n"
            "\n"
            "deny_devel, strict\n"
            "  EPERM         where argument 0 != PER_LINUX\n"
            "                other execution domains undo hardening, such as random addresses\n"
            "  allow         otherwise\n"
            "\n"
            "To allow it:\n"
            "  kekkai run --seccomp-allow personality\n"
            "  kekkai run --seccomp strict,linux32    personality PER_LINUX32 in place of "
            "PER_LINUX\n");
  const std::string socket = text_of({"explain", "socket"});
  EXPECT_THAT(socket, HasSubstr("198 on arm64; on i386 also through socketcall\n"));
  EXPECT_THAT(socket, HasSubstr("\nevery preset\n"
                                "  allow         where argument 0 & 0xffffffff == AF_UNIX\n"));
  EXPECT_THAT(socket, HasSubstr("\n  EAFNOSUPPORT  otherwise\n"));
  EXPECT_THAT(socket, HasSubstr("--seccomp strict,can        sockets of the family AF_CAN\n"));
  EXPECT_THAT(socket, HasSubstr("--seccomp strict,bluetooth  "));
}

TEST(SeccompExplain, TellsWhatIsNotRefused) {
  EXPECT_EQ(text_of({"explain", "read"}),
            "read: 0 on x86_64, 3 on i386, 63 on arm64\nNo preset refuses it.\n");
  EXPECT_THAT(text_of({"explain", "setuid"}),
              HasSubstr("The default, strict, lets it through.\n\ndeny_ids\n"));
  EXPECT_THAT(text_of({"explain", "chown32"}), HasSubstr("chown32: 212 on i386\n"));
  EXPECT_EQ(text_of({"explain", "subpage_prot"}),
            "subpage_prot: only other architectures have it, for which no filter is made\n");
}

TEST(SeccompExplain, TellsWhatIsNewerThanTheTables) {
  EXPECT_EQ(text_of({"explain", "1000"}),
            "1000: no call of Linux 6.18 on x86_64, but maybe one of a newer kernel\n"
            "The default, strict, refuses it.\n"
            "\n"
            "strict\n"
            "  ENOSYS        newer than the tables\n"
            "\n"
            "To allow it:\n"
            "  kekkai run --seccomp-allow 1000\n");
}

TEST(SeccompExplain, WritesJson) {
  const json ptrace = json_of({"explain", "ptrace"});
  EXPECT_EQ(ptrace["call"], "ptrace");
  EXPECT_EQ(ptrace["known"], true);
  EXPECT_EQ(ptrace["numbers"], json({{"x86_64", 101}, {"i386", 26}, {"arm64", 117}}));
  EXPECT_EQ(ptrace["refused_by_default"], "wholly");
  EXPECT_EQ(ptrace["refusals"],
            json::array({{{"presets", {"deny_devel", "strict"}},
                          {"cases",
                           {{{"answer", "EPERM"},
                             {"args", json::array()},
                             {"where", nullptr},
                             {"why", "one process would look into another"}}}}}}));
  EXPECT_EQ(ptrace["allow"], json::array({"--seccomp-allow ptrace"}));
  EXPECT_EQ(json_of({"explain", "socket"})["refused_by_default"], "partly");
  EXPECT_EQ(json_of({"explain", "read"})["refused_by_default"], "no");
  EXPECT_EQ(json_of({"explain", "read"})["refusals"], json::array());
  EXPECT_EQ(json_of({"explain", "1000"})["known"], false);
  EXPECT_EQ(json_of({"explain", "1000"})["numbers"]["x86_64"], 1000);
  EXPECT_EQ(json_of({"explain", "1000"})["numbers"]["arm64"], nullptr);
}

TEST(SeccompDiff, TellsCallsOfWhichTheSameIsSaidTogether) {
  EXPECT_EQ(text_of({"diff", "common", "deny_devel"}),
            "perf_event_open ptrace\n"
            "  common      allow\n"
            "  deny_devel  EPERM\n"
            "\n"
            "personality\n"
            "  common      allow\n"
            "  deny_devel  EPERM where argument 0 != PER_LINUX\n"
            "              allow otherwise\n");
  EXPECT_EQ(text_of({"diff", "strict", "strict"}), "strict and strict answer alike\n");
  EXPECT_THAT(text_of({"diff", "common", "strict"}),
              HasSubstr("\n\ncalls newer than Linux 6.18\n  common  allow\n  strict  ENOSYS\n"));
  EXPECT_THAT(text_of({"diff", "common", "common,multiarch"}),
              HasSubstr("\n\ncalls of i386\n"
                        "  common            ENOSYS\n"
                        "  common,multiarch  filtered\n"));
}

TEST(SeccompDiff, ComparesWhatHappensNotWhatIsSaid) {
  const seccomp::Answer refused = seccomp::refuse_with(EPERM);
  const seccomp::ArgCondition one{0, seccomp::Comparison::kEqual, 1};
  const NamedPolicy plain = named("plain", {{"read", refused}});
  const NamedPolicy wordy = named("wordy", {{"0", refused, {one}, "somebody"},
                                            {"read", refused, {}, "somebody", "said so"},
                                            {"read", seccomp::kAllow},
                                            {"write", seccomp::kAllow, {one}}});
  EXPECT_EQ(compare_policies(plain, wordy, kArch, Form::kText), "plain and wordy answer alike\n");
  const NamedPolicy other = named("other", {{"read", refused}, {"1000", refused}});
  EXPECT_EQ(compare_policies(plain, other, kArch, Form::kText),
            "1000\n  plain  allow\n  other  EPERM\n");
}

TEST(SeccompDiff, WritesJson) {
  const json diff = json_of({"diff", "common", "deny_tty"});
  EXPECT_EQ(diff["a"]["policy"], "common");
  EXPECT_EQ(diff["b"]["policy"], "deny_tty");
  EXPECT_EQ(diff["b"]["unclassified"], nullptr);
  EXPECT_EQ(diff["arch"], "x86_64");
  ASSERT_EQ(diff["calls"].size(), 1U);
  const json call = diff["calls"][0];
  EXPECT_EQ(call["call"], "ioctl");
  EXPECT_EQ(call["number"], 16);
  EXPECT_EQ(call["a"],
            json::array({{{"answer", "allow"}, {"args", json::array()}, {"where", nullptr}}}));
  EXPECT_EQ(call["b"].size(), 3U);
  EXPECT_EQ(call["b"][0]["answer"], "EPERM");
  EXPECT_EQ(call["b"][0]["where"], "argument 1 & 0xffffffff == TIOCSTI");
}

TEST(SeccompExport, WritesTheFilterAsTheKernelTakesIt) {
  for (const Arch arch : seccomp::kArchs) {
    const Answer output = run_seccomp({"export", "strict,can", "--format", "bpf", "--arch",
                                       std::string(seccomp::arch_name(arch))});
    EXPECT_TRUE(output.is_binary);
    const seccomp::Program program =
        seccomp::compile(seccomp::preset_policy(seccomp::parse_selection("strict,can")), arch);
    ASSERT_EQ(output.text.size(), program.size() * 8);
    EXPECT_EQ(std::memcmp(output.text.data(), program.data(), output.text.size()), 0);
  }
}

TEST(SeccompExport, MakesATable) {
  const seccomp::Rule rule{"read", seccomp::refuse_with(EIO), {}, "me", "a|b"};
  seccomp::Policy policy{.rules = {rule, rule, rule}};
  policy.rules[1].call = "chown32";
  policy.rules[2].call = "socket";
  policy.rules[2].conditions = {{0, seccomp::Comparison::kEqual, 2}};
  policy.unclassified = seccomp::refuse_with(ENOSYS);
  EXPECT_EQ(make_table(policy),
            "| by | calls | answer | where | why |\n"
            "| --- | --- | --- | --- | --- |\n"
            "| me | `read` `chown32` | EIO | | a\\|b |\n"
            "| me | `socket` | EIO | `argument 0 == AF_INET` | a\\|b |\n"
            "| | any other | allow | | |\n"
            "| | those newer than Linux 6.18 | ENOSYS | | |\n"
            "| | those of other architectures | ENOSYS | | |\n");
  EXPECT_EQ(run_seccomp({"export", "strict", "--format=table"}).text,
            make_table(seccomp::preset_policy({})));
}

/// A file of rules.
class RulesFile {
 public:
  explicit RulesFile(const std::string& text) { std::ofstream(path) << text; }
  RulesFile(const RulesFile&) = delete;
  RulesFile& operator=(const RulesFile&) = delete;
  ~RulesFile() { std::filesystem::remove(path); }
  std::string path = testing::TempDir() + "/kekkai_rules";  // known by its slash
};

TEST(SeccompCommand, TakesFilesOfRules) {
  const RulesFile file(
      R"({"presets": "deny_devel", "rules": [{"call": "ptrace", "action": "allow", "why": "gdb"}]})");
  EXPECT_THAT(text_of({"show", file.path}),
              HasSubstr(file.path + ":1\n  gdb\n    allow         ptrace\n"));
  EXPECT_THAT(text_of({"diff", "deny_devel", file.path}), HasSubstr("ptrace\n  deny_devel"));
  EXPECT_THAT(run_seccomp({"export", file.path, "--format", "oci"}).text,
              HasSubstr("SCMP_ACT_ALLOW"));
}

TEST(SeccompCommand, ReadsWhatItExports) {
  const RulesFile file(run_seccomp({"export", "strict,can", "--format", "json"}).text);
  EXPECT_EQ(run_seccomp({"diff", "strict,can", file.path}).text,
            "strict,can and " + file.path + " answer alike\n");
}

TEST(SeccompCommand, TellsWhereAFileIsWrong) {
  const RulesFile file(R"({"rules": [{"call": "opem"}]})");
  EXPECT_THAT(
      [&] {
        run_seccomp({"show", file.path});
      },
      testing::ThrowsMessage<UsageError>(HasSubstr(file.path + ":1:")));
}

TEST(SeccompCommand, FitsAHundredColumns) {
  std::string all = text_of({"list"}) + text_of({"show", "strict,deny_ids"}) +
                    text_of({"diff", "common", "strict,deny_ids"});
  for (const seccomp::Call& call : seccomp::all_calls()) {
    all += text_of({"explain", std::string(call.name())});
  }
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

// "125: TEXT; HINT"
std::string answer_to(const Words& words) {
  Words arguments{"seccomp"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  const Parsed parsed = parse_command_line(arguments, {.directory = "/here"});
  return std::to_string(parsed.exit_code) + ": " + parsed.text + "; " + parsed.hint;
}

TEST(SeccompCommand, HelpsWhoeverAsks) {
  for (const Words& words :
       {Words{"--help"}, Words{"-h"}, Words{"show", "--help"}, Words{"diff", "a", "-h"}}) {
    EXPECT_EQ(answer_to(words), "0: " + seccomp_help() + "; ");
  }
}

TEST(SeccompCommand, RefusesWhatItDoesNotUnderstand) {
  const std::string help = "; see `kekkai seccomp --help`";
  const struct {
    Words words;
    std::string text;
  } cases[] = {
      {{}, "seccomp: what is to be shown?" + help},
      {{"shwo"}, "seccomp: there is no command shwo; did you mean show?"},
      {{"--json"}, "seccomp: there is no option --json" + help},
      {{"show"}, "seccomp show: POLICY is missing; it is `kekkai seccomp show POLICY`"},
      {{"show", ""}, "seccomp show: POLICY is missing; it is `kekkai seccomp show POLICY`"},
      {{"diff", "strict"}, "seccomp diff: A B is missing; it is `kekkai seccomp diff A B`"},
      {{"list", "a"}, "seccomp list: \"a\" is too much; it is `kekkai seccomp list`"},
      {{"show", "a", "b"}, "seccomp show: \"b\" is too much; it is `kekkai seccomp show POLICY`"},
      {{"show", "strict", "--jsno"},
       "seccomp show: there is no option --jsno; did you mean --json?"},
      {{"export", "strict", "--json"}, "seccomp export: there is no option --json" + help},
      {{"show", "strict", "--arch", "mips"}, "--arch mips: none of x86_64, i386, arm64" + help},
      {{"show", "strict", "--arch"}, "the value is missing: --arch x86_64|i386|arm64" + help},
      {{"show", "--arch=", "strict"}, "the value is missing: --arch x86_64|i386|arm64" + help},
      {{"export", "strict"}, "the value is missing: --format bpf|oci|table|json" + help},
      {{"export", "strict", "--format", "c"}, "--format c: none of bpf, oci, table, json" + help},
      {{"show", "common,stric"}, "there is no preset \"stric\"; did you mean strict?"},
      {{"show", "x"},
       "there is no preset \"x\"; `kekkai seccomp list` lists them; a file has a / or .json in its "
       "name"},
      {{"diff", "strict", "can"},
       "\"can\" goes with a preset: strict,can; `kekkai seccomp list` lists them; a file has a / "
       "or .json in its name"},
      {{"show", "/no/such"}, "cannot read /no/such: No such file or directory" + help},
      {{"show", "no.json"}, "cannot read no.json: No such file or directory" + help},
      {{"explain", "ptarce"}, "there is no system call \"ptarce\"; did you mean ptrace?"},
      {{"explain", "frobnicate"},
       "there is no system call \"frobnicate\"; `man 2 syscalls` lists them"},
      {{"explain", "1073741824"},
       "\"1073741824\" is not the number of a system call; x86_64, i386 and arm64 number them "
       "from 0"},
      {{"explain", "-1"}, "seccomp explain: there is no option -1" + help},
      {{"export", "strict,multiarch", "--format", "bpf", "--arch", "arm64"}, ""},
  };
  for (const auto& c : cases) {
    if (c.text.empty()) {
      EXPECT_THAT(answer_to(c.words), testing::StartsWith("125: ")) << c.words.back();
    } else {
      EXPECT_EQ(answer_to(c.words), "125: " + c.text);
    }
  }
}

}  // namespace
}  // namespace kekkai::cli
