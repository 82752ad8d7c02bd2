#include "../../cli/values.h"

#include <gmock/gmock.h>
#include <linux/capability.h>
#include <sys/resource.h>

#include <functional>
#include <limits>

namespace kekkai::cli {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

std::string refusal(const std::function<void()>& parse) {
  try {
    parse();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "accepted";
}

// Whatever a parser of numbers must not take for one.
const char* const kNoNumbers[] = {"",     " ",   "-1",  "+1",  " 1", "1 ", "1x", "x1",
                                  "0x10", "1e3", "1.5", "1,0", "١",  "--", "1\n"};

TEST(Numbers, AreTakenWholeOrNotAtAll) {
  EXPECT_EQ(parse_number("0", 0, 10), 0U);
  EXPECT_EQ(parse_number("007", 0, 10), 7U);
  EXPECT_EQ(parse_number("10", 0, 10), 10U);
  EXPECT_EQ(parse_number("18446744073709551615", 0, std::numeric_limits<uint64_t>::max()),
            std::numeric_limits<uint64_t>::max());
  for (const char* text : kNoNumbers) {
    EXPECT_EQ(refusal([&] { parse_number(text, 0, 10); }),
              "\"" + std::string(text) + "\" is not a whole number from 0 to 10");
  }
  for (const char* text : {"2", "11", "99999999999999999999999"}) {
    EXPECT_NE(refusal([&] { parse_number(text, 3, 10); }), "accepted") << text;
  }
}

TEST(Ids, GoUpToTheLastOne) {
  EXPECT_EQ(parse_id("0"), 0U);
  EXPECT_EQ(parse_id("4294967294"), 4294967294U);
  for (const char* text : {"4294967295", "4294967296", "18446744073709551616", "-1", "1000x"}) {
    EXPECT_EQ(refusal([&] { parse_id(text); }),
              "\"" + std::string(text) + "\" is not a whole number from 0 to 4294967294");
  }
}

TEST(Modes, AreOctal) {
  EXPECT_EQ(parse_mode("0"), 0U);
  EXPECT_EQ(parse_mode("755"), 0755U);
  EXPECT_EQ(parse_mode("0022"), 022U);
  EXPECT_EQ(parse_mode("7777"), 07777U);
  for (const char* text : {"", "8", "10000", "-1", "755x", "0o755", "u+x"}) {
    EXPECT_EQ(refusal([&] { parse_mode(text); }),
              "\"" + std::string(text) + "\" is not an octal mode up to 7777");
  }
}

TEST(Sizes, HaveUnitsOf1024) {
  EXPECT_EQ(parse_size("4096"), 4096U);
  EXPECT_EQ(parse_size("64K"), 64U << 10);
  EXPECT_EQ(parse_size("16M"), 16U << 20);
  EXPECT_EQ(parse_size("3G"), uint64_t{3} << 30);
  for (const char* text : {"", "K", "1k", "1KB", "1 K", "-1K", "1.5G", "9223372036854775807G"}) {
    EXPECT_EQ(refusal([&] { parse_size(text); }),
              "\"" + std::string(text) + "\" is not a size like 4096, 64K, 16M or 1G");
  }
}

TEST(Durations, AreSecondsWithoutAUnit) {
  EXPECT_EQ(parse_duration("0"), milliseconds(0));
  EXPECT_EQ(parse_duration("2"), milliseconds(2000));
  EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(parse_duration("10s"), milliseconds(10'000));
  EXPECT_EQ(parse_duration("5m"), milliseconds(300'000));
  EXPECT_EQ(parse_duration("2h"), milliseconds(7'200'000));
  for (const char* text : {"", "s", "1d", "1 s", "-1s", "0.5s", "9223372036854775807h"}) {
    EXPECT_EQ(refusal([&] { parse_duration(text); }),
              "\"" + std::string(text) + "\" is not a duration like 500ms, 10s, 5m or 2h");
  }
}

TEST(ResourceLimits, NameASoftAndAHardLimit) {
  EXPECT_EQ(parse_resource_limit("nofile=64"), (ResourceLimit{RLIMIT_NOFILE, 64, 64}));
  EXPECT_EQ(parse_resource_limit("core=0:unlimited"),
            (ResourceLimit{RLIMIT_CORE, 0, RLIM_INFINITY}));
  EXPECT_EQ(parse_resource_limit("as=unlimited"),
            (ResourceLimit{RLIMIT_AS, RLIM_INFINITY, RLIM_INFINITY}));
  for (const char* text : {"", "nofile", "=1", "files=1", "NOFILE=1"}) {
    EXPECT_EQ(refusal([&] { parse_resource_limit(text); }),
              "\"" + std::string(text) +
                  "\" is not NAME=SOFT[:HARD] with a NAME that prlimit(1) knows, like nofile");
  }
  EXPECT_EQ(refusal([] { parse_resource_limit("nofile=9:8"); }),
            "\"nofile=9:8\" is not possible: the soft limit is above the hard one");
  for (const char* value : {"", "1:", ":1", "1:2:3", "-1", "18446744073709551615", "Unlimited"}) {
    EXPECT_THAT(refusal([&] { parse_resource_limit(std::string("nofile=") + value); }),
                testing::EndsWith("\" is not a whole number from 0 to 18446744073709551614"))
        << value;
  }
}

TEST(CapabilityNames, MakeASet) {
  EXPECT_EQ(parse_capabilities("chown"), 1U);
  EXPECT_EQ(parse_capabilities("CAP_CHOWN,net_bind_service"), 1U | 1U << 10);
  EXPECT_EQ(parse_capabilities("all"), (uint64_t{1} << capability_names().size()) - 1);
  const struct {
    const char* text;
    const char* named;
  } cases[] = {{"", ""},   {"chown,", ""}, {"chown,chwon,x", "chwon"}, {"cap_", "cap_"},
               {"1", "1"}, {"All", "All"}, {"all,chown", "all"},       {" chown", " chown"}};
  for (const auto& c : cases) {
    EXPECT_EQ(
        refusal([&] { parse_capabilities(c.text); }),
        "\"" + std::string(c.named) + "\" is not the name of a capability, like net_bind_service");
  }
}

TEST(Names, AreThoseThatAreTaken) {
  EXPECT_EQ(resource_limit_names().size(), 16U);
  for (const std::string& name : resource_limit_names()) {
    EXPECT_NO_THROW(parse_resource_limit(name + "=1")) << name;
  }
  EXPECT_EQ(capability_names().front(), "chown");
  EXPECT_EQ(capability_names().size(), CAP_LAST_CAP + 1U);
  for (const std::string& name : capability_names()) {
    EXPECT_NO_THROW(parse_capabilities(name)) << name;
  }
}

TEST(ExtraFds, AreNeverStdio) {
  EXPECT_EQ(parse_extra_fd("3"), (FdPlacement{3, 3}));
  EXPECT_EQ(parse_extra_fd("9:4"), (FdPlacement{9, 4}));
  for (const char* text : {"", "2", "3:2", "3:", ":3", "3:4:5", "a", "1048576"}) {
    EXPECT_THAT(refusal([&] { parse_extra_fd(text); }),
                testing::EndsWith("\" is not a whole number from 3 to 1048575"))
        << text;
  }
}

TEST(Fields, AreSplitAtColonsThatNobodyEscaped) {
  EXPECT_THAT(split_fields(""), ElementsAre(""));
  EXPECT_THAT(split_fields("/a"), ElementsAre("/a"));
  EXPECT_THAT(split_fields("/a:/b:x"), ElementsAre("/a", "/b", "x"));
  EXPECT_THAT(split_fields("::"), ElementsAre("", "", ""));
  EXPECT_THAT(split_fields("/a\\:b:/c"), ElementsAre("/a:b", "/c"));
  EXPECT_THAT(split_fields("/a\\\\:/c"), ElementsAre("/a\\", "/c"));
  EXPECT_THAT(split_fields("/a\\b\\"), ElementsAre("/a\\b\\"));
}

}  // namespace
}  // namespace kekkai::cli
