#include <kekkai/syscall/unique_fd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <type_traits>
#include <vector>

namespace kekkai {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

static_assert(!std::is_copy_constructible_v<UniqueFd> && !std::is_copy_assignable_v<UniqueFd>);
static_assert(std::is_nothrow_move_constructible_v<UniqueFd>);
static_assert(std::is_nothrow_move_assignable_v<UniqueFd>);

// Writes down what is closed.
class Closed final : public FdOwner {
 public:
  void close(int fd) noexcept override { numbers.push_back(fd); }
  std::vector<int> numbers;
};

TEST(UniqueFd, ClosesOnceAtItsEnd) {
  Closed closed;
  {
    const UniqueFd fd(5, "/srv", closed);
    EXPECT_TRUE(fd);
    EXPECT_EQ(fd.number(), 5);
    EXPECT_EQ(fd.label(), "/srv");
    EXPECT_THAT(closed.numbers, IsEmpty());
  }
  EXPECT_THAT(closed.numbers, ElementsAre(5));
}

TEST(UniqueFd, OwnsDescriptorZero) {
  Closed closed;
  { EXPECT_TRUE(UniqueFd(0, "stdin", closed)); }
  EXPECT_THAT(closed.numbers, ElementsAre(0));
}

TEST(UniqueFd, WithoutADescriptorClosesNothing) {
  Closed closed;
  {
    UniqueFd none;
    EXPECT_FALSE(none);
    EXPECT_EQ(none.number(), -1);
    none.reset();
    const UniqueFd invalid(-1, "", closed);
    EXPECT_FALSE(invalid);
  }
  EXPECT_THAT(closed.numbers, IsEmpty());
}

TEST(UniqueFd, ResetClosesNowAndNotAgain) {
  Closed closed;
  {
    UniqueFd fd(5, "/srv", closed);
    fd.reset();
    EXPECT_FALSE(fd);
    EXPECT_THAT(closed.numbers, ElementsAre(5));
    fd.reset();
  }
  EXPECT_THAT(closed.numbers, ElementsAre(5));
}

TEST(UniqueFd, MovesItsDescriptorAndItsLabel) {
  Closed closed;
  {
    std::optional<UniqueFd> first(std::in_place, 5, "/srv", closed);
    const UniqueFd second(std::move(*first));
    EXPECT_FALSE(*first);  // NOLINT: what is left of a moved one is what is tested
    first.reset();
    EXPECT_EQ(second.number(), 5);
    EXPECT_EQ(second.label(), "/srv");
    EXPECT_THAT(closed.numbers, IsEmpty());
  }
  EXPECT_THAT(closed.numbers, ElementsAre(5));
}

TEST(UniqueFd, AssignmentClosesWhatItHeld) {
  Closed first_owner;
  Closed second_owner;
  {
    UniqueFd fd(5, "/srv", first_owner);
    fd = UniqueFd(6, "/usr", second_owner);
    EXPECT_EQ(fd.number(), 6);
    EXPECT_EQ(fd.label(), "/usr");
    EXPECT_THAT(first_owner.numbers, ElementsAre(5));
    EXPECT_THAT(second_owner.numbers, IsEmpty());
  }
  EXPECT_THAT(first_owner.numbers, ElementsAre(5));
  EXPECT_THAT(second_owner.numbers, ElementsAre(6));
}

TEST(UniqueFd, SurvivesAssignmentToItself) {
  Closed closed;
  {
    UniqueFd fd(5, "/srv", closed);
    UniqueFd& same = fd;
    fd = std::move(same);
    EXPECT_EQ(fd.number(), 5);
    EXPECT_EQ(fd.label(), "/srv");
    EXPECT_THAT(closed.numbers, IsEmpty());
  }
  EXPECT_THAT(closed.numbers, ElementsAre(5));
}

TEST(UniqueFd, CanBeCalledSomethingElse) {
  Closed closed;
  UniqueFd fd(5, "tmpfs", closed);
  fd.set_label("intermediate root");
  EXPECT_EQ(Fd(fd).label, "intermediate root");
  EXPECT_EQ(Fd(fd).number, 5);
}

TEST(LabelAt, IsThePathAsTheUserWouldWriteIt) {
  const struct {
    const char* dir;
    const char* path;
    const char* label;
  } cases[] = {
      {"", "etc/passwd", "etc/passwd"},
      {"", "/etc", "/etc"},
      {"", ".", "."},
      {"/", "etc", "/etc"},
      {"/usr", "lib", "/usr/lib"},
      {"/usr/", "lib", "/usr/lib"},
      {"/usr", "/etc", "/etc"},
      {"/usr", ".", "/usr"},
      {"/usr", "", "/usr"},
      {"intermediate root", "host", "intermediate root/host"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(label_at(Fd(5, c.dir), c.path), c.label) << c.dir << " and " << c.path;
  }
}

}  // namespace
}  // namespace kekkai
