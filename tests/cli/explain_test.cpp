#include "../../cli/command_line.h"
#include "../../cli/explain_command.h"
#include "../../cli/json_line.h"
#include "../../cli/lint.h"
#include "../../cli/usage_error.h"

#include <kekkai/simulation/fake_kernel.h>

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

namespace kekkai::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

constexpr const char* kOwnProgram = "/opt/kekkai/bin/kekkai";

/// The machine that is asked about: of user 1000, with a home and some things to be careless with.
struct Machine {
  testing::FakeKernel k;
  Caller caller{.directory = "/home/me/work",
                .env = {{"HOME", "/home/me"}, {"PATH", "/opt/tools:/usr/bin"}},
                .covered = {"/home", "/run", "/tmp"},
                .home_exists = true};

  Machine() {
    k.host(kOwnProgram).executable();
    k.host("/opt/kekkai/bin/kekkai-init").executable();
    k.host("/usr/bin/true").executable();
    k.host("/proc/self/exe").magic_link_to(kOwnProgram);
    k.host("/proc/self/cwd").magic_link_to("/");
    k.host("/proc/self/root").magic_link_to("/");
    for (const char* mine :
         {"/home/me", "/home/me/work", "/home/me/.config", "/home/me/.cache/x"}) {
      k.host(mine).directory(0700).owned_by(1000, 1000);
    }
    for (const char* directory : {"/opt/tools", "/opt/x", "/run/user/1000", "/srv/data"}) {
      k.host(directory).directory().owned_by(1000, 1000);
    }
    k.host("/tmp").directory(01777);
    k.host("/shared").directory(01777);
    k.host("/shared/mine").directory().owned_by(1000, 1000);
    k.host("/shared/theirs").directory().owned_by(1001, 1001);
    k.host("/run/user/1000/bus").of_mode(S_IFSOCK | 0600).owned_by(1000, 1000);
    k.host("/run/docker.sock").of_mode(S_IFSOCK | 0660);
    k.host("/run/user/1000/other").of_mode(S_IFSOCK | 0600).owned_by(1000, 1000);
    for (int number = 0; number <= 2; ++number) k.inherit_file(number, "/dev/null");
  }

  Answer explain(Words words) {
    words.insert(words.begin(), "explain");
    const Parsed parsed = parse_command_line(words, caller);
    if (!parsed.ask) return {.text = parsed.text, .exit_code = parsed.exit_code};
    return parsed.ask(k);
  }
  Json json(Words words) {
    words.insert(words.begin(), "--json");
    return Json::parse(explain(std::move(words)).text);
  }
  std::string refusal(const Words& words) {
    try {
      return "no refusal: " + explain(words).text;
    } catch (const UsageError& e) {
      return e.what();
    }
  }
  std::set<std::string> findings(Words words) {
    words.insert(words.begin(), "--lint");
    std::set<std::string> names;
    for (const Json& finding : json(std::move(words))) names.insert(finding["rule"]);
    return names;
  }
};

TEST(Explain, NamesTheOptionOfEachOp) {
  Machine machine;
  const Json ops = machine.json({"--ro", "/srv/data:/data", "--tmpfs=/data", "--proc-open", "sys",
                                 "--daemon", "/tmp/x:true", "--root", "/", "--", "true"})["ops"];
  const auto origin_of = [&](const std::string& op) -> std::string {
    for (const Json& each : ops) {
      if (each["op"] == op) return each["origin"];
    }
    return "no op " + op;
  };
  EXPECT_EQ(origin_of("tmpfs on /home"), "default");
  EXPECT_EQ(origin_of("bind /srv/data on /data"), "--ro /srv/data:/data");
  EXPECT_EQ(origin_of("tmpfs on /data"), "--tmpfs /data");
  EXPECT_EQ(origin_of("proc on /proc"), "--proc-open sys");
  EXPECT_EQ(origin_of("daemon true"), "--daemon /tmp/x:true");
  EXPECT_EQ(origin_of("dev on /dev"), "default");
}

TEST(Explain, TellsWhatTheProgramMay) {
  Machine machine;
  const Json program =
      machine.json({"--rw", "/home/me/work", "--cap-keep", "net_raw", "--env", "A=secret", "--net",
                    "--rlimit", "nofile=7:unlimited", "--", "true", "x"})["program"];
  EXPECT_EQ(program["path"], "/usr/bin/true");
  EXPECT_EQ(program["command"], Json({"true", "x"}));
  EXPECT_EQ(program["directory"], "/home/me/work");
  EXPECT_EQ(program["writes_host"], Json({"/home/me/work"}));
  EXPECT_EQ(program["capabilities"], Json({"net_raw"}));
  EXPECT_EQ(program["limits"], Json({"nofile=7:unlimited"}));
  EXPECT_EQ(program["env"], Json({"A", "HOME", "PATH"}));
  EXPECT_EQ(program["network"].size(), 1U);
  EXPECT_EQ(program["seccomp"], Json({"strict"}));
}

TEST(Explain, ShowsMountsAndTree) {
  Machine machine;
  const Json all = machine.json({"--ro", "/srv/data:/tmp/a/data", "--symlink", "x:/tmp/a/link"});
  const auto with_path = [](const Json& list, const std::string& path) {
    for (const Json& each : list) {
      if (each["path"] == path) return each;
    }
    return Json();
  };
  const Json mount = with_path(all["mounts"], "/tmp/a/data");
  EXPECT_EQ(mount["host_path"], "/srv/data");
  EXPECT_EQ(mount["read_only"], true);
  EXPECT_EQ(with_path(all["tree"], "/tmp/a")["kind"], "directory");
  EXPECT_EQ(with_path(all["tree"], "/tmp/a/link")["target"], "x");
  EXPECT_EQ(with_path(all["tree"], "/tmp/a/data")["mount"].is_number(), true);
}

TEST(Explain, FailsAsARunWould) {
  Machine machine;
  EXPECT_EQ(machine.refusal({"--ro", "/no/such", "--", "true"}),
            "cannot prepare op 7 (bind /no/such on /no/such): openat2 /no/such: No such file or "
            "directory");
  EXPECT_EQ(machine.refusal({"--", "nothing"}),
            "cannot execute nothing: there is no such program in PATH=/usr/local/sbin:"
            "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  const Answer answer = machine.explain({"--json", "--ro", "/no/such"});
  EXPECT_EQ(answer.exit_code, 125);
  EXPECT_EQ(Json::parse(answer.text)["failure"]["errno"], "ENOENT");
}

TEST(Explain, KnowsThatAScriptNeedsItsInterpreter) {
  Machine machine;
  machine.k.host("/srv/data/good").executable("#!/usr/bin/true -x\n");
  machine.k.host("/srv/data/bad").executable("#! /no/such\n");
  machine.k.host("/srv/data/plain").regular();
  machine.k.host("/srv/data/closed").executable("#!/tmp/d/plain\n");
  machine.k.host("/srv/data/loop").executable("#!/tmp/d/loop\n");
  const auto try_program = [&](const std::string& program) {
    return machine.refusal({"--lint", "--ro", "/srv/data:/tmp/d", "--", "/tmp/d/" + program});
  };
  EXPECT_THAT(try_program("good"), ::testing::StartsWith("no refusal"));
  EXPECT_EQ(try_program("bad"),
            "cannot execute /tmp/d/bad: its interpreter /no/such does not exist in the container");
  EXPECT_EQ(try_program("closed"), "cannot execute /tmp/d/closed: Permission denied");
  EXPECT_EQ(try_program("loop"), "cannot execute /tmp/d/loop: Too many levels of symbolic links");
}

TEST(Explain, KnowsThatNoHardLimitIsRaised) {
  Machine machine;
  machine.k.set_limit({RLIMIT_CORE, 0, 5});
  EXPECT_THAT(machine.refusal({"--rlimit", "core=5", "--", "true"}),
              ::testing::StartsWith("no refusal"));
  EXPECT_EQ(machine.refusal({"--rlimit", "core=6", "--", "true"}),
            "cannot execute /usr/bin/true: prlimit64 /usr/bin/true: Operation not permitted");
}

TEST(Explain, FailsAsARunWouldWithoutProc) {
  Machine machine;
  machine.k.host("/proc/self/exe").missing();
  EXPECT_EQ(machine.refusal({"--", "true"}),
            "cannot start init: readlinkat /proc/self/exe: No such file or directory");
}

TEST(Explain, TellsWhatItDoesNotLookAt) {
  Machine machine;
  EXPECT_THAT(machine.explain({"--", "true"}).text,
              HasSubstr("\nWhat is not looked at may still end a run: "));
}

TEST(Explain, WritesDownTheCallsOfEachOp) {
  Machine machine;
  EXPECT_EQ(machine.json({}).count("calls"), 0U);
  const Json calls = machine.json({"--calls", "--ro", "/srv/data:/tmp/d"})["calls"];
  Words of_op;
  for (const Json& call : calls) {
    if (call["op"] == 7) of_op.push_back(std::string(call["call"]));
  }
  EXPECT_THAT(of_op, Contains("openat2 /srv/data O_PATH NO_MAGICLINKS"));
  EXPECT_THAT(of_op, Contains("move_mount /srv/data -> /tmp/d"));
  EXPECT_THAT(of_op, Not(Contains(HasSubstr("status stream"))));
}

TEST(Explain, FitsTheTerminal) {
  Machine machine;
  const std::string text = machine.explain({"--ro", "/srv/data:/tmp/d", "--", "true"}).text;
  EXPECT_THAT(text, HasSubstr("bind /srv/data on /tmp/d  --ro /srv/data:/tmp/d\n"));
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    EXPECT_LE(end - at, 80U) << text.substr(at, end - at);
    at = end + 1;
  }
}

TEST(Explain, ChangesNothing) {
  Machine machine;
  const auto before = machine.k.tree();
  machine.explain({"--rw", "/srv/data/new::ensure", "--mkdir", "/tmp/x", "--", "true"});
  EXPECT_EQ(machine.k.tree(), before);
}

TEST(Explain, RefusesWhatDoesNotBelongTogether) {
  Machine machine;
  EXPECT_EQ(machine.explain({"--sarif"}).text, "--sarif belongs to --lint");
  EXPECT_EQ(machine.explain({"--diff", "a"}).text, "--diff compares two files of options");
  EXPECT_EQ(machine.explain({"--clals"}).exit_code, 125);
}

struct LintExample {
  const char* rule;
  Words fires;
  Words does_not;
  void (*prepare)(Machine& machine) = [](Machine&) {};
};

const std::vector<LintExample>& lint_examples() {
  static const std::vector<LintExample> kExamples{
      {"writable-home", {"--rw", "/home/me"}, {"--rw", "/home/me/work"}},
      {"writable-path", {"--rw", "/opt/tools"}, {"--ro", "/opt/tools"}},
      {"writable-dotfiles", {"--rw", "/home/me/.config"}, {"--rw", "/home/me/.cache/x"}},
      {"writable-kekkai", {"--rw", "/opt/kekkai"}, {"--ro", "/opt/kekkai"}},
      {"abstract-sockets", {"--net"}, {}},
      {"kept-terminal",
       {"--seccomp-allow", "ioctl"},
       {"--seccomp-allow", "ptrace"},
       [](Machine& machine) { machine.caller.has_terminal = true; }},
      {"hidden-mount",
       {"--tmpfs", "/tmp/a/b", "--tmpfs", "/tmp/a"},
       {"--tmpfs", "/tmp/a", "--tmpfs", "/tmp/a/b"}},
      {"weak-source", {"--ro", "/shared/theirs"}, {"--ro", "/shared/mine"}},
      {"open-proc", {"--proc-open", "sys"}, {"--proc", "subset=pid"}},
      {"session-bus",
       {"--ro", "/run/user/1000/bus:/run/user/1000/bus"},
       {"--ro", "/run/user/1000/other:/run/user/1000/other"}},
      {"container-socket", {"--ro", "/run/docker.sock"}, {"--ro", "/run/user/1000/other"}},
      {"no-filter", {"--seccomp", "none"}, {"--seccomp", "common"}},
  };
  return kExamples;
}

TEST(Lint, EachRuleHasAnExampleThatFiresAndOneThatDoesNot) {
  std::set<std::string> tried{"root-caller"};
  for (const LintExample& example : lint_examples()) {
    Machine machine;
    example.prepare(machine);
    EXPECT_THAT(machine.findings(example.fires), Contains(example.rule));
    EXPECT_THAT(machine.findings(example.does_not), Not(Contains(example.rule)));
    tried.insert(example.rule);
  }
  for (const LintRule& rule : lint_rules()) EXPECT_TRUE(tried.contains(std::string(rule.name)));
  EXPECT_EQ(tried.size(), lint_rules().size());
}

TEST(Lint, KnowsRoot) {
  Machine machine;
  EXPECT_THAT(machine.findings({}), Not(Contains("root-caller")));
  machine.k.set_ids({}, {});
  EXPECT_THAT(machine.findings({}), Contains("root-caller"));
}

TEST(Lint, EndsWithOneForAWarningOrAnError) {
  Machine machine;
  EXPECT_EQ(machine.explain({"--lint"}).exit_code, 0);
  EXPECT_EQ(machine.explain({"--lint"}).text, "nothing was found\n");
  EXPECT_EQ(machine.explain({"--lint", "--net"}).exit_code, kExitFindings);
  machine.k.set_ids({}, {});
  EXPECT_EQ(machine.explain({"--lint"}).exit_code, 0) << "a note";
}

TEST(Lint, WritesSarif) {
  Machine machine;
  const Answer answer = machine.explain({"--lint", "--sarif", "--net"});
  const Json log = Json::parse(answer.text);
  EXPECT_EQ(log["version"], "2.1.0");
  const Json& run = log["runs"][0];
  const Json& result = run["results"][0];
  EXPECT_EQ(result["ruleId"], "abstract-sockets");
  EXPECT_EQ(result["level"], "warning");
  EXPECT_EQ(run["tool"]["driver"]["rules"][int(result["ruleIndex"])]["id"], "abstract-sockets");
  EXPECT_EQ(run["tool"]["driver"]["rules"].size(), lint_rules().size());
}

class ExplainDiff : public ::testing::Test {
 protected:
  ~ExplainDiff() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& json) const {
    std::ofstream(folder_ / name) << json;
    return (folder_ / name).string();
  }

  Machine machine_;

 private:
  static std::filesystem::path make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "explain.XXXXXX").string();
    return ::mkdtemp(name.data());
  }
  std::filesystem::path folder_ = make_folder();
};

TEST_F(ExplainDiff, TellsWhatEitherAllowsAlone) {
  const std::string a = file("a", R"({"rw": "/home/me/work", "net": true})");
  const std::string b = file("b", R"({"seccomp": "common", "cap-keep": "net_raw"})");
  const Json diff = machine_.json({"--diff", a, b});
  EXPECT_EQ(diff["a"]["only"]["writes_host"], Json({"/home/me/work"}));
  EXPECT_EQ(diff["a"]["only"].count("network"), 1U);
  EXPECT_EQ(diff["a"]["only"].count("calls"), 0U);
  EXPECT_EQ(diff["b"]["only"]["capabilities"], Json({"net_raw"}));
  const Json& calls = diff["b"]["only"]["calls"];
  EXPECT_NE(std::find(calls.begin(), calls.end(), "ptrace"), calls.end());
}

TEST_F(ExplainDiff, FitsTheTerminal) {
  const std::string a = file("a", "{}");
  const std::string b = file("b", R"({"seccomp": "common"})");
  const auto longest_line = [&] {
    const std::string text = machine_.explain({"--diff", a, b}).text;
    size_t longest = 0;
    for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      const std::string line = text.substr(at, text.find('\n', at) - at);
      const bool names_file = line.find(a) != line.npos || line.find(b) != line.npos;
      if (!names_file) longest = std::max(longest, line.size());  // as long as TMPDIR is
    }
    return longest;
  };
  EXPECT_LE(longest_line(), 80U);
  machine_.k.host("/dev/tty9").character_device(4, 9);
  machine_.k.inherit_file(1, "/dev/tty9");
  machine_.k.set_terminal(1, "/dev/tty9");
  machine_.k.set_window_size(Fd(1, "stdout"), {.ws_row = 50, .ws_col = 200});
  EXPECT_GT(longest_line(), 160U);
  EXPECT_LE(longest_line(), 200U);
}

TEST_F(ExplainDiff, IsEmptyForTheSame) {
  const std::string a = file("a", R"({"net": true})");
  EXPECT_EQ(machine_.explain({"--diff", a, a}).text,
            a + " allows nothing that " + a + " does not\n\n" + a + " allows nothing that " + a +
                " does not\n");
}

TEST_F(ExplainDiff, NamesTheFileThatWouldNotStart) {
  const std::string a = file("a", R"({"ro": "/no/such"})");
  EXPECT_THAT(machine_.refusal({"--diff", a, a}), ::testing::StartsWith(a + ": cannot prepare op"));
}

}  // namespace
}  // namespace kekkai::cli
