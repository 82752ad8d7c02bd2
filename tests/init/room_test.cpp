// Open files: an op holds what it has pinned, and there may be many of them.
#include "init_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace kekkai {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

InitRun run_with_limit(uint64_t soft, uint64_t hard, size_t binds) {
  Params params = ordinary_container();
  for (size_t i = 0; i < binds; ++i) params.ops.bind({.source = "/usr", .target = "/usr"});
  params.limits = {{RLIMIT_CORE, 0, 0}};
  InitRun run(std::move(params));
  run.k.set_limit({RLIMIT_NOFILE, soft, hard});
  return run;
}

TEST(RoomForDescriptors, IsMadeAndTheProgramGetsTheCallersLimitBack) {
  InitRun run = run_with_limit(100, 300, 95);
  EXPECT_EQ(run.run(), 0);
  EXPECT_THAT(run.k.steps(), Contains("prlimit64 7 300:300"));
  ASSERT_EQ(run.k.spawned().size(), 1U);
  EXPECT_THAT(run.k.spawned()[0].limits, ElementsAre(ResourceLimit{RLIMIT_NOFILE, 100, 300},
                                                     ResourceLimit{RLIMIT_CORE, 0, 0}));
}

TEST(RoomForDescriptors, IsLeftAsItIsWhereThereIsNoMore) {
  InitRun run = run_with_limit(300, 300, 95);
  EXPECT_EQ(run.run(), 0);
  EXPECT_THAT(run.k.steps(), Not(Contains(StartsWith("prlimit64 7 "))));
  EXPECT_THAT(run.k.spawned()[0].limits, ElementsAre(ResourceLimit{RLIMIT_CORE, 0, 0}));
}

TEST(RoomForDescriptors, MayBeJustEnough) {
  EXPECT_EQ(run_with_limit(100, 164, 95).run(), 0);
  EXPECT_EQ(run_with_limit(100, 163, 95).run(), kExitSetupFailed);
}

TEST(RoomForDescriptors, ThatCannotBeMadeIsRefusedBeforeAnythingIsMounted) {
  InitRun run = run_with_limit(100, 150, 95);
  EXPECT_EQ(run.run(), kExitSetupFailed);
  ASSERT_TRUE(run.failure());
  EXPECT_EQ(run.failure()->message(),
            "cannot prepare: 100 ops need about 164 open files, and the hard limit is 150 (`ulimit "
            "-Hn`)");
  EXPECT_THAT(run.k.spawned(), IsEmpty());
  EXPECT_THAT(run.k.steps(), Not(Contains(StartsWith("open_tree"))));
}

}  // namespace
}  // namespace kekkai
