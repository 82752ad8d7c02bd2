// What a command line of bubblewrap comes to, and what is told of it.
#include "../../cli/bwrap_mapping.h"

#include "../../cli/bwrap_error.h"
#include "../../cli/bwrap_help.h"
#include "../../cli/bwrap_report.h"

#include <kekkai/syscall/syscall_error.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kekkai::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

// Descriptor 9 holds a filter of one instruction, 8 some text, all others are closed.
std::string read_held(int descriptor) {
  if (descriptor == 9) return {"\x06\0\0\0\0\0\xff\x7f", 8};
  if (descriptor == 8) return "text";
  throw SyscallError(EBADF, "read");
}

const BwrapCaller kCaller{.uid = 1000,
                          .gid = 100,
                          .known_capabilities = 0xff,
                          .directory = "/work",
                          .env = {{"A", "1"}, {"HOME", "/home/me"}, {"PWD", "/work"}},
                          .descriptors = {3, 8, 9}};

BwrapOptions parse(const Words& words) {
  BwrapOptions options;
  parse_bwrap(words, read_held, options);
  return options;
}

ContainerSettings map(Words words, const BwrapCaller& caller = kCaller) {
  words.insert(words.begin(), "--unshare-all");
  words.emplace_back("true");
  return make_bwrap_container(parse(words), caller, read_held);
}

std::string error_of(const Words& words) {
  try {
    map(words);
  } catch (const BwrapError& e) {
    return e.what();
  }
  return {};
}

TEST(BwrapMapping, PassesOverWhatIsNotThere) {
  EXPECT_EQ(map({"--bind-try", "", "/x", "--ro-bind-try", "/proc/self/fd/7", "/y"}).params.ops,
            Ops());
  Ops wanted;
  wanted.bind({.descriptor = 8, .target = "/x"})
      .bind({.source = "/proc/self/fd/08", .target = "/y", .magic_links = true, .optional = true})
      .bind({.source = "/proc/thread-self/cwd", .target = "/z", .magic_links = true});
  EXPECT_EQ(map({"--ro-bind-try", "/proc/self/fd/8", "/x", "--ro-bind-try", "/proc/self/fd/08",
                 "/y", "--ro-bind", "/proc/thread-self/cwd", "/z"})
                .params.ops,
            wanted);
}

TEST(BwrapMapping, LeavesRootsOwnIdsAlone) {
  const BwrapCaller root{.known_capabilities = 0xff, .directory = "/"};
  const Params params =
      make_bwrap_container(parse({"--uid", "0", "--gid", "0", "true"}), root, read_held).params;
  EXPECT_EQ(params.uid, kCallersId);
  EXPECT_EQ(params.gid, kCallersId);
}

TEST(BwrapMapping, MakesAnOpOfEachStep) {
  Ops wanted;
  wanted.bind({.source = "/usr", .target = "/usr"})
      .bind({.source = "/work/data", .target = "/srv", .writable = true, .optional = true})
      .bind({.source = "/dev", .target = "/d", .writable = true, .device = true})
      .bind({.descriptor = 7, .target = "/e", .writable = true})
      .bind({.descriptor = 6, .target = "/f"})
      .tmpfs({.path = "/tmp", .mode = 01777, .size = 4096})
      .proc({.path = "/proc", .open = {"all"}})
      .dev({.path = "/dev"})
      .mkdir({.path = "/a", .mode = 0700})
      .symlink({.path = "/lib64", .target = "usr/lib64"})
      .remount({.path = "/srv", .read_only = true})
      .overlay({.path = "/o", .lowers = {"/2", "/1"}, .ephemeral = true})
      .overlay({.path = "/p", .lowers = {"/1"}, .upper = "/u", .work = "/work/w"});
  const Ops ops = map({"--ro-bind",
                       "/usr",
                       "/usr",
                       "--bind-try",
                       "data",
                       "srv",
                       "--dev-bind",
                       "/dev",
                       "/d",
                       "--bind-fd",
                       "7",
                       "/e",
                       "--ro-bind",
                       "/proc/self/fd/6",
                       "/f",
                       "--perms",
                       "1777",
                       "--size",
                       "4096",
                       "--tmpfs",
                       "/tmp",
                       "--proc",
                       "/proc",
                       "--dev",
                       "/dev",
                       "--perms",
                       "0700",
                       "--dir",
                       "/a",
                       "--symlink",
                       "usr/lib64",
                       "/lib64",
                       "--remount-ro",
                       "/srv",
                       "--overlay-src",
                       "/1",
                       "--overlay-src",
                       "/2",
                       "--tmp-overlay",
                       "/o",
                       "--overlay-src",
                       "/1",
                       "--overlay",
                       "/u",
                       "w",
                       "/p"})
                      .params.ops;
  EXPECT_EQ(ops, wanted);
}

TEST(BwrapMapping, KeepsTheCoversOfProcFromRoot) {
  BwrapCaller root = kCaller;
  root.uid = 0;
  EXPECT_EQ(map({"--proc", "/proc"}, root).params.ops, Ops().proc({.path = "/proc"}));
}

TEST(BwrapMapping, ChangesTheEnvironmentInOrder) {
  EXPECT_THAT(map({}).params.env, ElementsAre("A=1", "HOME=/home/me"));
  EXPECT_THAT(map({"--setenv", "B", "2", "--unsetenv", "A"}).params.env,
              ElementsAre("B=2", "HOME=/home/me"));
  EXPECT_THAT(map({"--setenv", "B", "2", "--clearenv", "--setenv", "C", ""}).params.env,
              ElementsAre("C="));
}

TEST(BwrapMapping, StartsWhereBubblewrapDoes) {
  EXPECT_THAT(map({}).params.working_directories, ElementsAre("/work", "/home/me", "/"));
  EXPECT_THAT(map({"--chdir", "srv"}).params.working_directories, ElementsAre("/srv"));
  EXPECT_TRUE(map({}).params.names_directory);
  EXPECT_EQ(error_of({"--chdir", ""}), "Can't chdir to : No such file or directory");
  EXPECT_THAT(map({"--setenv", "HOME", "/h"}, {.uid = 1000}).params.working_directories,
              ElementsAre("/h", "/"));
}

TEST(BwrapMapping, KeepsTheTerminalUnlessASessionIsNew) {
  BwrapCaller caller = kCaller;
  EXPECT_EQ(map({}, caller).params.terminal, Terminal::kNone);
  caller.has_terminal = true;
  EXPECT_EQ(map({}, caller).params.terminal, Terminal::kKept);
  EXPECT_EQ(map({"--new-session"}, caller).params.terminal, Terminal::kNone);
}

TEST(BwrapMapping, LoadsFiltersInOrder) {
  const std::vector<FilterProgram> filters =
      map({"--add-seccomp-fd", "9", "--add-seccomp-fd", "9"}).params.filters;
  ASSERT_EQ(filters.size(), 2U);
  ASSERT_EQ(filters[0].size(), 1U);
  EXPECT_EQ(filters[0][0].k, 0x7fff0000U);
  EXPECT_EQ(error_of({"--seccomp", "7"}), "Can't read seccomp data: Bad file descriptor");
}

TEST(BwrapMapping, RefusesFiltersThatAreNone) {
  BwrapOptions options = parse({"--unshare-all", "--seccomp", "3", "true"});
  const auto error_with = [&](const std::string& content) {
    try {
      make_bwrap_container(options, kCaller, [&](int) { return content; });
    } catch (const BwrapError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_EQ(error_with("1234567"), "Invalid seccomp data, must be multiple of 8");
  EXPECT_THAT(error_with(""), HasSubstr("Unable to set up system call filtering"));
}

TEST(BwrapMapping, PassesOnOtherDescriptors) {
  EXPECT_THAT(map({"--seccomp", "9"}).extra_files,
              ElementsAre(FdPlacement{3, 3}, FdPlacement{8, 8}));
}

TEST(BwrapMapping, TakesPathsAsTheyMean) {
  const Ops ops = map({"--dir", "/a/.././b//c/"}).params.ops;
  EXPECT_EQ(ops[0].describe(), "mkdir /b/c");
}

TEST(BwrapMapping, RootKeepsItsCapabilitiesAsUid0) {
  const BwrapCaller root{.uid = 0, .capabilities = 7, .known_capabilities = 7};
  EXPECT_EQ(map({}, root).params.keep_capabilities, 7U);
  EXPECT_EQ(map({"--unshare-user", "--uid", "5"}, root).params.keep_capabilities, 0U);
  EXPECT_EQ(map({"--unshare-user", "--uid", "5", "--cap-drop", "CAP_CHOWN"}, root)
                .params.keep_capabilities,
            6U);
}

TEST(BwrapMapping, NamesTheOptionThatCannotBe) {
  EXPECT_EQ(error_of({"--bind", "", "/b"}), "Can't find source path : No such file or directory");
}

TEST(BwrapReport, SaysWhyInBubblewrapsWords) {
  const BwrapOptions options =
      parse({"--ro-bind", "/none", "/x", "--dir", "/y", "--chdir", "/z", "ls", "-l"});
  const struct {
    Failure failure;
    const char* text;
    const char* hint;
  } cases[] = {
      {{.phase = Phase::kEarly, .op_index = 0, .call = "openat2 /none", .error = ENOENT},
       "Can't find source path /none: No such file or directory",
       "the option is `--ro-bind /none /x`; --ro-bind-try passes over what is missing"},
      {{.phase = Phase::kApply,
        .op_index = 1,
        .op = "mkdir /y",
        .call = "mkdirat /y",
        .error = EROFS,
        .hint = "move it"},
       "cannot apply op 1 (mkdir /y): mkdirat /y: Read-only file system",
       "the option is `--dir /y`; move it"},
      {{.phase = Phase::kExecute, .call = "openat2 /z", .error = ENOENT, .hint = "show it"},
       "Can't chdir to /z: No such file or directory",
       "show it"},
      {{.phase = Phase::kExecute, .op = "ls", .reason = "not in PATH", .exit_code = kExitNotFound},
       "execvp ls: No such file or directory",
       "not in PATH"},
      {{.phase = Phase::kExecute, .op = "/ls", .error = EACCES, .exit_code = kExitNotExecutable},
       "execvp ls: Permission denied",
       ""},
  };
  for (const auto& c : cases) {
    const BwrapError error = explain_bwrap_failure(c.failure, options);
    EXPECT_STREQ(error.what(), c.text);
    EXPECT_EQ(error.hint, c.hint);
  }
}

TEST(BwrapReport, IsWhatCallersParse) {
  EXPECT_EQ(bwrap_message(BwrapLevel::kError, "a\x1b", false), "bwrap: a\\x1b\n");
  EXPECT_EQ(bwrap_message(BwrapLevel::kError, "a", true), "<3>bwrap: a\n");
  EXPECT_EQ(bwrap_message(BwrapLevel::kWarning, "a", true), "<4>bwrap: a\n");
  EXPECT_EQ(bwrap_info(7, {{"net", 4026531840}, {"pid", 5}}),
            "{\n    \"child-pid\": 7,\n    \"net-namespace\": 4026531840,\n"
            "    \"pid-namespace\": 5\n}\n");
  EXPECT_EQ(bwrap_child_line(7, {{"mnt", 5}}), "{ \"child-pid\": 7, \"mnt-namespace\": 5 }\n");
  EXPECT_EQ(bwrap_exit_line(130), "{ \"exit-code\": 130 }\n");
}

TEST(BwrapHelp, NamesEveryOptionWithin80Columns) {
  const std::string help = bwrap_help("bwrap");
  EXPECT_THAT(help, ::testing::StartsWith("usage: bwrap "));
  for (const BwrapOptionText& option : bwrap_option_texts()) {
    EXPECT_THAT(help, HasSubstr("\n  " + std::string(option.name) + " ")) << option.name;
  }
  for (size_t at = 0; at < help.size();) {
    const size_t end = help.find('\n', at);
    EXPECT_LE(end - at, 80U) << help.substr(at, end - at);
    at = end + 1;
  }
}

}  // namespace
}  // namespace kekkai::cli
