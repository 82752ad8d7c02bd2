#include "policy_reader.h"
#include "policy_words.h"
#include "resolve.h"

#include <kekkai/seccomp-presets/policy_file.h>

namespace kekkai::seccomp {
namespace {

// OCI's object in a text that has one.
const Node* find_oci(const LocatedJson& file) {
  const Node& root = file.root();
  if (root.find("defaultAction") != nullptr) return &root;
  if (root.find("ociVersion") == nullptr && root.find("linux") == nullptr) return nullptr;
  const Node* const linux_part = root.find("linux");
  const Node* const seccomp = linux_part == nullptr ? nullptr : linux_part->find("seccomp");
  if (seccomp == nullptr) file.refuse(root.place, "this configuration has no linux.seccomp");
  return seccomp;
}

}  // namespace

Policy parse_policy(std::string_view json, const std::string& name, Arch arch) {
  const LocatedJson file(json, name);
  const Node* const oci = find_oci(file);
  Policy policy = oci != nullptr ? read_oci(file, *oci, arch) : read_rule_list(file, arch);
  try {
    compile(policy, arch);
  } catch (const FilterError& e) {
    file.refuse(file.root().place, e.what());
  }
  return policy;
}

void check_rule(const LocatedJson& file, Place place, Rule rule, Arch arch) {
  rule.origin.clear();
  try {
    resolve({.rules = {std::move(rule)}}, arch, arch);
  } catch (const FilterError& e) {
    file.refuse(place, e.what());
  }
}

void append_rule(const LocatedJson& file, Place place, Policy& policy, Rule rule) {
  if (policy.rules.size() == BPF_MAXINSNS) file.refuse(place, "a file has at most 4096 rules");
  policy.rules.push_back(std::move(rule));
}

std::string read_reason(const LocatedJson& file, const Node& node) {
  constexpr size_t kLongest = 1000;  // each call of a list has its copy
  const std::string& reason = file.string(node);
  if (reason.size() > kLongest) file.refuse(node.place, "a reason has at most 1000 bytes");
  return reason;
}

int read_errno(const LocatedJson& file, const Node& node) {
  if (node.kind == Node::Kind::kString) {
    if (const auto error = find_errno(node.text)) return *error;
    if (!parse_number(node.text)) {
      file.refuse(node.place, "there is no errno " + quote(node.text));
    }
  }
  constexpr uint64_t kMaxErrno = 4095;
  const uint64_t number = file.number(node);
  if (number < 1 || number > kMaxErrno) file.refuse(node.place, "an errno is within 1 to 4095");
  return static_cast<int>(number);
}

}  // namespace kekkai::seccomp
