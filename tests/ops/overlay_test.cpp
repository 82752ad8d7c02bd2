#include <kekkai/ops/ops.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/testing/mock_dispatcher.h>
#include <kekkai/testing/op_stage.h>

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

namespace kekkai::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::OpStage;
using ::testing::ThrowsMessage;

const Overlay kReadWrite{.path = "/data", .lowers = {"/a", "/b"}, .upper = "/up", .work = "/work"};
const Overlay kEphemeral{.path = "/data", .lowers = {"/a"}, .ephemeral = true};
const Overlay kReadOnly{.path = "/data", .lowers = {"/a", "/b"}};

std::vector<std::string> lines_with(const OpStage& stage, const std::string& beginning) {
  std::vector<std::string> lines;
  std::ranges::copy_if(stage.k.transcript(), std::back_inserter(lines),
                       [&](const std::string& line) { return line.starts_with(beginning); });
  return lines;
}

TEST(Overlay, PinsItsLayersEarlyAndNamesThemByDescriptorInApply) {
  OpStage stage;
  stage.run(kReadWrite);
  EXPECT_THAT(
      stage.k.transcript(),
      ElementsAre(
          "early:", "openat2 /a O_PATH NO_MAGICLINKS", "statx /a",
          "openat2 /b O_PATH NO_MAGICLINKS", "statx /b", "openat2 /up O_PATH NO_MAGICLINKS",
          "statx /up", "openat2 /work O_PATH NO_MAGICLINKS", "statx /work", "statx /up",
          "statx /work", "apply:", "fsopen overlay", "fsconfig overlay userxattr",
          "fsconfig overlay lowerdir=/a:/b (/host/proc/self/fd/1000:/host/proc/self/fd/1001)",
          "fsconfig overlay upperdir=/up (/host/proc/self/fd/1002)",
          "fsconfig overlay workdir=/work (/host/proc/self/fd/1003)", "fsconfig create overlay",
          "fsmount overlay nosuid|nodev", "statx overlay",
          "openat2 /data O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT = ENOENT",
          "openat2 / O_PATH|O_DIRECTORY NO_MAGICLINKS|IN_ROOT", "statx /", "mkdirat /data 0755",
          "openat2 /data O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH", "move_mount overlay -> /data",
          "late:"));
}

TEST(Overlay, ReadOnlyOneHasNoUpperLayer) {
  OpStage stage;
  stage.run(kReadOnly);
  EXPECT_THAT(lines_with(stage, "fs"),
              ElementsAre("fsopen overlay", "fsconfig overlay userxattr",
                          "fsconfig overlay lowerdir=/a:/b "
                          "(/host/proc/self/fd/1000:/host/proc/self/fd/1001)",
                          "fsconfig create overlay", "fsmount overlay ro|nosuid|nodev"));
}

// The new upper directory is the one whose permissions are seen.
TEST(Overlay, EphemeralOneHasItsUpperLayerInTheIntermediateRoot) {
  OpStage stage;
  stage.k.host("/a").set_permissions(01770);
  stage.run(kEphemeral);
  const std::vector<std::string> all = stage.k.transcript();
  const auto apply = std::ranges::find(all, "apply:");
  ASSERT_NE(apply, all.end());
  EXPECT_THAT(
      std::vector<std::string>(apply, apply + 13),
      ElementsAre("apply:", "statx /a", "mkdirat intermediate root/content-0 1770",
                  "openat2 intermediate root/content-0 O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH",
                  "mkdirat intermediate root/content-1 0700",
                  "openat2 intermediate root/content-1 O_PATH|O_DIRECTORY NO_SYMLINKS|BENEATH",
                  "fsopen overlay", "fsconfig overlay userxattr",
                  "fsconfig overlay lowerdir=/a (/host/proc/self/fd/1000)",
                  "fsconfig overlay upperdir=intermediate root/content-0 (/host/proc/self/fd/1007)",
                  "fsconfig overlay workdir=intermediate root/content-1 (/host/proc/self/fd/1008)",
                  "fsconfig create overlay", "fsmount overlay nosuid|nodev"));
}

TEST(Overlay, IsExpectedToHaveItsAttributes) {
  constexpr MountAttr kSafe = MountAttr::kNoSuid | MountAttr::kNoDev;
  for (const Overlay& overlay : {kReadWrite, kEphemeral, kReadOnly}) {
    OpStage stage;
    stage.run(overlay);
    const ExpectedMount& expected = stage.state.sysroot.expected().back();
    EXPECT_EQ(expected.path, ContainerPath("/data"));
    EXPECT_EQ(expected.attributes, overlay == kReadOnly ? kSafe | MountAttr::kReadOnly : kSafe);
  }
}

TEST(Overlay, IsAPlaceWhereThingsAreMadeOnlyWhereItIsEphemeral) {
  for (const Overlay& overlay : {kReadWrite, kEphemeral, kReadOnly}) {
    OpStage stage;
    stage.k.fresh("overlay", "/new").missing();
    stage.run(overlay);
    const auto make = [&] { stage.state.sysroot.make_directory(stage.k, "/data/new", 0700); };
    if (overlay == kEphemeral) {
      EXPECT_NO_THROW(make());
    } else {
      EXPECT_THROW(make(), Refusal);
    }
  }
}

Overlay with_many_lowers() {
  Overlay overlay{.path = "/data"};
  for (int i = 0; i < 13; ++i) overlay.lowers.emplace_back("/l" + std::to_string(i));
  return overlay;
}

TEST(Overlay, GivesManyLowersOneByOneWhereTheKernelTakesThem) {
  OpStage stage;
  stage.k.fail_call("fsconfig overlay lowerdir+=/host/proc/self/fd/none", ENOENT);
  stage.run(with_many_lowers());
  const std::vector<std::string> calls = lines_with(stage, "fs");
  ASSERT_EQ(calls.size(), 4U + 13 + 2);
  EXPECT_EQ(calls[4], "fsconfig overlay lowerdir+=/l0 (/host/proc/self/fd/1000)");
  EXPECT_EQ(calls[16], "fsconfig overlay lowerdir+=/l12 (/host/proc/self/fd/1012)");
}

// Linux 6.5 does not know the key, and Linux 6.1 takes any.
TEST(Overlay, RefusesManyLowersWhereTheKernelDoesNotTakeThem) {
  for (const bool knows_its_keys : {true, false}) {
    OpStage stage;
    if (knows_its_keys) stage.k.fail_call("fsconfig overlay lowerdir+", EINVAL);
    EXPECT_THAT([&] { stage.run(with_many_lowers()); },
                ThrowsMessage<Refusal>("13 lower directories are too many for this kernel: before "
                                       "Linux 6.7 it takes about ten"));
  }
}

// fsconfig(2) takes 255 characters.
TEST(Overlay, NamesItsLowersTogetherAsLongAsTheKernelTakesIt) {
  for (const auto& [last, first_key] : {std::pair(100'000, "lowerdir"), {1'000'000, "lowerdir+"}}) {
    ::testing::NiceMock<testing::MockDispatcher> k;
    int next = 100;
    ON_CALL(k, openat2).WillByDefault([&] { return k.make(next < 110 ? next++ : last, "/a"); });
    ON_CALL(k, statx).WillByDefault(::testing::Return(FileStatus{.mode = S_IFDIR}));
    ON_CALL(k, fsopen).WillByDefault([&] { return k.make(50, "overlay"); });
    std::vector<std::string> keys;
    ON_CALL(k, fsconfig_string).WillByDefault([&](Fd, const std::string& key, auto&&...) {
      keys.push_back(key);
      if (keys.size() == 1 && key == "lowerdir+") throw SyscallError(ENOENT, "none");
    });
    ON_CALL(k, fsconfig_create).WillByDefault(::testing::Throw(SyscallError(EIO, "enough")));
    Overlay op{.path = "/o", .lowers = std::vector<HostPath>(11, "/a")};
    SetupState state;
    op.early(state, k);
    EXPECT_THROW(op.apply(state, k), SyscallError);
    EXPECT_EQ(keys.front(), first_key) << last;
  }
}

TEST(Overlay, RefusesALayerThatIsNoDirectory) {
  OpStage stage;
  stage.k.host("/up").regular();
  EXPECT_THAT([&] { stage.run(kReadWrite); }, ThrowsMessage<Refusal>("/up is not a directory"));
}

TEST(Overlay, RefusesWorkOnAnotherMount) {
  OpStage stage;
  stage.k.mount_on_host("/work", "tmpfs");
  EXPECT_THAT([&] { stage.run(kReadWrite); },
              ThrowsMessage<Refusal>("the work directory /work and the upper directory /up have to "
                                     "be on the same mount"));
}

TEST(Overlay, FailsWithTheUsersWordsWhereTheKernelRefusesALayer) {
  OpStage stage;
  stage.k.fail_call("fsconfig overlay upperdir", EINVAL);
  EXPECT_THAT([&] { stage.run(kReadWrite); },
              ThrowsMessage<SyscallError>("fsconfig overlay upperdir=/up: Invalid argument"));
}

TEST(Overlay, LeavesNoDescriptorBehind) {
  for (const Overlay& overlay : {kReadWrite, kEphemeral, kReadOnly}) {
    OpStage stage;
    Overlay op = overlay;
    stage.early(op);
    stage.apply(op);
    stage.state = SetupState();
    EXPECT_THAT(stage.k.open_descriptors(), IsEmpty());
    EXPECT_THAT(stage.k.misuses(), IsEmpty());
  }
}

struct WrongFields {
  const char* name;
  Overlay overlay;
  const char* message;
};
std::ostream& operator<<(std::ostream& out, const WrongFields& w) { return out << w.name; }

class OverlayFields : public ::testing::TestWithParam<WrongFields> {};

TEST_P(OverlayFields, ThatAreNoKindAreRefusedWhereTheOpJoinsAList) {
  Ops ops;
  EXPECT_THAT([&] { ops.overlay(GetParam().overlay); }, ThrowsMessage<Refusal>(GetParam().message));
  EXPECT_EQ(ops.size(), 0U);
}

TEST(Overlay, TakesAsManyLowersAsTheKernel) {
  EXPECT_NO_THROW(Ops().overlay({.path = "/b", .lowers = std::vector<HostPath>(500, "/a")}));
}

// The setup stream need not come from a builder.
TEST_P(OverlayFields, ThatAreNoKindAreRefusedByInitToo) {
  OpStage stage;
  OpOf<Overlay> op(GetParam().overlay);
  EXPECT_THAT([&] { op.early(stage.state, stage.k); }, ThrowsMessage<Refusal>(GetParam().message));
  EXPECT_THAT(stage.k.transcript(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    All, OverlayFields,
    ::testing::Values(
        WrongFields{"nothing", {}, "an overlay needs lowers: a directory at least"},
        WrongFields{"too_many",
                    {.lowers = std::vector<HostPath>(501)},
                    "an overlay takes 500 directories in lowers at most, and these are 501"},
        WrongFields{"upper_alone",
                    {.lowers = {"/a"}, .upper = "/u"},
                    "an overlay with upper needs work, an empty directory beside it"},
        WrongFields{"work_alone",
                    {.lowers = {"/a"}, .work = "/w"},
                    "an overlay has work only together with upper"},
        WrongFields{"work_and_ephemeral",
                    {.lowers = {"/a"}, .work = "/w", .ephemeral = true},
                    "an overlay has work only together with upper"},
        WrongFields{"upper_and_ephemeral",
                    {.lowers = {"/a"}, .upper = "/u", .work = "/w", .ephemeral = true},
                    "an overlay with upper is not ephemeral: its changes stay there"},
        WrongFields{
            "one_lower",
            {.lowers = {"/a"}},
            "a read-only overlay needs two directories in lowers; a bind shows a single one"}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace kekkai::ops
