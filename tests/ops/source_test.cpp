// What a source is, with answers that only another process at the same time could bring about.
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/source.h>
#include <kekkai/testing/mock_dispatcher.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace kekkai {
namespace {

using ::testing::ElementsAre;
using testing::Labelled;
using testing::MockDispatcher;
using ::testing::NiceMock;
using ::testing::Return;

TEST(NamesInOrder, AreSorted) {
  NiceMock<MockDispatcher> k;
  EXPECT_CALL(k, getdents64).WillOnce(Return(std::vector<std::string>{"b", "c", "a"}));
  EXPECT_THAT(names_in_order(k, Fd(5, "/etc")), ElementsAre("a", "b", "c"));
}

// Whether the descriptor 5 is found again where a file like `there` is at its path.
bool is_found(const FileStatus& there) {
  NiceMock<MockDispatcher> k;
  ON_CALL(k, readlinkat).WillByDefault(Return("/srv/data"));
  EXPECT_CALL(k, openat2).WillOnce([&] { return k.make(6, "/srv/data"); });
  EXPECT_CALL(k, statx(Labelled("descriptor 5")))
      .WillOnce(Return(FileStatus{.mode = S_IFCHR, .dev = 1, .ino = 2, .rdev = 3}));
  EXPECT_CALL(k, statx(Labelled("/srv/data"))).WillOnce(Return(there));
  try {
    return static_cast<bool>(reopen_source(k, Fd(5, "descriptor 5")));
  } catch (const Refusal&) {
    return false;
  }
}

TEST(ReopenSource, TakesNothingThatDiffersInAnything) {
  EXPECT_TRUE(is_found({.mode = S_IFCHR, .dev = 1, .ino = 2, .rdev = 3}));
  EXPECT_FALSE(is_found({.mode = S_IFBLK, .dev = 1, .ino = 2, .rdev = 3}));
  EXPECT_FALSE(is_found({.mode = S_IFCHR, .dev = 9, .ino = 2, .rdev = 3}));
  EXPECT_FALSE(is_found({.mode = S_IFCHR, .dev = 1, .ino = 9, .rdev = 3}));
  EXPECT_FALSE(is_found({.mode = S_IFCHR, .dev = 1, .ino = 2, .rdev = 9}));
}

}  // namespace
}  // namespace kekkai
