// Lists of rules of one's own: what is refused, and where.
#include <kekkai/seccomp-presets/policy_file.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace kekkai::seccomp {
namespace {

Policy parse(const std::string& json) { return parse_policy(json, "rules.json", Arch::kX86_64); }

std::string message_of(const std::string& json) {
  try {
    parse(json);
  } catch (const FilterError& e) {
    return e.what();
  }
  return "accepted";
}

// In a list of one rule more, on line 2.
std::string message_of_rule(const std::string& rule) {
  return message_of("{\"rules\": [\n" + rule + "]}");
}

struct Refused {
  const char* name;
  std::string json;
  const char* message;
};
std::ostream& operator<<(std::ostream& out, const Refused& r) { return out << r.name; }

class RefusedFile : public ::testing::TestWithParam<Refused> {};
TEST_P(RefusedFile, IsNamedWithItsPlace) {
  EXPECT_EQ(message_of(GetParam().json), std::string("rules.json:") + GetParam().message);
}

const Refused kRefusedFiles[] = {
    {"nothing", "",
     "1:1: this is not JSON: unexpected end of input; expected '[', '{', or a literal"},
    {"a_nul_byte", std::string("{\n \0}", 5), "2:2: a NUL does not belong here"},
    {"what_comes_behind_a_nul", std::string("{\"rules\": []}\0x", 15),
     "1:14: a NUL does not belong here"},
    {"an_escaped_nul", "{\"rules\": [\n {\"call\": \"ptrace\\u0000x\"}]}",
     "2:11: a NUL does not belong here"},
    {"a_comma_too_many", "{\"rules\": [\n  {\"call\": \"read\"},\n]}",
     "3:1: this is not JSON: unexpected ']'; expected '[', '{', or a literal"},
    {"a_number_too_large", "{\"default\":\n 1e999 }",
     "2:7: this is not JSON: number overflow parsing '1e999'"},
    {"a_list", " []", "1:2: an object belongs here"},
    {"a_string", "\n\"a\\\"b\\\\\"", "2:1: an object belongs here"},
    {"no_rule", "{}", "1:1: there is no rule"},
    {"an_empty_list", R"({"rules": []})", "1:1: there is no rule"},
    {"a_list_that_is_none", R"({"rules": {}})", "1:11: a list belongs here"},
    {"unknown_key", R"({"rule": []})",
     "1:2: there is no \"rule\" here, but presets, default, unclassified, foreign, multiarch, "
     "rules, $schema"},
    {"a_key_twice", "{\"rules\": [],\n \"r\\u0075les\": []}", "2:2: \"rules\" is said twice"},
    {"unknown_preset", R"({"presets": "strickt"})", "1:13: there is no preset \"strickt\""},
    {"presets_that_are_a_list", R"({"presets": ["strict"]})", "1:13: a string belongs here"},
    {"presets_and_default", R"({"presets": "strict", "default": "allow"})",
     "1:23: \"default\" does not go with \"presets\", which say it"},
    {"presets_and_multiarch", R"({"presets": "strict", "multiarch": true})",
     "1:23: \"multiarch\" does not go with \"presets\", which say it"},
    {"multiarch_in_words", R"({"multiarch": "yes"})", "1:15: true or false belongs here"},
    {"unknown_default", R"({"default": "deny"})", "1:13: there is no action and no errno \"deny\""},
    {"default_null", R"({"default": null})", "1:13: a number belongs here"},
    {"errno_0", R"({"default": 0})", "1:13: an errno is within 1 to 4095"},
    {"nesting", std::string(100'000, '['), "1:33: lists and objects are nested too deep"},
    {"size", std::string((1 << 20) + 1, ' '), "1:1: the file is larger than 1 MiB"},
};
INSTANTIATE_TEST_SUITE_P(PolicyRefusal, RefusedFile, ::testing::ValuesIn(kRefusedFiles),
                         [](const auto& test) { return std::string(test.param.name); });

class RefusedRule : public ::testing::TestWithParam<Refused> {};
TEST_P(RefusedRule, IsNamedWithItsPlace) {
  EXPECT_EQ(message_of_rule(GetParam().json), std::string("rules.json:") + GetParam().message);
}

std::string condition(const std::string& json) {
  return "{\"call\": \"write\", \"args\": [\n" + json + "]}";
}

const Refused kRefusedRules[] = {
    {"no_object", "\"read\"", "2:1: an object belongs here"},
    {"no_call", R"({"errno": 1})", "2:1: \"call\" is missing"},
    {"unknown_key", R"({"calls": "read"})",
     "2:2: there is no \"calls\" here, but call, action, errno, args, why"},
    {"unknown_call", R"({"call": "opem"})", "2:10: there is no system call \"opem\""},
    {"unknown_call_in_a_list", "{\"call\": [\"open\",\n\"opem\"]}",
     "3:1: there is no system call \"opem\""},
    {"a_call_that_is_none", R"({"call": true})", "2:10: a number belongs here"},
    {"a_number_of_x32", R"({"call": 1073741824})",
     "2:10: the rule for \"1073741824\" has a number that no call has"},
    {"a_negative_call", R"({"call": -1})",
     "2:10: a negative number does not belong here: arguments have no sign"},
    {"no_call_in_a_list", R"({"call": []})", "2:10: there is no call in the list"},
    {"unknown_action", R"({"call": "read", "action": "deny"})",
     "2:28: there is no action \"deny\""},
    {"notify", R"({"call": "read", "action": "notify"})", "2:28: there is no action \"notify\""},
    {"unknown_errno", R"({"call": "read", "errno": "EFOO"})", "2:27: there is no errno \"EFOO\""},
    {"errno_4096", R"({"call": "read", "errno": 4096})", "2:27: an errno is within 1 to 4095"},
    {"errno_of_another_action", R"({"call": "read", "action": "kill", "errno": 1})",
     "2:36: \"errno\" goes with the action \"errno\" only"},
    {"why_in_numbers", R"({"call": "read", "why": 1})", "2:25: a string belongs here"},
    {"the_same_again", "{\"call\": \"write\"},\n{\"call\": \"write\", \"errno\": 9}",
     "3:10: the rule for \"write\" never applies: line 2 has the same call and conditions"},
    {"the_same_by_number", "{\"call\": \"write\"},\n{\"call\": 1}",
     "3:10: the rule for \"1\" never applies: line 2 has the same call and conditions"},
    {"the_same_condition",
     condition(R"({"index": 0, "op": "eq", "value": 1})") + ", " +
         condition(R"({"index": 0, "op": "masked_eq", "mask": "0xffffffffffffffff", "value": 1})"),
     "3:50: the rule for \"write\" never applies: line 2 has the same call and conditions"},
    {"a_shadow", "{\"call\": \"write\"},\n" + condition(R"({"index": 0, "op": "eq", "value": 1})"),
     "3:10: the rule for \"write\" never applies: line 2 decides about every such call"},
    {"argument_6", condition(R"({"index": 6, "op": "eq", "value": 1})"),
     "3:11: the arguments are 0 to 5"},
    {"no_index", condition(R"({"op": "eq", "value": 1})"), "3:1: \"index\" is missing"},
    {"no_value", condition(R"({"index": 0, "op": "eq"})"), "3:1: \"value\" is missing"},
    {"no_mask", condition(R"({"index": 0, "op": "masked_eq", "value": 1})"),
     "3:1: \"mask\" is missing"},
    {"a_mask_too_many", condition(R"({"index": 0, "op": "eq", "mask": 1, "value": 1})"),
     "3:26: \"mask\" goes with \"masked_eq\" only"},
    {"unknown_comparison", condition(R"({"index": 0, "op": "==", "value": 1})"),
     "3:20: there is no comparison \"==\""},
    {"a_negative_value", condition("{\"index\": 0, \"op\": \"eq\", \"value\": -1\n}"),
     "3:35: a negative number does not belong here: arguments have no sign"},
    {"a_fraction", condition(R"({"index": 0, "op": "eq", "value": 1.5})"),
     "3:35: a fraction or a number of more than 64 bits does not belong here"},
    {"65_bits", condition(R"({"index": 0, "op": "eq", "value": "0x10000000000000000"})"),
     "3:35: \"0x10000000000000000\" is not a number of 64 bits, decimal or after 0x"},
    {"never", condition(R"({"index": 0, "op": "lt", "value": 0})"),
     "3:1: the rule for \"write\" compares so that it would never apply"},
    {"always", condition(R"({"index": 0, "op": "ge", "value": 0})"),
     "3:1: the rule for \"write\" compares so that its condition always holds"},
    {"never_together",
     condition(R"({"index": 0, "op": "eq", "value": 0}, {"index": 0, "op": "eq", "value": 1})"),
     "2:1: the rule for \"write\" compares so that it would never apply"},
};
INSTANTIATE_TEST_SUITE_P(PolicyRefusal, RefusedRule, ::testing::ValuesIn(kRefusedRules),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(PolicyRefusal, ANumberLeavesItsNameToTheSecondArchitecture) {
  const std::string rules = R"("rules": [{"call": 101}, {"call": "ptrace", "errno": "EIO"}]})";
  EXPECT_EQ(parse("{\"multiarch\": true, " + rules).rules.size(), 2U);
  EXPECT_EQ(message_of("{" + rules),
            "rules.json:1:36: the rule for \"ptrace\" never applies: line 1 has the same call and "
            "conditions");
}

// They would all fit into a filter of a few instructions.
TEST(PolicyRefusal, MoreThan4096RulesAreRefused) {
  std::string calls;
  for (int number = 0; number <= 4096; ++number) calls += std::to_string(number) + ",\n";
  calls += "4097";
  EXPECT_EQ(message_of("{\"rules\": [{\"call\": [" + calls + "]}]}"),
            "rules.json:4097:1: a file has at most 4096 rules");
}

TEST(PolicyRefusal, MoreThanTheKernelAcceptsIsRefused) {
  std::string rules;
  for (int value = 0; value < 4096; ++value) {
    rules += R"({"call": "write", "args": [{"index": 0, "op": "eq", "value": )" +
             std::to_string(value) + "}]},";
  }
  rules.pop_back();
  EXPECT_THAT(message_of("{\"rules\": [" + rules + "]}"),
              ::testing::MatchesRegex("rules.json:1:1: .* instructions, the kernel accepts 4096"));
}

}  // namespace
}  // namespace kekkai::seccomp
