// A command line of bubblewrap as options of ours, and back: the container stays the same.
#include "../../cli/bwrap_json.h"
#include "../../cli/bwrap_mapping.h"
#include "../../cli/bwrap_to_run.h"
#include "../../cli/config.h"
#include "../../cli/defaults.h"
#include "../../cli/run_parser.h"
#include "../../cli/run_to_bwrap.h"
#include "../../cli/usage_error.h"

#include <kekkai/init/params.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace kekkai::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Words = std::vector<std::string>;

constexpr uint64_t kAllCapabilities = (uint64_t{2} << 40) - 1;

BwrapCaller bwrap_caller(uint32_t uid) {
  return {.uid = uid,
          .gid = 100,
          .capabilities = uid == 0 ? kAllCapabilities : 0,
          .known_capabilities = kAllCapabilities,
          .directory = "/work",
          .env = {{"A", "1"}, {"B", "2"}, {"HOME", "/home/me"}, {"PWD", "/work"}},
          .descriptors = {}};
}

Caller run_caller(uint32_t uid) {
  const BwrapCaller caller = bwrap_caller(uid);
  return {.directory = caller.directory, .env = caller.env};
}

BwrapOptions parse(const Words& words) {
  BwrapOptions options;
  parse_bwrap(
      words, [](int /*descriptor*/) { return std::string(); }, options);
  return options;
}

// The request that init would get.
std::string request_of(ContainerSettings settings) {
  for (const FdPlacement& file : settings.extra_files) {
    settings.params.extra_files.push_back(file.target);
  }
  return encode({.params = settings.params});
}

std::string request_of(const Words& bwrap, uint32_t uid) {
  // One instruction: whatever it is, it is allowed.
  const std::string filter("\x06\0\0\0\0\0\xff\x7f", 8);
  return request_of(make_bwrap_container(parse(bwrap), bwrap_caller(uid),
                                         [&](int /*descriptor*/) { return filter; }));
}

std::string request_of(const RunOptions& run, uint32_t uid) {
  return request_of({.params = make_params(run, run_caller(uid)), .extra_files = run.extra_fds});
}

RunOptions convert(const Words& bwrap, uint32_t uid) {
  RunOptions run;
  read_config(config_json(convert_bwrap(parse(bwrap), bwrap_caller(uid))), "FILE", run,
              run_caller(uid));
  return run;
}

Words flatten(const BwrapWords& words) {
  Words all;
  for (const Words& option : words.options) all.insert(all.end(), option.begin(), option.end());
  all.emplace_back("--");
  all.insert(all.end(), words.command.begin(), words.command.end());
  return all;
}

Words split(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

class ThereAndBack : public testing::TestWithParam<const char*> {};

TEST_P(ThereAndBack, IsTheSameContainer) {
  const Words words = split("--new-session " + std::string(GetParam()) + " -- sh -c");
  for (const uint32_t uid : {0U, 1000U}) {
    const RunOptions run = convert(words, uid);
    EXPECT_EQ(request_of(run, uid), request_of(words, uid)) << "as " << uid;
    const BwrapWords back = to_bwrap(run, run_caller(uid));
    EXPECT_EQ(request_of(flatten(back), uid), request_of(words, uid)) << back.text();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Convert, ThereAndBack,
    testing::Values(
        "--ro-bind / /", "--bind data /srv --ro-bind-try ../x y", "--dev-bind /dev /dev",
        "--bind-fd 7 /a --ro-bind-fd 8 /b", "--ro-bind /proc/self/fd/7 /a",
        "--ro-bind /proc/self/cwd /a", R"(--ro-bind /a:b /c:d --bind /e\f /g\:h)",
        "--overlay-src /1 --overlay-src /2 --ro-overlay /o", "--overlay-src /1 --tmp-overlay /o",
        "--overlay-src /1 --overlay /u /w /o", "--overlay-src a:b --overlay /u:1 w /o:2",
        "--tmpfs /t", "--perms 1777 --size 4096 --tmpfs /t", "--proc /proc --dev /dev",
        "--proc /p --mqueue /m --proc /q:r", "--dir a --perms 0700 --dir /b/../c",
        "--file 7 /a --perms 0600 --bind-data 6 /b --ro-bind-data 5 /c --perms 0644 --file 4 /d",
        "--symlink a:b /c:d --symlink ../x y", "--remount-ro /", "--chmod 0711 /x:y",
        "--ro-bind /a /a --tmpfs /b --ro-bind /c /b/c --remount-ro /b --dir /b/d"));

INSTANTIATE_TEST_SUITE_P(
    ConvertAllUnshared, ThereAndBack,
    testing::Values("--unshare-all", "--unshare-all --share-net", "--unshare-pid",
                    "--unshare-all --setenv A 3 --setenv C d=e --unsetenv B",
                    "--unshare-all --clearenv --setenv PATH /bin",
                    "--unshare-all --setenv X 1 --clearenv --setenv Y 2 --unsetenv Y",
                    "--unshare-all --setenv HOME /x --unsetenv PWD", "--unshare-all --chdir /srv",
                    "--unshare-all --chdir srv", "--unshare-all --argv0 other",
                    "--unshare-user --uid 5 --gid 6", "--unshare-uts --hostname box",
                    "--unshare-all --userns2 7", "--pidns 7", "--pidns 7 --unshare-pid",
                    "--unshare-user --disable-userns", "--unshare-all --assert-userns-disabled",
                    "--unshare-all --cap-add CAP_NET_RAW",
                    "--unshare-all --cap-add ALL --cap-drop CAP_SYS_ADMIN",
                    "--unshare-all --cap-drop ALL", "--unshare-user --cap-add ALL",
                    "--unshare-all --die-with-parent", "--unshare-all --as-pid-1",
                    "--unshare-all --lock-file /a --lock-file /b:c",
                    "--unshare-all --sync-fd 7 --block-fd 6"));

TEST(Convert, JoinsAUserNamespaceAndLeavesIdsToOthers) {
  for (const char* line : {"--new-session --unshare-user --userns-block-fd 7 --info-fd 6 true",
                           "--new-session --userns 7 --unshare-pid true"}) {
    EXPECT_EQ(request_of(convert(split(line), 1000), 1000), request_of(split(line), 1000)) << line;
  }
}

TEST(Convert, NamesWhatTheCallerHasOpenAndWhatOnlyRootWouldKeep) {
  BwrapCaller caller = bwrap_caller(0);
  caller.descriptors = {3, 7, 8};
  EXPECT_THAT(convert_bwrap(parse(split("--new-session --userns 7 true")), caller).left_out,
              ElementsAre(HasSubstr("(3, 8)"), HasSubstr("capabilities: ")));
}

TEST(Convert, TakesFiltersByTheirDescriptors) {
  const int file = ::memfd_create("filter", MFD_CLOEXEC);
  ASSERT_EQ(::write(file, "\x06\0\0\0\0\0\xff\x7f", 8), 8);
  const std::string number = std::to_string(file);
  for (const std::string option : {"--seccomp ", "--add-seccomp-fd "}) {
    const Words words = split("--new-session --unshare-all " + option + number + " true");
    const RunOptions run = convert(words, 0);
    EXPECT_EQ(request_of(run, 0), request_of(words, 0));
    EXPECT_EQ(request_of(flatten(to_bwrap(run, run_caller(0))), 0), request_of(words, 0));
  }
  ::close(file);
}

TEST(Convert, NamesWhatWeCannotSay) {
  const auto left_out = [](const char* line) {
    return convert_bwrap(parse(split(line)), bwrap_caller(1000)).left_out;
  };
  EXPECT_THAT(left_out("--new-session true"), IsEmpty());
  EXPECT_THAT(left_out("--new-session --info-fd 7 --json-status-fd 8 --level-prefix true"),
              ElementsAre(HasSubstr("--info-fd: "), HasSubstr("--json-status-fd: "),
                          HasSubstr("--level-prefix: ")));
}

TEST(Convert, RefusesWhatIsNoUtf8) {
  const Converted converted = convert_bwrap(parse({"--dir", "/\xff", "true"}), bwrap_caller(0));
  EXPECT_THROW(config_json(converted), UsageError);
}

TEST(Convert, WritesAFileThatPeopleCanRead) {
  EXPECT_EQ(config_json(convert_bwrap(
                parse(split("--new-session --unshare-all --setenv A 1 --ro-bind /usr /usr "
                            "--proc /proc --cap-add CAP_NET_RAW ls -l")),
                {.uid = 1000, .known_capabilities = kAllCapabilities})),
            R"({
  "bare": true,
  "change-host": true,
  "env-all": true,
  "env-pwd": true,
  "env": {"A": "1"},
  "cap-keep": "net_raw",
  "seccomp": "none",
  "outlive": true,
  "files": [
    {"ro": "/usr:/usr"},
    {"proc-at": "/proc:open=all"}
  ],
  "command": ["ls", "-l"]
}
)");
}

BwrapWords from_run(const Words& words) {
  RunOptions run;
  parse_run(words, run, run_caller(1000));
  return to_bwrap(run, run_caller(1000));
}

TEST(ConvertBack, SaysTheDefaultSandbox) {
  EXPECT_THAT(from_run({"--seccomp", "none", "--rw", "/a:/b", "sh", "-c", "echo 'hi'"}).text(),
              testing::AllOf(HasSubstr("bwrap \\\n  --unshare-user \\\n"),
                             HasSubstr("  --ro-bind / / \\\n  --proc /proc"),
                             HasSubstr("  --bind /a /b \\\n  -- sh -c 'echo '\\''hi'\\'''\n"),
                             HasSubstr("--new-session"), HasSubstr("--die-with-parent"),
                             HasSubstr("--clearenv \\\n  --setenv HOME /home/me")));
}

TEST(ConvertBack, MakesReadOnlyWhatIsSoOnlyInTheEnd) {
  const std::string text = from_run({"--tmpfs", "/t:ro", "--mkdir", "/t/a", "true"}).text();
  EXPECT_LT(text.find("--dir /t/a"), text.find("--remount-ro /t"));
}

struct Unsayable {
  Words options;
  const char* said;
};
class NotSaidBack : public testing::TestWithParam<Unsayable> {};

TEST_P(NotSaidBack, IsNamed) {
  Words words = GetParam().options;
  words.emplace_back("true");
  EXPECT_THAT(from_run(words).left_out, testing::Contains(HasSubstr(GetParam().said)));
}

INSTANTIATE_TEST_SUITE_P(
    Convert, NotSaidBack,
    testing::Values(Unsayable{{"--ro", "/a::noexec"}, "--ro /a::noexec: noexec"},
                    Unsayable{{"--ro", "/a::slave"}, "later mounts"},
                    Unsayable{{"--ro", "/a::ensure"}, "a missing source"},
                    Unsayable{{"--rw", "/a"}, "--rw /a: what is missing below it"},
                    Unsayable{{"--mask", "/a"}, "--mask /a: bubblewrap has nothing"},
                    Unsayable{{"--remount", "/a:noexec"}, "only ro is said"},
                    Unsayable{{"--file", "/dev/null:/a"}, "--ro-bind-data FD"},
                    Unsayable{{"--timeout", "5s"}, "--timeout 5s: bubblewrap has nothing"},
                    Unsayable{{"--umask", "77"}, "--umask 77: "},
                    Unsayable{{"--extra-fd", "3:4"}, "descriptors keep their numbers"},
                    Unsayable{{"--daemon", "/x:y"}, "--daemon /x: bubblewrap has nothing"},
                    Unsayable{{"--seccomp", "strict"}, "system call filter"},
                    Unsayable{{"--id-map-fd", "7"}, "--info-fd"},
                    Unsayable{{"--tty"}, "end of kekkai"}, Unsayable{{"--tty"}, "can type into it"},
                    Unsayable{{"--proc-at", "/p"}, "what is covered in it"},
                    Unsayable{{"--proc", "subset=pid"}, "all of it is shown"}));

}  // namespace
}  // namespace kekkai::cli
