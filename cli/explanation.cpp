#include "explanation.h"

#include "run.h"
#include "terminal.h"

#include <kekkai/launcher/container.h>

namespace kekkai::cli {

Explanation explain(Dispatcher& k, const RunOptions& options, const Caller& caller,
                    WithCalls calls) {
  require_descriptors(k, options);
  if (options.terminal == Terminal::kKept) open_kept_terminal(k);
  Explanation explained{.options = options, .plan = make_plan(k, options, caller, calls)};
  if (explained.plan.failure) return explained;
  explained.access = access_of(explained.plan, options);
  explained.findings = lint({.options = options,
                             .caller = caller,
                             .plan = explained.plan,
                             .k = k,
                             .uid = k.getresuid().effective,
                             .own_program = find_own_program(k)});
  return explained;
}

}  // namespace kekkai::cli
