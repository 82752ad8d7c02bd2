#include <kekkai/ops/op.h>
#include <kekkai/ops/ops.h>
#include <kekkai/testing/op_stage.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kekkai {
namespace {

using ::testing::ElementsAre;

struct OnlyEarly {
  int value = 0;
  void early(SetupState& /*s*/, Dispatcher& k) { k.sethostname("early"); }
  std::string describe() const { return "only early"; }
  bool operator==(const OnlyEarly&) const = default;
};
struct OnlyApply {
  void apply(SetupState& /*s*/, Dispatcher& k) const { k.sethostname("apply"); }
  std::string describe() const { return "only apply"; }
  bool operator==(const OnlyApply&) const = default;
};
struct OnlyLate {
  void late(SetupState& /*s*/, Dispatcher& k) { k.sethostname("late"); }
  std::string describe() const { return "only late"; }
  bool operator==(const OnlyLate&) const = default;
};

std::vector<std::string> run(Op& op) {
  testing::OpStage stage;
  stage.early(op);
  stage.k.note("-");
  op.apply(stage.state, stage.k);
  stage.k.note("-");
  op.late(stage.state, stage.k);
  return stage.k.transcript();
}

TEST(OpOf, RunsThePhasesThatTheSpecHas) {
  OpOf<OnlyEarly> early;
  OpOf<OnlyApply> apply;
  OpOf<OnlyLate> late;
  EXPECT_THAT(run(early), ElementsAre("early:", "sethostname early", "-", "-"));
  EXPECT_THAT(run(apply), ElementsAre("early:", "-", "sethostname apply", "-"));
  EXPECT_THAT(run(late), ElementsAre("early:", "-", "-", "sethostname late"));
}

TEST(OpOf, ClonesAndComparesTheSpec) {
  const OpOf<OnlyEarly> one(OnlyEarly{.value = 1});
  const OpOf<OnlyEarly> two(OnlyEarly{.value = 2});
  EXPECT_TRUE(one.equals(*one.clone()));
  EXPECT_FALSE(one.equals(two));
  EXPECT_FALSE(one.equals(OpOf<OnlyApply>()));
  EXPECT_EQ(one.clone()->describe(), "only early");
}

// What a phase may look like. `spec.early(state, k)` is what the adapter calls: where that is not a
// valid expression, OpOf<Spec> does not compile.
template <class Spec>
concept CallableEarly = requires(Spec spec, SetupState& state, Dispatcher& k) {
  spec.early(state, k);
};
template <class Spec>
concept CallableApply = requires(Spec spec, SetupState& state, Dispatcher& k) {
  spec.apply(state, k);
};
template <class Spec>
concept CallableLate = requires(Spec spec, SetupState& state, Dispatcher& k) {
  spec.late(state, k);
};

struct WithoutState {
  void early(Dispatcher& k);
  void apply(Dispatcher& k);
  void late(Dispatcher& k);
};
struct Swapped {
  void early(Dispatcher& k, SetupState& state);
  void apply(Dispatcher& k, SetupState& state);
  void late(Dispatcher& k, SetupState& state);
};
struct Fields {
  int early = 0;
  int apply = 0;
  int late = 0;
};
struct Nothing {};

// A phase by that name is noticed, and then it has to fit: it is never taken for absent.
template <class Spec>
constexpr bool kIsRefused = HasEarly<Spec> && !CallableEarly<Spec> && HasApply<Spec> &&
                            !CallableApply<Spec> && HasLate<Spec> && !CallableLate<Spec>;
static_assert(kIsRefused<WithoutState>);
static_assert(kIsRefused<Swapped>);
static_assert(kIsRefused<Fields>);
static_assert(!HasEarly<Nothing> && !HasApply<Nothing> && !HasLate<Nothing>);

template <class Spec>
constexpr bool kFits = HasEarly<Spec> == CallableEarly<Spec>&& HasApply<Spec> ==
                           CallableApply<Spec>&& HasLate<Spec> == CallableLate<Spec> &&
                       (HasEarly<Spec> || HasApply<Spec> || HasLate<Spec>);
static_assert(kFits<OnlyEarly> && kFits<OnlyApply> && kFits<OnlyLate>);
static_assert(kFits<ops::Bind> && kFits<ops::Dev> && kFits<ops::File> && kFits<ops::Mkdir> &&
              kFits<ops::Overlay> && kFits<ops::Sysfs> && kFits<ops::Cgroup2> && kFits<ops::Proc> &&
              kFits<ops::Symlink> && kFits<ops::Tmpfs>);

TEST(Transient, IsNeitherCopiedNorCompared) {
  Transient<std::string> original;
  original = std::string("pinned");
  Transient<std::string> copy = original;
  EXPECT_EQ(*copy, "");
  EXPECT_EQ(copy, original);
  copy = std::string("of its own");
  copy = original;
  EXPECT_EQ(*copy, "");
  EXPECT_EQ(*original, "pinned");
}

TEST(Transient, IsMovedAndSurvivesAssignmentToItself) {
  Transient<std::string> original;
  original = std::string("pinned");
  Transient<std::string>& same = original;
  original = same;
  EXPECT_EQ(*original, "pinned");
  const Transient<std::string> moved = std::move(original);
  EXPECT_EQ(*moved, "pinned");
}

}  // namespace
}  // namespace kekkai
