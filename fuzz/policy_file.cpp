#include "promises.h"
#include "targets.h"

#include <kekkai/seccomp-presets/policy_file.h>

namespace kekkai {
namespace {

seccomp::Policy reread(const seccomp::Policy& policy) {
  seccomp::Policy again = seccomp::parse_policy(seccomp::to_json(policy), "again");
  for (seccomp::Rule& rule : again.rules) rule.origin.clear();
  return again;
}

// Not every policy can be said there, and one may be too long when it is.
void check_oci(const seccomp::Policy& policy) {
  try {
    const seccomp::Policy again = seccomp::parse_policy(seccomp::to_oci_json(policy), "again");
    require(again.otherwise == policy.otherwise);
  } catch (const seccomp::FilterError& e) {
    const std::string_view why = e.what();
    require(!why.starts_with("again") || why.find(" instructions") != why.npos);
  }
}

}  // namespace

void fuzz_policy_file(std::string_view bytes) {
  seccomp::Policy policy;
  try {
    policy = seccomp::parse_policy(bytes, "file");
  } catch (const seccomp::FilterError& e) {
    require(std::string_view(e.what()).starts_with("file:"));
    require_harmless(e.what());
    return;
  }
  if (policy.rules.empty()) return;  // OCI says such ones, we do not
  const seccomp::Policy again = reread(policy);
  require(reread(again) == again);
  check_oci(policy);
}

}  // namespace kekkai
