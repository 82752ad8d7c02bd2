// What the machine itself has: kernel, proc, limits, and interfaces that no container is needed
// for.
#include "doctor_checks.h"
#include "version.h"

#include <kekkai/launcher/container.h>

#include <errno.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/resource.h>

#include <array>

namespace kekkai::cli {
namespace {

constexpr uint64_t kFewOpenFiles = 1024;  // an op has one open until it is applied
constexpr uint64_t kFewProcesses = 256;
constexpr std::array kCgroupRoots{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
constexpr std::array<std::string_view, 4> kYamaLevels{
    "0: any process of the same user may be traced", "1: only descendants may be traced",
    "2: only who has CAP_SYS_PTRACE may trace", "3: nobody may trace"};

Finding examine_limit(const Machine& machine, int resource, uint64_t few, const char* remedy) {
  const uint64_t hard = machine.k.getrlimit(resource).hard;
  if (hard == RLIM_INFINITY) return {.text = "no limit"};
  if (hard >= few) return {.text = fmt::format("{} at most", hard)};
  return fails(fmt::format("{} at most, which is few", hard), remedy);
}

// Where cgroup v2 is mounted: alone, or beside v1.
std::optional<std::string> find_cgroup_root(Dispatcher& k) {
  for (const char* root : kCgroupRoots) {
    try {
      const UniqueFd directory =
          k.openat2(Fd::cwd(), root, Open::kPath | Open::kDirectory, Resolve::kAnywhere);
      if (k.fstatfs(directory) == CGROUP2_SUPER_MAGIC) return root;
    } catch (const SyscallError&) {
      // It may be the other one.
    }
  }
  return std::nullopt;
}

// Of "0::/user.slice" in /proc/self/cgroup (cgroups(7)).
std::optional<std::string> own_cgroup(Dispatcher& k) {
  const auto groups = read_file_if_any(k, "/proc/self/cgroup");
  const size_t begin = groups ? ("\n" + *groups).find("\n0::/") : std::string::npos;
  if (begin == std::string::npos) return std::nullopt;
  const size_t path = begin + 3;
  const std::string group = groups->substr(path, groups->find('\n', path) - path);
  return group == "/" ? "" : group;
}

}  // namespace

Finding examine_kernel(const Machine& machine) {
  const auto release = first_line(machine.k, "/proc/sys/kernel/osrelease");
  if (!release)
    return fails("its release is unknown: there is no proc at /proc", std::string(kMountProc));
  if (is_new_enough(*release)) return {.text = *release};
  return fails(*release + " is too old", "boot Linux 6.1 or later");
}

Finding examine_proc(const Machine& machine) {
  const UniqueFd self =
      machine.k.openat2(Fd::cwd(), "/proc/self/ns", Open::kPath, Resolve::kAnywhere);
  if (machine.k.fstatfs(self) == PROC_SUPER_MAGIC) return {.text = "it is mounted"};
  return fails("what is mounted at /proc is no proc", std::string(kMountProc));
}

Finding examine_init(const Machine& machine) {
  try {
    return {.text = find_init(machine.k)};
  } catch (const SyscallError& e) {
    Finding finding = fails(machine, e.call(), e.error());
    const std::string path = e.call().substr(e.call().find(' ') + 1);
    if (e.error() == EACCES) finding.remedy = "let everybody execute it: `chmod 755 " + path + "`";
    return finding;
  } catch (const std::exception& e) {  // Refusal
    return fails(e.what(), "copy kekkai-init to where kekkai is");
  }
}

Finding examine_pidfd(const Machine& machine) {
  machine.k.pidfd_send_signal(machine.k.pidfd_open(machine.k.getpid()), 0);
  return {.text = "one was opened, and a signal sent by it"};
}

Finding examine_landlock(const Machine& machine) {
  try {
    return {.text = fmt::format("version {} of its interface", machine.k.landlock_abi())};
  } catch (const SyscallError& e) {
    Finding finding = fails(machine, e.call(), e.error());
    if (e.error() == EOPNOTSUPP) finding.remedy = "boot with landlock in the list `lsm=`";
    return finding;
  }
}

// What a manager of cgroups may do with those it was given: cgroups(7), "delegation".
Finding examine_cgroups(const Machine& machine) {
  constexpr const char* kDelegate =
      "ask systemd for one: `systemd-run --user --scope -p Delegate=yes COMMAND`";
  const auto root = find_cgroup_root(machine.k);
  const auto group = own_cgroup(machine.k);
  if (!root || !group) return fails("there is no cgroup v2 here", "boot with cgroup v2 alone");
  const std::string directory = *root + *group;
  for (const char* file : {"/cgroup.procs", "/cgroup.subtree_control"}) {
    try {
      machine.k.openat2(Fd::cwd(), directory + file, Open::kWriteOnly, Resolve::kAnywhere);
    } catch (const SyscallError& e) {
      Finding finding = fails(machine, e.call(), e.error());
      finding.remedy = kDelegate;
      return finding;
    }
  }
  const auto controllers = first_line(machine.k, directory + "/cgroup.controllers");
  if (controllers && !controllers->empty()) return {.text = "it is ours, with " + *controllers};
  return fails("it is ours, but without controllers", kDelegate);
}

Finding examine_open_files(const Machine& machine) {
  return examine_limit(machine, RLIMIT_NOFILE, kFewOpenFiles,
                       "raise the hard limit: `ulimit -Hn 4096`, as root, before kekkai starts");
}

Finding examine_processes(const Machine& machine) {
  return examine_limit(machine, RLIMIT_NPROC, kFewProcesses,
                       "raise the hard limit: `ulimit -Hu 4096`, as root, before kekkai starts");
}

Finding examine_yama(const Machine& machine) {
  const auto level = first_line(machine.k, "/proc/sys/kernel/yama/ptrace_scope");
  if (!level) return {.text = "it is not there"};
  for (const std::string_view meaning : kYamaLevels) {
    if (meaning.starts_with(*level + ":")) return {.text = std::string(meaning)};
  }
  return {.text = *level};
}

}  // namespace kekkai::cli
