// Filters that were compiled at build time, and the words that select them.
#include "filter_under_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <set>

namespace kekkai::seccomp {
namespace {

using ::testing::ThrowsMessage;

std::vector<Selection> all_selections() {
  std::vector<Selection> all;
  for (const Preset presets : all_presets()) {
    for (unsigned set = 0; set < 16; ++set) {
      const Options options{(set & 1) != 0, (set & 2) != 0, (set & 4) != 0, (set & 8) != 0};
      all.push_back({presets, options});
    }
  }
  return all;
}

bool are_same_bytes(const Program& a, const Program& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof a[0]) == 0;
}

TEST(Precompiled, IsWhatTheCompilerMakesNow) {
  for (const Selection& selection : all_selections()) {
    if (selection.options.multiarch && !sibling_of(kNativeArch)) continue;
    ASSERT_TRUE(are_same_bytes(preset_program(selection), compile(preset_policy(selection))))
        << to_string(selection);
  }
}

TEST(Selections, AreReadAsTheyAreWritten) {
  std::set<std::string> texts;
  for (const Selection& selection : all_selections()) {
    const std::string text = to_string(selection);
    EXPECT_EQ(parse_selection(text), selection) << text;
    EXPECT_TRUE(texts.insert(text).second) << text << " is written for two selections";
  }
}

TEST(Selections, AreWrittenAsShortAsPossible) {
  EXPECT_EQ(to_string({}), "strict");
  EXPECT_EQ(to_string({Preset::kCommon, {}}), "common");
  EXPECT_EQ(to_string({Preset{31}, {}}), "strict,deny_ids");
  EXPECT_EQ(to_string({Preset::kExt | Preset::kDenyTty, {.can = true}}), "ext,deny_tty,can");
  EXPECT_EQ(to_string({Preset::kCommon, {true, true, true, true}}),
            "common,multiarch,linux32,can,bluetooth");
}

TEST(Selections, MayBeWrittenInAnyOrderAndAtLength) {
  EXPECT_EQ(parse_selection("can,strict"), (Selection{Preset::kStrict, {.can = true}}));
  EXPECT_EQ(parse_selection("common,deny_ns"), (Selection{Preset::kDenyNs, {}}));
  EXPECT_EQ(parse_selection("strict,common,ext"), Selection{});
  EXPECT_EQ(parse_selection("deny_devel,deny_tty,deny_ns,ext"), Selection{});
}

TEST(Selections, OfEveryWordMeanWhatItsEntrySays) {
  for (const SelectionWord& word : selection_words()) {
    Selection expected{word.preset, {}};
    if (word.option != nullptr) expected.options.*(word.option) = true;
    const std::string text = (word.option != nullptr ? "common," : "") + std::string(word.name);
    EXPECT_EQ(parse_selection(text), expected) << text;
    EXPECT_FALSE(word.meaning.empty());
  }
}

struct BadSelection {
  const char* text;
  const char* message;
};

const BadSelection kBad[] = {
    {"", "a name is missing"},
    {",", "a name is missing"},
    {"strict,", "a name is missing"},
    {",strict", "a name is missing"},
    {"strict,,can", "a name is missing"},
    {"can", "\"can\" goes with a preset: strict,can"},
    {"can,multiarch", "\"can,multiarch\" goes with a preset: strict,can,multiarch"},
    {"strict,strict", "\"strict\" is said twice"},
    {"common,can,can", "\"can\" is said twice"},
    {"Strict", "there is no preset \"Strict\""},
    {"strict ", "there is no preset \"strict \""},
    {"strict can", "there is no preset \"strict can\""},
    {"nope", "there is no preset \"nope\""},
    {"none", "there is no preset \"none\""},
};

TEST(Selections, ThatAreNoneAreRefusedInASentence) {
  for (const BadSelection& bad : kBad) {
    EXPECT_THAT([&] { parse_selection(bad.text); }, ThrowsMessage<FilterError>(bad.message))
        << bad.text;
  }
}

}  // namespace
}  // namespace kekkai::seccomp
