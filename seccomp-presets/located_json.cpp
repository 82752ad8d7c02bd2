#include "located_json.h"

#include "json_walk.h"
#include "policy_words.h"

#include <kekkai/seccomp-presets/rules.h>

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

namespace kekkai::seccomp {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxText = size_t{1} << 20;
constexpr size_t kMaxDepth = 32;

[[noreturn]] void refuse_at(const std::string& name, Place place, const std::string& sentence) {
  throw FilterError(name + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) +
                    ": " + sentence);
}

// Takes the parser's events and puts the nodes together. What it is in the middle of is on a stack
// of its own, so that nesting takes none of the program's.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view text, const std::string& name, const size_t& consumed)
      : text_(text), name_(name), consumed_(consumed) {
    for (size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\n') line_starts_.push_back(at + 1);
    }
  }

  Node take() { return std::move(root_); }

  bool null() override { return put({}, 4); }
  bool boolean(bool yes) override {
    return put({.kind = Node::Kind::kBoolean, .number = yes ? 1U : 0U}, yes ? 4 : 5);
  }
  bool number_unsigned(number_unsigned_t number) override {
    return put_number({.kind = Node::Kind::kNumber, .number = number});
  }
  bool number_integer(number_integer_t /*number*/) override {
    return put_number({.kind = Node::Kind::kNegative});
  }
  bool number_float(number_float_t /*number*/, const string_t& /*text*/) override {
    return put_number({.kind = Node::Kind::kFraction});
  }
  bool string(string_t& text) override {
    require_no_nul(text);
    return put({.kind = Node::Kind::kString, .text = text}, string_length());
  }
  bool binary(binary_t& /*data*/) override { return false; }
  bool start_object(size_t /*size*/) override { return open(Node::Kind::kObject); }
  bool start_array(size_t /*size*/) override { return open(Node::Kind::kList); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& key) override {
    Open& object = open_.back();
    object.key = key;
    object.key_place = place_before(string_length());
    require_no_nul(key);
    if (!object.keys.insert(key).second) {
      refuse_at(name_, object.key_place, quote(key) + " is said twice");
    }
    return true;
  }
  bool parse_error(size_t /*at*/, const std::string& /*token*/,
                   const Json::exception& error) override {
    refuse_at(name_, place_before(1), "this is not JSON: " + reason_in(error.what()));
  }

 private:
  void require_no_nul(const std::string& text) const {
    if (text.find('\0') != text.npos) refuse_at(name_, place_before(string_length()), kNoNul);
  }

  struct Open {
    Node node;
    std::set<std::string> keys{};
    std::string key{};
    Place key_place{};
  };

  // Where a token began that has just been read.
  Place place_before(size_t length) const {
    const size_t at = consumed_ >= length ? consumed_ - length : 0;
    const auto line = std::ranges::upper_bound(line_starts_, at) - 1;
    return {static_cast<size_t>(line - line_starts_.begin()) + 1, at - *line + 1};
  }

  // From the closing quote back to the opening one: those inside have a backslash that counts.
  size_t string_length() const {
    const std::string_view read = text_.substr(0, consumed_);
    size_t quote = read.size() - 1;
    for (;;) {
      quote = read.rfind('"', quote - 1);
      const size_t before = read.find_last_not_of('\\', quote - 1);
      if (quote == 0 || (quote - before) % 2 == 1) return read.size() - quote;
    }
  }

  // The parser may have looked one character ahead.
  bool put_number(Node node) {
    const std::string_view read = text_.substr(0, consumed_);
    constexpr std::string_view kOfNumbers = "0123456789+-.eE";
    const size_t last = read.find_last_of(kOfNumbers);
    const size_t before = read.find_last_not_of(kOfNumbers, last);
    return put(std::move(node), read.size() - (before == read.npos ? 0 : before + 1));
  }

  bool put(Node node, size_t length) {
    node.place = place_before(length);
    return attach(std::move(node));
  }

  bool open(Node::Kind kind) {
    if (open_.size() == kMaxDepth) {
      refuse_at(name_, place_before(1), "lists and objects are nested too deep");
    }
    open_.push_back({.node = {.kind = kind, .place = place_before(1)}});
    return true;
  }

  bool close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    return attach(std::move(node));
  }

  bool attach(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return true;
    }
    Open& parent = open_.back();
    node.key = parent.key;
    node.key_place = parent.key_place;
    parent.node.children.push_back(std::move(node));
    return true;
  }

  std::string_view text_;
  const std::string& name_;
  const size_t& consumed_;
  std::vector<size_t> line_starts_{0};
  std::vector<Open> open_;
  Node root_;
};

}  // namespace

const Node* Node::find(std::string_view name) const {
  if (kind != Kind::kObject) return nullptr;
  const auto found = std::ranges::find(children, name, &Node::key);
  return found == children.end() ? nullptr : &*found;
}

LocatedJson::LocatedJson(std::string_view text, std::string name) : name_(std::move(name)) {
  if (text.size() > kMaxText) refuse({}, "the file is larger than 1 MiB");
  if (const size_t nul = text.find('\0'); nul != text.npos) {
    const std::string_view before = text.substr(0, nul);
    const auto line = static_cast<size_t>(std::ranges::count(before, '\n')) + 1;
    refuse({line, nul - (before.rfind('\n') + 1) + 1}, kNoNul);  // npos + 1 is 0
  }
  size_t consumed = 0;
  Builder builder(text, name_, consumed);
  Json::sax_parse(JsonWalk(text.data(), &consumed), JsonWalk(text.data() + text.size(), &consumed),
                  &builder);
  root_ = builder.take();
}

std::string LocatedJson::line_of(const Node& node) const {
  return name_ + ":" + std::to_string(node.place.line);
}

void LocatedJson::refuse(Place place, const std::string& sentence) const {
  refuse_at(name_, place, sentence);
}

const Node& LocatedJson::object(const Node& node,
                                std::initializer_list<std::string_view> keys) const {
  if (node.kind != Node::Kind::kObject) refuse(node.place, "an object belongs here");
  for (const Node& child : node.children) {
    if (std::ranges::find(keys, child.key) != keys.end()) continue;
    std::string known;
    for (const std::string_view key : keys) known += (known.empty() ? "" : ", ") + std::string(key);
    refuse(child.key_place, "there is no " + quote(child.key) + " here, but " + known);
  }
  return node;
}

const Node& LocatedJson::member(const Node& object, std::string_view key) const {
  const Node* const found = object.find(key);
  if (found == nullptr) refuse(object.place, quote(key) + " is missing");
  return *found;
}

const std::vector<Node>& LocatedJson::list(const Node& node) const {
  if (node.kind != Node::Kind::kList) refuse(node.place, "a list belongs here");
  return node.children;
}

const std::string& LocatedJson::string(const Node& node) const {
  if (node.kind != Node::Kind::kString) refuse(node.place, "a string belongs here");
  return node.text;
}

bool LocatedJson::boolean(const Node& node) const {
  if (node.kind != Node::Kind::kBoolean) refuse(node.place, "true or false belongs here");
  return node.number != 0;
}

uint64_t LocatedJson::number(const Node& node) const {
  switch (node.kind) {
    case Node::Kind::kNumber:
      return node.number;
    case Node::Kind::kNegative:
      refuse(node.place, "a negative number does not belong here: arguments have no sign");
    case Node::Kind::kFraction:
      refuse(node.place, "a fraction or a number of more than 64 bits does not belong here");
    case Node::Kind::kString:
      if (const auto number = parse_number(node.text)) return *number;
      refuse(node.place, quote(node.text) + " is not a number of 64 bits, decimal or after 0x");
    default:
      refuse(node.place, "a number belongs here");
  }
}

}  // namespace kekkai::seccomp
