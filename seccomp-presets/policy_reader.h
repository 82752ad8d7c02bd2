// What the readers of both forms of policy files share.
#pragma once

#include "located_json.h"
#include "rule_record.h"

namespace kekkai::seccomp {

/// Our own form.
Policy read_rule_list(const LocatedJson& file, Arch arch);
/// The linux.seccomp object of OCI.
Policy read_oci(const LocatedJson& file, const Node& seccomp, Arch arch);

/// Refuses a rule that compile() would refuse, in its words.
void check_rule(const LocatedJson& file, Place place, Rule rule, Arch arch);

/// What a rule is for, in the words of whoever wrote it.
std::string read_reason(const LocatedJson& file, const Node& node);

/// An errno by its name or number.
int read_errno(const LocatedJson& file, const Node& node);

/// As many as a rule may have; many more would only keep the machine busy.
inline constexpr size_t kMaxConditions = 32;

/// Puts a rule behind the others. There may be as many as a filter has instructions.
void append_rule(const LocatedJson& file, Place place, Policy& policy, Rule rule);

}  // namespace kekkai::seccomp
