// The command line of bubblewrap: what its options say, and which are refused in which words.
#include "../../cli/bwrap_parser.h"

#include "../../cli/bwrap_error.h"
#include "../../cli/bwrap_option_table.h"

#include <kekkai/syscall/syscall_error.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kekkai::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Words = std::vector<std::string>;

// Descriptor 9 holds words, all others are closed.
const std::string kHeld("--dir\0/a\0--setenv\0A\0\0ignored\0--dir\0/b", 36);

std::string read_held(int descriptor) {
  if (descriptor != 9) throw SyscallError(EBADF, "read");
  return kHeld;
}

BwrapOptions parse(const Words& words) {
  BwrapOptions options;
  parse_bwrap(words, read_held, options);
  return options;
}

std::string error_of(const Words& words) {
  try {
    parse(words);
  } catch (const BwrapError& e) {
    return e.what();
  }
  return {};
}

TEST(BwrapParser, EndsWhereTheCommandBegins) {
  EXPECT_THAT(parse({"--unshare-pid", "ls", "--dir"}).command, ElementsAre("ls", "--dir"));
  EXPECT_THAT(parse({"--unshare-pid", "--", "--dir", "x"}).command, ElementsAre("--dir", "x"));
  EXPECT_THAT(parse({"", "x"}).command, ElementsAre("", "x"));
  EXPECT_THAT(parse({"--unshare-pid"}).command, IsEmpty());
  EXPECT_THAT(parse({"--unshare-pid", "--"}).command, IsEmpty());
}

TEST(BwrapParser, KeepsTheStepsInOrder) {
  const BwrapOptions options = parse({"--bind",
                                      "/a",
                                      "/b",
                                      "--dev-bind-try",
                                      "c",
                                      "d",
                                      "--ro-bind",
                                      "/e",
                                      "/f",
                                      "--ro-bind-fd",
                                      "7",
                                      "/g",
                                      "--tmpfs",
                                      "/t",
                                      "--proc",
                                      "/proc",
                                      "--symlink",
                                      "x",
                                      "/y",
                                      "--file",
                                      "8",
                                      "/h",
                                      "--ro-bind-data",
                                      "10",
                                      "/i",
                                      "--remount-ro",
                                      "/b",
                                      "--chmod",
                                      "0711",
                                      "/j"});
  using Access = BwrapBind::Access;
  EXPECT_THAT(
      options.steps,
      ElementsAre(
          BwrapBind{.source = "/a", .target = "/b", .access = Access::kWritable},
          BwrapBind{.source = "c", .target = "d", .access = Access::kDevices, .optional = true},
          BwrapBind{.source = "/e", .target = "/f"}, BwrapBind{.descriptor = 7, .target = "/g"},
          BwrapTmpfs{.target = "/t"},
          BwrapMount{.kind = BwrapMount::Kind::kProc, .target = "/proc"},
          BwrapSymlink{.content = "x", .target = "/y"},
          BwrapFile{.kind = BwrapFile::Kind::kPlain, .descriptor = 8, .target = "/h"},
          BwrapFile{.kind = BwrapFile::Kind::kBoundReadOnly,
                    .descriptor = 10,
                    .target = "/i",
                    .mode = 0600},
          BwrapRemount{.target = "/b"}, BwrapChmod{.target = "/j", .mode = 0711}));
  EXPECT_EQ(options.step_options[1], "--dev-bind-try c d");
}

TEST(BwrapParser, GivesPermsAndSizeToTheNextOptionOnly) {
  const BwrapOptions options = parse({"--perms", "0700", "--size", "0x1000", "--tmpfs", "/a",
                                      "--tmpfs", "/b", "--size", "010", "--tmpfs", "/c"});
  EXPECT_THAT(options.steps,
              ElementsAre(BwrapTmpfs{.target = "/a", .mode = 0700, .size = 4096},
                          BwrapTmpfs{.target = "/b"}, BwrapTmpfs{.target = "/c", .size = 8}));
}

TEST(BwrapParser, StacksOverlaysInTheirOrder) {
  EXPECT_THAT(
      parse({"--overlay-src", "/a", "--overlay-src", "/b", "--overlay", "/u", "/w", "/d",
             "--overlay-src", "/c", "--tmp-overlay", "/e"})
          .steps,
      ElementsAre(
          BwrapOverlay{.sources = {"/a", "/b"}, .upper = "/u", .work = "/w", .target = "/d"},
          BwrapOverlay{.sources = {"/c"}, .ephemeral = true, .target = "/e"}));
}

TEST(BwrapParser, ReadsMoreWordsFromADescriptor) {
  const BwrapOptions options = parse({"--args", "9", "--dir", "/c", "true"});
  EXPECT_THAT(options.steps,
              ElementsAre(BwrapDirectory{.target = "/a"}, BwrapDirectory{.target = "/c"}));
  EXPECT_THAT(options.environment, ElementsAre(BwrapVariable{"A", ""}));
  EXPECT_THAT(options.args_fds, ElementsAre(9));
  EXPECT_THAT(options.command, ElementsAre("true"));
}

TEST(BwrapParser, TakesAnyNumberOfWords) {
  std::string data;
  for (int i = 0; i < 20'000; ++i) data += std::string("--dir\0/x\0", 9);
  BwrapOptions options;
  parse_bwrap(
      {"--args", "3"}, [&](int) { return data; }, options);
  EXPECT_EQ(options.steps.size(), 20'000U);
}

TEST(BwrapParser, LetsTheLastOneWinAndSaysSo) {
  const BwrapOptions options =
      parse({"--chdir", "/a", "--chdir", "/b", "--uid", "1", "--uid", "2", "--setenv", "A", "1",
             "--clearenv", "--unsetenv", "B", "true"});
  EXPECT_EQ(options.chdir, "/b");
  EXPECT_EQ(options.uid, 2U);
  EXPECT_THAT(options.warnings, ElementsAre("Only the last --chdir option will take effect",
                                            "Only the last --uid option will take effect"));
  EXPECT_THAT(options.environment,
              ElementsAre(BwrapVariable{"A", "1"}, BwrapVariable{}, BwrapVariable{"B", {}}));
}

TEST(BwrapParser, LetsShareNetUndoWhatIsBeforeIt) {
  EXPECT_FALSE(parse({"--unshare-all", "--share-net"}).unshare_net);
  EXPECT_TRUE(parse({"--share-net", "--unshare-net"}).unshare_net);
}

TEST(BwrapParser, EndsAtHelp) {
  EXPECT_TRUE(parse({"--dir", "/a", "--help", "--nonsense"}).help);
  EXPECT_TRUE(parse({"--version", "--nonsense"}).version);
}

TEST(BwrapParser, KnowsOfALevelPrefixBeforeAnError) {
  BwrapOptions options;
  EXPECT_THROW(parse_bwrap({"--level-prefix", "--nonsense"}, read_held, options), BwrapError);
  EXPECT_TRUE(options.level_prefix);
}

// Callers look for these.
TEST(BwrapParser, RefusesInBubblewrapsWords) {
  const struct {
    Words words;
    const char* error;
  } cases[] = {
      {{"--nonsense"}, "Unknown option --nonsense"},
      {{"-x"}, "Unknown option -x"},
      {{"--bind", "/a"}, "--bind takes two arguments"},
      {{"--overlay-src", "/a", "--overlay", "/a", "/b"}, "--overlay takes three arguments"},
      {{"--dir"}, "--dir takes an argument"},
      {{"--uid", "x"}, "Invalid uid: x"},
      {{"--gid", "-1"}, "Invalid gid: -1"},
      {{"--uid", "2147483648"}, "Invalid uid: 2147483648"},
      {{"--sync-fd", "3x"}, "Invalid fd: 3x"},
      {{"--info-fd", ""}, "Invalid fd: "},
      {{"--perms", "999", "--dir", "/a"}, "--perms takes an octal argument <= 07777"},
      {{"--perms", "10000", "--dir", "/a"}, "--perms takes an octal argument <= 07777"},
      {{"--chmod", "8", "/a"}, "--chmod takes an octal argument <= 07777"},
      {{"--perms", "1", "--perms", "1"}, "--perms given twice for the same action"},
      {{"--perms", "1", "--proc", "/p"},
       "--perms must be followed by an option that creates a file"},
      {{"--size", "0", "--tmpfs", "/a"}, "--size takes a non-zero number of bytes"},
      {{"--size", "-1", "--tmpfs", "/a"}, "--size takes a non-zero number of bytes"},
      {{"--size", "9223372036854775808", "--tmpfs", "/a"},
       "--size (for tmpfs) is limited to 9223372036854775807"},
      {{"--size", "1", "--size", "1"}, "--size given twice for the same action"},
      {{"--size", "1", "--dir", "/a"}, "--size must be followed by --tmpfs"},
      {{"--overlay-src", "/a", "--dir", "/b"},
       "--overlay-src must be followed by another --overlay-src or one of --overlay, "
       "--tmp-overlay, or --ro-overlay"},
      {{"--overlay-src", "/a", "true"},
       "--overlay-src must be followed by another --overlay-src or one of --overlay, "
       "--tmp-overlay, or --ro-overlay"},
      {{"--tmp-overlay", "/a"}, "--tmp-overlay requires at least one --overlay-src"},
      {{"--overlay-src", "/a", "--ro-overlay", "/b"},
       "--ro-overlay requires at least two --overlay-src"},
      {{"--cap-add", "CAP_NONSENSE"}, "unknown cap: CAP_NONSENSE"},
      {{"--argv0", "a", "--argv0", "b"}, "--argv0 used multiple times"},
      {{"--seccomp", "3", "--add-seccomp-fd", "4"},
       "--add-seccomp-fd cannot be combined with --seccomp"},
      {{"--add-seccomp-fd", "3", "--seccomp", "4"},
       "--seccomp cannot be combined with --add-seccomp-fd"},
      {{"--args", "5"}, "Can't read --args data: Bad file descriptor"},
      {{"--setenv", "", "x"}, "setenv failed: Invalid argument"},
      {{"--unsetenv", "A=B"}, "unsetenv failed: Invalid argument"},
  };
  for (const auto& c : cases) EXPECT_EQ(error_of(c.words), c.error);
}

TEST(BwrapParser, KnowsWhatMayHaveBeenMeant) {
  try {
    parse({"--ro-bnd", "/", "/"});
    ADD_FAILURE() << "it was taken";
  } catch (const BwrapError& e) {
    EXPECT_EQ(e.hint, "did you mean --ro-bind?");
  }
}

TEST(BwrapParser, ReadsNoArgsFromArgs) {
  BwrapOptions options;
  try {
    parse_bwrap(
        {"--args", "3"},
        [](int) {
          return std::string(
              "--args\0"
              "4",
              8);
        },
        options);
    ADD_FAILURE() << "it was taken";
  } catch (const BwrapError& e) {
    EXPECT_STREQ(e.what(), "--args not supported in arguments file");
  }
}

// An option without its values is always refused, and with them taken, or refused for these.
TEST(BwrapParser, AsksEveryOptionForItsValues) {
  for (const BwrapOption& option : bwrap_options()) {
    const std::string name(option.text.name);
    if (option.arity() == 0) {
      EXPECT_EQ(error_of({name}), "") << name;
    } else {
      EXPECT_THAT(error_of({name}), ::testing::StartsWith(name + " takes ")) << name;
    }
  }
}

}  // namespace
}  // namespace kekkai::cli
