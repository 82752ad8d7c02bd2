// A start that fails says which op, which path and why, in the user's words; nothing is left of it.
#include "box.h"

#include <sys/stat.h>

#include <filesystem>

namespace kekkai::kernel_tests {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class StartFailure : public KernelTest {
 protected:
  Scratch scratch_;
};

Box box_of(Ops ops) {
  Box box;
  box.settings.init.self = true;
  box.probe = "/probe";
  box.ops() = std::move(ops);
  box.ops().bind({.source = probe_path(), .target = "/probe"});
  return box.steps({});
}

TEST_F(StartFailure, MissingSource) {
  const std::string source = scratch_ / "missing";
  Ops ops;
  ops.mkdir({.path = "/x"}).bind({.source = source, .target = "/data"});
  const Failure failure = start_failure(box_of(ops));
  EXPECT_EQ(failure.message(), "cannot prepare op 1 (bind " + source + " on /data): openat2 " +
                                   source + ": No such file or directory");
  EXPECT_EQ(failure.exit_code, kExitSetupFailed);
  EXPECT_EQ(failure.op_index, 1);
  EXPECT_EQ(failure.error, ENOENT);
  EXPECT_EQ(failure.phase, Phase::kEarly);
}

// /root is root's alone. What the caller owns himself he may always bind: he could chmod it.
TEST_F(StartFailure, SourceInADirectoryThatMayNotBeSearched) {
  if (is_root() || ::access("/root", X_OK) == 0) return;
  Ops ops;
  ops.bind({.source = "/root/data", .target = "/data", .optional = true});
  EXPECT_EQ(
      start_failure(box_of(ops)).message(),
      "cannot prepare op 0 (bind /root/data on /data): openat2 /root/data: Permission denied");
}

// Being uid 0 inside opens nothing that was closed to the caller.
TEST_F(StartFailure, WhatTheCallerMayNotReadStaysUnreadable) {
  if (is_root()) return;
  Box box = full_box();
  box.params().uid = box.params().gid = 0;
  const Seen seen = probe(std::move(box), {"open", "/etc/shadow", "--", "list", "/root"});
  EXPECT_EQ(seen["open./etc/shadow"], "EACCES");
}

TEST_F(StartFailure, SourceIsAMagicLink) {
  Ops ops;
  ops.bind({.source = "/proc/self/root", .target = "/data"});
  const Failure failure = start_failure(box_of(ops));
  EXPECT_EQ(failure.message(),
            "cannot prepare op 0 (bind /proc/self/root on /data): openat2 /proc/self/root: Too "
            "many levels of symbolic links");
  EXPECT_THAT(failure.hint, HasSubstr("magic links"));
}

TEST_F(StartFailure, TargetBelowAFile) {
  const std::string source = scratch_.make_directory("data");
  Ops ops;
  ops.file({.path = "/file", .content = "x"}).bind({.source = source, .target = "/file/below"});
  const Failure failure = start_failure(box_of(ops));
  EXPECT_EQ(failure.message(), "cannot apply op 1 (bind " + source +
                                   " on /file/below): openat2 /file/below: Not a directory");
  EXPECT_EQ(failure.exit_code, kExitSetupFailed);
}

TEST_F(StartFailure, DirectoryOnAFile) {
  const std::string source = scratch_.make_directory("data");
  Ops ops;
  ops.file({.path = "/file", .content = "x"}).bind({.source = source, .target = "/file"});
  EXPECT_EQ(start_failure(box_of(ops)).message(),
            "cannot apply op 1 (bind " + source + " on /file): openat2 /file: Not a directory");
}

TEST_F(StartFailure, FileOnADirectory) {
  Ops ops;
  ops.mkdir({.path = "/directory"}).file({.path = "/directory", .content = "x"});
  EXPECT_EQ(start_failure(box_of(ops)).message(),
            "cannot apply op 1 (file /directory): /directory is a directory, and a file cannot be "
            "mounted on it");
}

TEST_F(StartFailure, NothingIsMadeOnTheHost) {
  const std::string source = scratch_.make_directory("data");
  for (const bool writable : {false, true}) {
    Ops ops;
    ops.bind({.source = source, .target = "/data", .writable = writable})
        .tmpfs({.path = "/data/cache"});
    EXPECT_THAT(start_failure(box_of(ops)).message(),
                StartsWith("cannot apply op 1 (tmpfs on /data/cache): /data/cache does not exist"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(source));
}

TEST_F(StartFailure, PathsAreNeverInitsOwn) {
  const std::string source = scratch_.make_directory("data");
  Ops ops;
  ops.symlink({.path = "/link", .target = "/link"}).mkdir({.path = "/link/below"});
  const std::string message = start_failure(box_of(ops)).message();
  EXPECT_THAT(message, Not(HasSubstr("sysroot")));
  EXPECT_THAT(message, Not(HasSubstr("/host")));
  EXPECT_THAT(message, HasSubstr("/link"));
}

TEST_F(StartFailure, RelativePathsAreNoPaths) {
  EXPECT_THROW(ops::Bind({.source = "data", .target = "/data"}), PathError);
  EXPECT_THROW(ops::Bind({.source = "/data", .target = "data"}), PathError);
  EXPECT_THROW(ops::Mkdir({.path = "/a/../b"}), PathError);
  Ops ops;
  ops.symlink({.path = "/link", .target = "relative", .dereference = true});
  EXPECT_EQ(start_failure(box_of(ops)).message(),
            "cannot prepare op 0 (symlink /link -> relative): \"relative\" is not an absolute "
            "path");
}

TEST_F(StartFailure, NoWorkingDirectoryExists) {
  Box box = box_of({});
  box.params().working_directories = {"/first", "/second"};
  const Failure failure = start_failure(std::move(box));
  EXPECT_EQ(failure.message(),
            "cannot start the program: openat2 /second: No such file or directory");
  EXPECT_EQ(failure.exit_code, kExitSetupFailed);
}

TEST_F(StartFailure, HostnameIsTooLong) {
  Box box = box_of({});
  box.params().hostname = std::string(65, 'x');
  EXPECT_EQ(start_failure(std::move(box)).message(),
            "cannot set up user, group and host name: sethostname " + std::string(65, 'x') +
                ": Invalid argument");
}

TEST_F(StartFailure, FilterIsNoFilter) {
  Box box = box_of({});
  box.params().filters = {{{0xffff, 0, 0, 0}}};
  EXPECT_EQ(start_failure(std::move(box)).message(),
            "cannot execute /probe: seccomp /probe: Invalid argument");
}

// What a host does that allows none: the limit lies in a user namespace around us.
TEST_F(StartFailure, NoUserNamespacesAreAllowed) {
  in_child_with_own_mounts([] {
    write_file("/proc/sys/user/max_user_namespaces", "0");
    const Failure failure = start_failure(box_of({}));
    EXPECT_EQ(failure.message(),
              "cannot start init: clone (user|pid|mnt|ipc|uts|cgroup|net): No space left on "
              "device");
    EXPECT_THAT(failure.hint, HasSubstr("user.max_user_namespaces"));
    EXPECT_EQ(failure.exit_code, kExitSetupFailed);
  });
}

}  // namespace
}  // namespace kekkai::kernel_tests
