#include "bwrap_isolation.h"

namespace kekkai::cli {

void isolate(const BwrapOptions& options, const BwrapCaller& caller, Params& params) {
  params.namespaces = bwrap_namespaces(options, caller);
  params.user_namespace = options.userns;
  params.second_user_namespace = options.userns2;
  params.pid_namespace = options.pidns;
  params.id_map_gate = options.userns_block_fd;
  params.disable_user_namespaces = options.disable_userns;
  params.assert_no_user_namespaces = options.assert_userns_disabled;
  params.outlives_launcher = !options.die_with_parent;
  params.program_is_init = options.as_pid_1;
  params.may_change_host = true;
  params.argv0 = options.argv0;
  // Elsewhere they are the caller's, as check_bwrap() knows.
  if (has(params.namespaces, Namespace::kUser) || options.userns) {
    params.uid = options.uid.value_or(kCallersId);
    params.gid = options.gid.value_or(kCallersId);
  }
  params.hostname = options.hostname.value_or("");
  params.keep_capabilities = bwrap_capabilities(options, caller);
  params.only_root_keeps_capabilities = bwrap_asks_for_root(options, caller);
}

}  // namespace kekkai::cli
