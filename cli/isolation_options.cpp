#include "isolation_options.h"

#include "settings.h"
#include "values.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace kekkai::cli {
namespace {

constexpr std::array kNamespaces{
    NamedNamespace{"user", Namespace::kUser},     NamedNamespace{"pid", Namespace::kPid},
    NamedNamespace{"ipc", Namespace::kIpc},       NamedNamespace{"uts", Namespace::kUts},
    NamedNamespace{"cgroup", Namespace::kCgroup}, NamedNamespace{"net", Namespace::kNet}};

// Where the descriptor of a namespace that is joined goes.
std::optional<int>& descriptor_of(Isolation& isolation, std::string_view name) {
  if (name == "user") return isolation.user_namespace;
  if (name == "pid" || name == "outer-pid") {
    isolation.nests_pids = name == "outer-pid";
    return isolation.pid_namespace;
  }
  if (name == "inner-user") return isolation.inner_user_namespace;
  throw std::invalid_argument("by descriptor there is only user, pid, outer-pid and inner-user");
}

}  // namespace

std::span<const NamedNamespace> named_namespaces() { return kNamespaces; }

// NAME=share|N
void set_namespace(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  const size_t equals = value.find('=');
  if (equals == value.npos) throw std::invalid_argument("not NAME=share or NAME=N");
  const std::string_view name = std::string_view(value).substr(0, equals);
  const std::string_view what = std::string_view(value).substr(equals + 1);
  if (what != "share") {
    descriptor_of(run.isolation, name) = parse_descriptor(what);
    return;
  }
  const auto* found = std::ranges::find(kNamespaces, name, &NamedNamespace::name);
  if (found == kNamespaces.end()) {
    throw std::invalid_argument("shared can be user, pid, ipc, uts, cgroup and net");
  }
  run.isolation.shared = run.isolation.shared | found->which;
  run.share_network |= found->which == Namespace::kNet;
}

void set_nested_userns(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  std::vector<std::string> wishes = split_list(value);
  run.isolation.forbids_user_namespaces |= take_flag(wishes, "forbid");
  run.isolation.asserts_no_user_namespaces |= take_flag(wishes, "assert");
  require_all_taken(wishes, "forbid, assert");
}

void set_id_map_fd(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  run.isolation.id_map_gate = parse_descriptor(value);
}

void add_hold_fd(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  run.files.hold({.descriptor = parse_descriptor(value)});
}

void add_wait_fd(RunOptions& run, const Caller& /*caller*/, const std::string& value) {
  run.files.wait({.descriptor = parse_descriptor(value)});
}

void isolate(const RunOptions& options, Params& params) {
  const Isolation& isolation = options.isolation;
  params.namespaces = params.namespaces & ~isolation.shared;
  if (options.share_network) params.namespaces = params.namespaces & ~Namespace::kNet;
  if (isolation.user_namespace) params.namespaces = params.namespaces & ~Namespace::kUser;
  if (isolation.pid_namespace && !isolation.nests_pids)
    params.namespaces = params.namespaces & ~Namespace::kPid;
  params.user_namespace = isolation.user_namespace;
  params.pid_namespace = isolation.pid_namespace;
  params.second_user_namespace = isolation.inner_user_namespace;
  params.id_map_gate = isolation.id_map_gate;
  params.disable_user_namespaces = isolation.forbids_user_namespaces;
  params.assert_no_user_namespaces = isolation.asserts_no_user_namespaces;
  params.may_change_host = isolation.may_change_host;
  params.outlives_launcher = options.lifetime.outlives_kekkai;
  params.program_is_init = options.lifetime.program_is_init;
}

}  // namespace kekkai::cli
