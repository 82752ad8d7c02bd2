// Whether namespaces can be made: each by a process of its own, this program, that ends at once.
#include "doctor_checks.h"

#include <errno.h>
#include <fmt/format.h>

#include <array>

namespace kekkai::cli {
namespace {

constexpr std::array kOthers{Namespace::kPid, Namespace::kMount,  Namespace::kIpc,
                             Namespace::kUts, Namespace::kCgroup, Namespace::kNet};

// Throws SyscallError.
void start_in(const Machine& machine, Namespace namespaces) {
  const UniqueFd null =
      machine.k.openat2(Fd::cwd(), "/dev/null", Open::kReadWrite, Resolve::kAnywhere);
  SpawnPlan plan{.path = find_own_program(machine.k), .namespaces = namespaces};
  plan.argv = {plan.path, "--version"};
  for (int target = 0; target <= 2; ++target) plan.fds.push_back({null.number(), target});
  const Spawned child = machine.k.spawn(plan);
  machine.k.waitid(child.pidfd);
  if (!child.failed_call.empty()) throw SyscallError(child.error, child.failed_call);
}

}  // namespace

Finding examine_user_namespaces(const Machine& machine) {
  start_in(machine, Namespace::kUser);
  return {.text = "one was made"};
}

Finding examine_other_namespaces(const Machine& machine) {
  for (const Namespace one : kOthers) {
    try {
      start_in(machine, Namespace::kUser | one);
    } catch (const SyscallError& e) {
      Finding finding = fails(machine, e.call(), e.error());
      const std::string setting = fmt::format("max_{}_namespaces", names(one));
      if (first_line(machine.k, "/proc/sys/user/" + setting) == "0") {
        finding.remedy = fmt::format("as root: `sysctl user.{}=10000`", setting);
      } else if (e.error() == EINVAL) {
        finding.remedy = fmt::format("boot a kernel that has {} namespaces", names(one));
      }
      return finding;
    }
  }
  return {.text = "pid, mount, ipc, uts, cgroup and network"};
}

}  // namespace kekkai::cli
