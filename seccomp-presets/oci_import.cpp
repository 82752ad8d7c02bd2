// The linux.seccomp object of OCI as a policy.
#include "policy_reader.h"
#include "policy_words.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace kekkai::seccomp {
namespace {

// An architecture that a filter for `arch` may be for too. Those without rules of their own are
// foreign here, and refused.
struct Listed {
  Arch arch;
  std::string_view name;
  bool is_multiarch;
};
constexpr Listed kListed[] = {
    {Arch::kX86_64, "SCMP_ARCH_X86_64", false}, {Arch::kX86_64, "SCMP_ARCH_X86", true},
    {Arch::kX86_64, "SCMP_ARCH_X32", false},    {Arch::kI386, "SCMP_ARCH_X86", false},
    {Arch::kArm64, "SCMP_ARCH_AARCH64", false}, {Arch::kArm64, "SCMP_ARCH_ARM", false},
};

class OciReader {
 public:
  OciReader(const LocatedJson& file, Arch arch) : file_(file), arch_(arch) {}

  Policy read(const Node& seccomp) {
    refuse_what_cannot_be_said(seccomp);
    file_.object(seccomp, {"defaultAction", "defaultErrnoRet", "architectures", "flags", "syscalls",
                           "$schema"});
    policy_.otherwise =
        read_answer(file_.member(seccomp, "defaultAction"), seccomp.find("defaultErrnoRet"));
    if (!lets_through(policy_.otherwise)) policy_.unclassified = refuse_with(ENOSYS);
    if (const Node* const list = seccomp.find("architectures")) read_architectures(*list);
    if (const Node* const flags = seccomp.find("flags")) check_flags(*flags);
    RuleRecord record(arch_, policy_.multiarch);
    if (const Node* const entries = seccomp.find("syscalls")) {
      for (const Node& entry : file_.list(*entries)) read_entry(entry, record);
    }
    return std::move(policy_);
  }

 private:
  static bool lets_through(const Answer& answer) {
    return answer.action == Action::kAllow || answer.action == Action::kLog;
  }

  // What a reader who knows no more than its name would take for a mistake.
  void refuse_what_cannot_be_said(const Node& seccomp) const {
    for (const char* const key : {"listenerPath", "listenerMetadata"}) {
      if (const Node* const node = seccomp.find(key)) {
        file_.refuse(node->key_place, quote(key) + ": there is nobody here to answer calls");
      }
    }
    refuse_dockers(seccomp, {"archMap"});
  }

  void refuse_dockers(const Node& object, std::initializer_list<const char*> keys) const {
    for (const char* const key : keys) {
      const Node* const node = object.find(key);
      if (node == nullptr) continue;
      file_.refuse(node->key_place,
                   quote(key) +
                       " is of Docker's own form, which depends on the host; what Docker makes of "
                       "it is in the config.json of a container");
    }
  }

  void read_architectures(const Node& node) {
    bool has_own = false;
    for (const Node& each : file_.list(node)) {
      const std::string& name = file_.string(each);
      const auto* const listed = std::ranges::find_if(
          kListed, [&](const Listed& l) { return l.arch == arch_ && l.name == name; });
      if (listed == std::end(kListed)) {
        file_.refuse(each.place, quote(name) + " is not an architecture of this machine, " +
                                     std::string(arch_name(arch_)));
      }
      has_own = has_own || listed == std::ranges::find(kListed, arch_, &Listed::arch);
      policy_.multiarch = policy_.multiarch || listed->is_multiarch;
    }
    if (!has_own && !node.children.empty()) {
      file_.refuse(node.place, "the architecture of this machine, " +
                                   std::string(arch_name(arch_)) + ", is not in the list");
    }
  }

  // Without any of them a filter lets through no more than with it.
  void check_flags(const Node& node) const {
    static constexpr std::string_view kHarmless[] = {
        "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
    for (const Node& each : file_.list(node)) {
      if (std::ranges::find(kHarmless, file_.string(each)) != std::end(kHarmless)) continue;
      file_.refuse(each.place, "the flag " + quote(each.text) + " is not known here");
    }
  }

  void read_entry(const Node& entry, RuleRecord& record) {
    refuse_dockers(entry, {"includes", "excludes", "name"});
    file_.object(entry, {"names", "action", "errnoRet", "args", "comment"});
    Rule rule{.answer = read_answer(file_.member(entry, "action"), entry.find("errnoRet")),
              .origin = file_.line_of(entry)};
    if (const Node* const why = entry.find("comment")) rule.reason = read_reason(file_, *why);
    const std::vector<const Node*> names = read_names(entry, rule.answer);
    if (names.empty()) return;
    rule.call = names.front()->text;
    const auto alternatives = read_alternatives(entry, rule);
    for (const auto& conditions : alternatives) {
      rule.conditions = conditions;
      for (const Node* const name : names) {
        rule.call = name->text;
        add_rule(rule, *name, record);
      }
    }
  }

  // Those of calls that are known here.
  std::vector<const Node*> read_names(const Node& entry, const Answer& answer) const {
    const Node& list = file_.member(entry, "names");
    if (file_.list(list).empty()) file_.refuse(list.place, "there is no call in the list");
    std::vector<const Node*> known;
    for (const Node& name : list.children) {
      if (find_call(file_.string(name)) != nullptr) {
        known.push_back(&name);
      } else {
        check_unknown(name, answer);
      }
    }
    return known;
  }

  // Without its rule an unknown call must not be let through.
  void check_unknown(const Node& name, const Answer& answer) const {
    if (lets_through(answer) || !lets_through(policy_.otherwise)) return;
    file_.refuse(name.place, "there is no system call " + quote(name.text) +
                                 ", so that it would not be refused");
  }

  void add_rule(const Rule& rule, const Node& name, RuleRecord& record) {
    const auto earlier = record.find_earlier_or_add(rule, name.place.line);
    if (earlier && earlier->answer == rule.answer) return;
    if (earlier) {
      file_.refuse(name.place, "the rule for " + quote(rule.call) + " never applies: line " +
                                   std::to_string(earlier->line) + " has another for it");
    }
    append_rule(file_, name.place, policy_, rule);
  }

  Answer read_answer(const Node& node, const Node* error) const {
    const std::string& word = file_.string(node);
    if (word == "SCMP_ACT_TRACE" || word == "SCMP_ACT_NOTIFY") {
      file_.refuse(node.place, word + ": there is nobody here to answer calls");
    }
    const auto found = std::ranges::find(
        action_words(), word == "SCMP_ACT_KILL" ? "SCMP_ACT_KILL_THREAD" : word, &ActionWord::oci);
    if (found == action_words().end()) {
      file_.refuse(node.place, "there is no action " + quote(word));
    }
    if (found->action == Action::kErrno) {
      return refuse_with(error == nullptr ? EPERM : read_errno(file_, *error));
    }
    if (error != nullptr) {
      file_.refuse(error->key_place, quote(error->key) + " goes with SCMP_ACT_ERRNO only");
    }
    return {found->action};
  }

  // Conditions on several arguments hold together; those on one argument are alternatives.
  std::vector<std::vector<ArgCondition>> read_alternatives(const Node& entry,
                                                           const Rule& rule) const {
    const Node* const args = entry.find("args");
    if (args == nullptr || args->kind == Node::Kind::kNull || file_.list(*args).empty())
      return {{}};
    if (args->children.size() > kMaxConditions) {
      file_.refuse(args->place, "an entry has at most 32 conditions");
    }
    std::vector<ArgCondition> conditions;
    for (const Node& each : args->children) conditions.push_back(read_condition(each, rule));
    const std::set<unsigned> indices = indices_of(conditions);
    if (indices.size() == conditions.size()) return {conditions};
    if (indices.size() > 1) {
      file_.refuse(args->place,
                   "one argument is compared twice, and another too: runtimes do not agree on what "
                   "that means; make entries of it that compare each argument once");
    }
    std::vector<std::vector<ArgCondition>> alternatives(conditions.size());
    for (size_t i = 0; i < conditions.size(); ++i) alternatives[i] = {conditions[i]};
    return alternatives;
  }

  static std::set<unsigned> indices_of(const std::vector<ArgCondition>& conditions) {
    std::set<unsigned> indices;
    for (const ArgCondition& each : conditions) indices.insert(each.index);
    return indices;
  }

  ArgCondition read_condition(const Node& node, const Rule& rule) const {
    file_.object(node, {"index", "value", "valueTwo", "op"});
    const Node& op = file_.member(node, "op");
    const auto word = std::ranges::find(comparison_words(), file_.string(op), &ComparisonWord::oci);
    if (word == comparison_words().end()) {
      file_.refuse(op.place, "there is no comparison " + quote(op.text));
    }
    const Node& index = file_.member(node, "index");
    if (file_.number(index) > 5) file_.refuse(index.place, "the arguments are 0 to 5");
    ArgCondition condition{.index = static_cast<unsigned>(file_.number(index)),
                           .comparison = word->comparison,
                           .value = file_.number(file_.member(node, "value"))};
    if (word->comparison == Comparison::kMaskedEqual) {
      const Node* const second = node.find("valueTwo");
      condition.mask = condition.value;
      condition.value = second == nullptr ? 0 : file_.number(*second);
    }
    check_rule(file_, node.place, {rule.call, rule.answer, {condition}}, arch_);
    return condition;
  }

  const LocatedJson& file_;
  Arch arch_;
  Policy policy_;
};

}  // namespace

Policy read_oci(const LocatedJson& file, const Node& seccomp, Arch arch) {
  return OciReader(file, arch).read(seccomp);
}

}  // namespace kekkai::seccomp
