// Our own form of policy files.
#include "policy_reader.h"
#include "policy_words.h"

#include <kekkai/seccomp-presets/presets.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace kekkai::seccomp {
namespace {

class RuleListReader {
 public:
  RuleListReader(const LocatedJson& file, Arch arch) : file_(file), arch_(arch) {}

  Policy read() {
    const Node& root = file_.object(file_.root(), {"presets", "default", "unclassified", "foreign",
                                                   "multiarch", "rules", "$schema"});
    const Node* const presets = root.find("presets");
    if (presets != nullptr) {
      read_presets(*presets);
    } else {
      read_defaults(root);
    }
    std::vector<Rule> of_presets = std::exchange(policy_.rules, {});
    if (const Node* const rules = root.find("rules")) {
      RuleRecord record(arch_, policy_.multiarch);
      for (const Node& rule : file_.list(*rules)) read_rule(rule, record);
    }
    if (presets == nullptr && policy_.rules.empty()) file_.refuse(root.place, "there is no rule");
    std::ranges::move(of_presets, std::back_inserter(policy_.rules));
    return std::move(policy_);
  }

 private:
  void read_presets(const Node& node) {
    for (const char* const key : {"default", "unclassified", "foreign", "multiarch"}) {
      const Node* const other = file_.root().find(key);
      if (other == nullptr) continue;
      file_.refuse(other->key_place, quote(key) + " does not go with \"presets\", which say it");
    }
    const std::string& selection = file_.string(node);
    try {
      policy_ = preset_policy(parse_selection(selection));
    } catch (const FilterError& e) {
      file_.refuse(node.place, e.what());
    }
  }

  void read_defaults(const Node& root) {
    if (const Node* const node = root.find("default")) policy_.otherwise = read_answer(*node);
    if (const Node* const node = root.find("unclassified")) {
      policy_.unclassified = read_answer(*node);
    }
    if (const Node* const node = root.find("foreign")) policy_.foreign = read_answer(*node);
    if (const Node* const node = root.find("multiarch")) policy_.multiarch = file_.boolean(*node);
  }

  void read_rule(const Node& node, RuleRecord& record) {
    file_.object(node, {"call", "action", "errno", "args", "why"});
    const Node& call = file_.member(node, "call");
    const bool is_list = call.kind == Node::Kind::kList;
    if (is_list && call.children.empty()) file_.refuse(call.place, "there is no call in the list");
    const Node& first = is_list ? call.children.front() : call;
    Rule rule{.call = read_call(first), .answer = read_rule_answer(node)};
    check_rule(file_, first.place, rule, arch_);
    if (const Node* const args = node.find("args")) {
      for (const Node& each : file_.list(*args)) add_condition(rule, each);
      if (rule.conditions.size() > kMaxConditions) {
        file_.refuse(args->place, "a rule has at most 32 conditions");
      }
      check_rule(file_, node.place, rule, arch_);
    }
    rule.origin = file_.line_of(node);
    if (const Node* const why = node.find("why")) rule.reason = read_reason(file_, *why);
    if (!is_list) return add_rule(rule, call, record);
    for (const Node& each : call.children) add_rule(rule, each, record);
  }

  void add_rule(Rule rule, const Node& call, RuleRecord& record) {
    rule.call = read_call(call);
    check_rule(file_, call.place, {rule.call}, arch_);
    if (const auto earlier = record.find_earlier_or_add(rule, call.place.line)) {
      const std::string line = "line " + std::to_string(earlier->line);
      file_.refuse(call.place, "the rule for " + quote(rule.call) + " never applies: " + line +
                                   (earlier->is_unconditional && !rule.conditions.empty()
                                        ? " decides about every such call"
                                        : " has the same call and conditions"));
    }
    append_rule(file_, call.place, policy_, std::move(rule));
  }

  std::string read_call(const Node& node) const {
    if (node.kind == Node::Kind::kString && !parse_number(node.text)) return node.text;
    return std::to_string(file_.number(node));
  }

  Answer read_rule_answer(const Node& node) const {
    const Node* const action = node.find("action");
    const Node* const error = node.find("errno");
    Answer answer = refuse_with(EPERM);
    if (action != nullptr) {
      const auto found = find_action(file_.string(*action));
      if (!found) file_.refuse(action->place, "there is no action " + quote(action->text));
      answer = *found;
    }
    if (error == nullptr) return answer;
    if (answer.action != Action::kErrno) {
      file_.refuse(error->key_place, "\"errno\" goes with the action \"errno\" only");
    }
    return refuse_with(read_errno(file_, *error));
  }

  // In one word, for calls without a rule.
  Answer read_answer(const Node& node) const {
    if (node.kind == Node::Kind::kString) {
      if (const auto found = find_action(node.text)) return *found;
      if (!find_errno(node.text) && !parse_number(node.text)) {
        file_.refuse(node.place, "there is no action and no errno " + quote(node.text));
      }
    }
    return refuse_with(read_errno(file_, node));
  }

  static std::optional<Answer> find_action(std::string_view word) {
    const auto found = std::ranges::find(action_words(), word, &ActionWord::ours);
    if (found == action_words().end()) return std::nullopt;
    return Answer{found->action, found->action == Action::kErrno ? EPERM : 0};
  }

  void add_condition(Rule& rule, const Node& node) const {
    file_.object(node, {"index", "op", "value", "mask"});
    const Node& op = file_.member(node, "op");
    const auto word =
        std::ranges::find(comparison_words(), file_.string(op), &ComparisonWord::ours);
    if (word == comparison_words().end()) {
      file_.refuse(op.place, "there is no comparison " + quote(op.text));
    }
    const Node& index = file_.member(node, "index");
    if (file_.number(index) > 5) file_.refuse(index.place, "the arguments are 0 to 5");
    ArgCondition condition{.index = static_cast<unsigned>(file_.number(index)),
                           .comparison = word->comparison,
                           .value = file_.number(file_.member(node, "value"))};
    const Node* const mask = node.find("mask");
    if (word->comparison == Comparison::kMaskedEqual) {
      condition.mask = file_.number(file_.member(node, "mask"));
    } else if (mask != nullptr) {
      file_.refuse(mask->key_place, "\"mask\" goes with \"masked_eq\" only");
    }
    check_rule(file_, node.place, {rule.call, rule.answer, {condition}}, arch_);
    rule.conditions.push_back(condition);
  }

  const LocatedJson& file_;
  Arch arch_;
  Policy policy_;
};

}  // namespace

Policy read_rule_list(const LocatedJson& file, Arch arch) {
  return RuleListReader(file, arch).read();
}

}  // namespace kekkai::seccomp
