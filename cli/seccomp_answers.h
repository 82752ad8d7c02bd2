// What a policy says about each call, for those parts of `kekkai seccomp` that show or compare it.
#pragma once

#include <kekkai/seccomp-presets/rules.h>

#include <string>
#include <string_view>
#include <vector>

namespace kekkai::cli {

/// What may happen to a call. The first case whose conditions hold does.
struct Case {
  seccomp::Answer answer;
  std::vector<seccomp::ArgCondition> conditions;
  const seccomp::Rule* rule = nullptr;  ///< Of the policy; none where a default decides.
};

/// A call and its cases, the last of which has no conditions.
struct CallAnswer {
  std::string call;  ///< Its name, or its number where that is in no table.
  uint32_t number = 0;
  std::vector<Case> cases;
};

/// Every call of the tables that `arch` has, and numbers that rules are about, sorted by name.
/// Throws FilterError as compile() does.
std::vector<CallAnswer> answers_of(const seccomp::Policy& policy, seccomp::Arch arch);
/// One of them.
CallAnswer answer_of(const seccomp::Policy& policy, seccomp::Arch arch, uint32_t number);

/// The same for the calls that rules are about, whichever architecture has them.
std::vector<CallAnswer> answers_of(const seccomp::Policy& policy);

/// A case that a rule makes.
struct Entry {
  const CallAnswer* answer = nullptr;
  const Case* one = nullptr;
};
/// Those of all `answers`, in the order of the policy's rules, but with those together that have
/// one origin, and among these those with one reason, and then those with one answer.
std::vector<Entry> gather_entries(const std::vector<CallAnswer>& answers,
                                  const seccomp::Policy& policy);
/// Whether origin, reason and answer are the same.
bool belong_together(const Entry& a, const Entry& b);

/// Whether it takes anything from the program: neither made nor only logged.
bool refuses(const seccomp::Answer& answer);
/// Whether any case of it does.
bool refuses(const CallAnswer& answer);

/// Whether two policies answer the same, whoever says so.
bool is_alike(const CallAnswer& a, const CallAnswer& b);

/// What decides where no rule does, in words: "calls newer than Linux 6.18" and its answer.
struct Default {
  std::string calls;
  std::string answer;
};
std::vector<Default> defaults_of(const seccomp::Policy& policy, seccomp::Arch arch);

/// "where argument 0 has CLONE_NEWUSER", "otherwise" after other cases, or empty.
std::string describe_condition(const CallAnswer& answer, const Case& one);

}  // namespace kekkai::cli
