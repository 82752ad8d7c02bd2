#include "../../cli/config.h"

#include "../../cli/usage_error.h"

#include <gmock/gmock.h>

namespace kekkai::cli {
namespace {

using testing::ElementsAre;

RunOptions read(const std::string& json) {
  RunOptions run;
  read_config(json, "x.json", run, {.directory = "/home/me"});
  return run;
}

std::string refusal(const std::string& json) {
  try {
    read(json);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Config, SaysTheSameAsTheCommandLine) {
  const RunOptions run = read(R"({
    "ro": ["/srv:/data", "notes"],
    "tmpfs": "/opt:size=1M,mode=700",
    "env": {"A": "b", "TERM": null, "N": 5},
    "net": true,
    "verbose": false,
    "uid": 7,
    "command": ["make", "-j2", "all"]
  })");
  Ops files;
  files.bind({.source = "/srv", .target = "/data"})
      .bind({.source = "/home/me/notes", .target = "/home/me/notes"})
      .tmpfs({.path = "/opt", .mode = 0700, .size = 1U << 20});
  EXPECT_EQ(run.files, files);
  EXPECT_THAT(run.env, ElementsAre("A=b", "TERM", "N=5"));
  EXPECT_TRUE(run.share_network);
  EXPECT_FALSE(run.verbose);
  EXPECT_EQ(run.uid, 7U);
  EXPECT_THAT(run.command, ElementsAre("make", "-j2", "all"));
}

TEST(Config, KeepsTheOrderOfFiles) {
  Ops expected;
  expected.tmpfs({.path = "/a"}).bind({.source = "/b", .target = "/a/b"}).mkdir({.path = "/a/c"});
  EXPECT_EQ(read(R"({"tmpfs": "/a", "ro": "/b:/a/b", "mkdir": "/a/c"})").files, expected);
}

struct Case {
  const char* json;
  const char* message;
};
class RefusedConfig : public testing::TestWithParam<Case> {};

TEST_P(RefusedConfig, SaysWhereAndWhy) { EXPECT_EQ(refusal(GetParam().json), GetParam().message); }

INSTANTIATE_TEST_SUITE_P(
    All, RefusedConfig,
    testing::Values(
        Case{"{\n  \"nett\": true}", "x.json:2:3: there is no option \"nett\""},
        Case{"{\n\n \"tmpfs\": \"opt\"}",
             "x.json:3:11: --tmpfs opt: \"opt\" is not an absolute path"},
        Case{"{\"uid\": \"1x\"}",
             "x.json:1:9: --uid 1x: \"1x\" is not a whole number from 0 to 4294967294"},
        Case{"{\"uid\": -1}", "x.json:1:9: a negative number does not belong here"},
        Case{"{\"uid\": 1.5}", "x.json:1:9: a fraction does not belong here"},
        Case{"{\"uid\": true}", "x.json:1:9: true and false belong to switches only"},
        Case{"{\"net\": \"yes\"}", "x.json:1:9: \"net\" is a switch: true or false"},
        Case{"{\"net\": [true]}", "x.json:1:9: a list does not belong here"},
        Case{"{\"ro\": [[\"/a\"]]}", "x.json:1:9: a list does not belong here"},
        Case{"{\"ro\": {\"a\": \"b\"}}", "x.json:1:8: an object does not belong here"},
        Case{"{\"ro\": null}", "x.json:1:8: null does not belong here"},
        Case{"{\"env\": {\"A\": [\"b\"]}}", "x.json:1:15: a list does not belong here"},
        Case{"{\"env\": {\"A\": true}}", "x.json:1:15: true and false belong to switches only"},
        Case{"{\"command\": \"make\"}",
             "x.json:1:13: \"command\" is a list: the program and its arguments"},
        Case{"{\"command\": true}", "x.json:1:13: true and false belong to switches only"},
        Case{"[]", "x.json:1:1: the file must hold an object"},
        Case{"5", "x.json:1:1: the file must hold an object"},
        Case{"true", "x.json:1:1: true and false belong to switches only"}));

TEST(Config, ThatIsNoJsonIsRefusedWithItsPlace) {
  const std::string expected_value = "; expected '[', '{', or a literal";
  const struct {
    const char* json;
    std::string text;
  } cases[] = {
      {"", "1:1: this is not JSON: unexpected end of input" + expected_value},
      {"{", "1:1: this is not JSON: unexpected end of input; expected string literal"},
      {"{\"ro\" \"/a\"}", "1:10: this is not JSON: unexpected string literal; expected ':'"},
      {"{\n\"ro\": \"/a\",}", "2:12: this is not JSON: unexpected '}'; expected string literal"},
      {"{\"hostname\": \"a\\u0000b\"}", "1:19: a NUL does not belong here"},
      {"{} x", "1:4: this is not JSON: invalid literal"},
      {"{'ro': 1}", "1:2: this is not JSON: invalid literal"},
      {"{\"ro\": \"\xff\"}", "1:9: this is not JSON: invalid string: ill-formed UTF-8 byte"},
  };
  for (const auto& c : cases) EXPECT_EQ(refusal(c.json), "x.json:" + c.text) << c.json;
}

TEST(Config, GuessesWhatWasMeant) {
  const auto hint = [](const std::string& json) -> std::string {
    try {
      read(json);
    } catch (const UsageError& e) {
      return e.hint;
    }
    return "accepted";
  };
  EXPECT_EQ(hint(R"({"nett": true})"), "did you mean \"net\"?");
  EXPECT_EQ(hint(R"({"comand": ["ls"]})"), "did you mean \"command\"?");
  EXPECT_EQ(hint(R"({"bogus": true})"), "see kekkai.json(5)");
  EXPECT_EQ(hint(R"({"uid": "x"})"), "see kekkai.json(5)");
  EXPECT_EQ(hint("{"), "see kekkai.json(5)");
}

TEST(Config, TakesFilesInTheirOrder) {
  Ops wanted;
  wanted.tmpfs({.path = "/a"}).bind({.source = "/b", .target = "/b"}).tmpfs({.path = "/c"});
  const RunOptions run =
      read(R"({"files": [{"tmpfs": "/a"}, {"ro": "/b"}, {"tmpfs": "/c"}], "hostname": "box"})");
  EXPECT_TRUE(run.files == wanted);
  EXPECT_EQ(run.hostname, "box");
}

TEST(Config, TakesNothingElseAmongFiles) {
  constexpr const char* kObjects =
      "\"files\" is a list of objects, each with one option: [{\"ro\": \"/srv\"}]";
  EXPECT_EQ(refusal(R"({"files": ["/a"]})"), std::string("x.json:1:12: ") + kObjects);
  EXPECT_EQ(refusal(R"({"files": [{"net": true}]})"),
            "x.json:1:13: \"net\" is no option about files");
  EXPECT_EQ(refusal(R"({"files": {"ro": "/a"}})"), "x.json:1:11: an object does not belong here");
  EXPECT_EQ(refusal(R"({"files": [{"ro": ["/a"]}]})"), "x.json:1:19: a list does not belong here");
  EXPECT_EQ(refusal(R"({"files": true})"), "x.json:1:11: true and false belong to switches only");
}

TEST(Config, MayNameItsSchema) {
  EXPECT_EQ(refusal(R"({"$schema": "https://example.org/kekkai.schema.json"})"), "accepted");
  EXPECT_EQ(refusal(R"({"$schema": true})"), "x.json:1:13: true and false belong to switches only");
  EXPECT_EQ(read(R"({"$schema": "x", "hostname": "box"})").hostname, "box");
}

}  // namespace
}  // namespace kekkai::cli
