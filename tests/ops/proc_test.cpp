#include <kekkai/ops/ops.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace kekkai::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::OpStage;
using ::testing::ThrowsMessage;

// Where something was mounted, in this order.
std::vector<std::string> mounted(const OpStage& stage) {
  std::vector<std::string> lines;
  std::ranges::copy_if(stage.k.transcript(), std::back_inserter(lines),
                       [](const std::string& line) { return line.starts_with("move_mount"); });
  return lines;
}

const std::vector<std::string> kCovers{
    "sys",    "sysrq-trigger", "irq",           "bus",  "fs",    "acpi", "asound",
    "driver", "dynamic_debug", "latency_stats", "scsi", "kcore", "keys", "timer_list"};

// Drivers and options of the kernel bring some of them.
TEST(Proc, EveryPartIsCoveredWhereItExists) {
  OpStage stage;
  for (const std::string& name : kCovers) stage.k.fresh("proc", "/" + name).regular();
  stage.run(Proc{});
  EXPECT_EQ(mounted(stage).size(), 1 + kCovers.size());
}

TEST(Proc, IsMountedAndThenCovered) {
  OpStage stage;
  stage.run(Proc{});
  EXPECT_THAT(mounted(stage),
              ElementsAre("move_mount proc -> /proc", "move_mount /proc/sys -> /proc/sys",
                          "move_mount /proc/sysrq-trigger -> /proc/sysrq-trigger",
                          "move_mount /proc/irq -> /proc/irq", "move_mount /proc/bus -> /proc/bus",
                          "move_mount /proc/fs -> /proc/fs", "move_mount /proc/acpi -> /proc/acpi",
                          "move_mount content -> /proc/kcore", "move_mount content -> /proc/keys",
                          "move_mount content -> /proc/timer_list"));
}

TEST(Proc, CoversDirectoriesByAReadOnlyCloneOfThemselves) {
  OpStage stage;
  std::vector<std::string> open = kCovers;
  std::erase(open, "sys");
  stage.run(Proc{.open = open});
  EXPECT_THAT(
      stage.k.transcript(),
      ElementsAre("early:", "apply:", "fsopen proc", "fsconfig create proc",
                  "fsmount proc nosuid|nodev|noexec", "statx proc",
                  "openat2 /proc O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
                  "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /",
                  "mkdirat /proc 0755", "openat2 /proc O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH",
                  "move_mount proc -> /proc", "openat2 /proc/sys O_PATH NO_MAGICLINKS|IN_ROOT",
                  "statx /proc/sys", "open_tree /proc/sys recursive",
                  "mount_setattr /proc/sys ro|nosuid|nodev|noexec private recursive",
                  "statx /proc/sys", "statx /proc/sys", "move_mount /proc/sys -> /proc/sys",
                  "late:"));
}

TEST(Proc, CoversFilesByAnEmptyOne) {
  OpStage stage;
  std::vector<std::string> open = kCovers;
  std::erase(open, "kcore");
  Proc proc{.open = open};
  stage.apply(proc);
  const std::vector<std::string> all = stage.k.transcript();
  const auto cover = std::ranges::find(all, "move_mount proc -> /proc") + 1;
  EXPECT_THAT(std::vector<std::string>(cover, all.end()),
              ElementsAre("openat2 /proc/kcore O_PATH NO_MAGICLINKS|IN_ROOT", "statx /proc/kcore",
                          "openat2 intermediate root/content-0 O_WRONLY|O_CREAT|O_EXCL "
                          "NO_SYMLINKS|BENEATH 0600",
                          "fchmod intermediate root/content-0 0444",
                          "open_tree intermediate root/content-0",
                          "mount_setattr content ro|nosuid|nodev|noexec private", "statx content",
                          "statx /proc/kcore", "move_mount content -> /proc/kcore"));
}

TEST(Proc, LeavesOpenWhatIsAskedForByName) {
  OpStage stage;
  stage.run(Proc{.path = "/p", .open = {"sys", "keys"}});
  EXPECT_THAT(
      mounted(stage),
      ElementsAre("move_mount proc -> /p", "move_mount /p/sysrq-trigger -> /p/sysrq-trigger",
                  "move_mount /p/irq -> /p/irq", "move_mount /p/bus -> /p/bus",
                  "move_mount /p/fs -> /p/fs", "move_mount /p/acpi -> /p/acpi",
                  "move_mount content -> /p/kcore", "move_mount content -> /p/timer_list"));
}

TEST(Proc, CoversOnlyWhatTheKernelHas) {
  OpStage stage;
  for (const char* name : {"/sysrq-trigger", "/irq", "/kcore"}) {
    stage.k.fresh("proc", name).missing();
  }
  stage.run(Proc{});
  EXPECT_THAT(mounted(stage),
              ElementsAre("move_mount proc -> /proc", "move_mount /proc/sys -> /proc/sys",
                          "move_mount /proc/bus -> /proc/bus", "move_mount /proc/fs -> /proc/fs",
                          "move_mount /proc/acpi -> /proc/acpi", "move_mount content -> /proc/keys",
                          "move_mount content -> /proc/timer_list"));
}

struct CoverFailure {
  const char* call;
  const char* message;
};
class ProcCover : public ::testing::TestWithParam<CoverFailure> {};

// A cover that is left away because of an error would be a hole.
TEST_P(ProcCover, ThatCannotBeMadeFailsTheOp) {
  OpStage stage;
  stage.k.fail_call(GetParam().call, EACCES);
  EXPECT_THAT([&] { stage.run(Proc{}); }, ThrowsMessage<SyscallError>(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Calls, ProcCover,
    ::testing::Values(
        CoverFailure{"openat2 /proc/sys", "openat2 /proc/sys: Permission denied"},
        CoverFailure{"open_tree /proc/sys", "open_tree /proc/sys: Permission denied"},
        CoverFailure{"mount_setattr /proc/irq", "mount_setattr /proc/irq: Permission denied"},
        CoverFailure{"move_mount /proc/fs", "move_mount /proc/fs -> /proc/fs: Permission denied"},
        CoverFailure{"openat2 /proc/keys", "openat2 /proc/keys: Permission denied"},
        CoverFailure{"move_mount content -> /proc/kcore",
                     "move_mount content -> /proc/kcore: Permission denied"}));

TEST(Proc, RefusesToOpenWhatHasNoCover) {
  for (const char* name : {"cpuinfo", "", "sy", "/proc/sys"}) {
    OpStage stage;
    Proc proc{.open = {"sys", name}};
    EXPECT_THAT(
        [&] { stage.early(proc); },
        ThrowsMessage<Refusal>("\"" + std::string(name) + "\" is not a covered part of /proc"));
  }
}

TEST(Proc, TakesItsSettingsToTheKernel) {
  OpStage stage;
  stage.run(Proc{.open = {"all"}, .pids_only = true, .hidepid = "invisible"});
  const std::vector<std::string> all = stage.k.transcript();
  EXPECT_THAT(std::vector<std::string>(all.begin(), all.begin() + 6),
              ElementsAre("early:", "apply:", "fsopen proc", "fsconfig proc subset=pid",
                          "fsconfig proc hidepid=invisible", "fsconfig create proc"));
}

TEST(Proc, RefusesAHidepidThatThereIsNot) {
  for (const char* how : {"", "off", "noaccess", "invisible", "ptraceable"}) {
    EXPECT_NO_THROW(Proc{.hidepid = how}.check()) << how;
  }
  EXPECT_THAT(
      [] { Ops().proc({.hidepid = "2"}); },
      ThrowsMessage<Refusal>("hidepid is off, noaccess, invisible or ptraceable, and not \"2\""));
}

TEST(Proc, ExpectsItsCoversToBeReadOnly) {
  OpStage stage;
  stage.run(Proc{});
  constexpr MountAttr kProc = MountAttr::kNoSuid | MountAttr::kNoDev | MountAttr::kNoExec;
  const auto& expected = stage.state.sysroot.expected();
  ASSERT_EQ(expected.size(), 11U);
  EXPECT_EQ(expected[1].attributes, kProc);
  for (size_t i = 2; i < expected.size(); ++i) {
    EXPECT_EQ(expected[i].attributes, kProc | MountAttr::kReadOnly) << expected[i].path.str();
    EXPECT_EQ(expected[i].parent_id, expected[1].id) << expected[i].path.str();
  }
}

TEST(Proc, LeavesNoDescriptorBehind) {
  OpStage stage;
  stage.run(Proc{});
  stage.state = SetupState();
  EXPECT_THAT(stage.k.open_descriptors(), IsEmpty());
  EXPECT_THAT(stage.k.misuses(), IsEmpty());
}

}  // namespace
}  // namespace kekkai::ops
