#include "doctor_checks.h"

#include <array>

namespace kekkai::cli {
namespace {

constexpr Need kRequired = Need::kRequired;
constexpr Need kOptional = Need::kOptional;
constexpr std::string_view kNoSandbox = "no sandbox can be started";
constexpr std::string_view kNoDefault =
    "`kekkai run` starts nothing: every sandbox of it has its own";
constexpr std::string_view kNothingYet = "nothing of this version: no option needs it";

constexpr std::array kChecks{
    Check{"kernel", kRequired, "", examine_kernel, kNoSandbox},
    Check{"proc at /proc", kRequired, "", examine_proc, kNoSandbox},
    Check{"kekkai-init", kRequired, "proc at /proc", examine_init,
          "no sandbox with --pid-file, --status-fd or --record, and none of other tools"},
    Check{"pidfd", kRequired, "", examine_pidfd, kNoSandbox},
    Check{"user namespaces", kRequired, "proc at /proc", examine_user_namespaces, kNoSandbox},
    Check{"other namespaces", kRequired, "user namespaces", examine_other_namespaces, kNoSandbox},
    Check{"bare container", kRequired, "other namespaces", examine_bare_container, kNoSandbox},
    Check{"tmpfs", kRequired, "bare container", examine_tmpfs, kNoDefault},
    Check{"own /proc", kRequired, "bare container", examine_own_proc, kNoDefault},
    Check{"own /dev", kRequired, "bare container", examine_own_dev, kNoDefault},
    Check{"own network", kRequired, "bare container", examine_own_network,
          "only `kekkai run --net` works, with the host's network"},
    Check{"system call filter", kRequired, "bare container", examine_filter,
          "only `kekkai run --seccomp none` works, without a filter"},
    Check{"kekkai run", kRequired, "bare container", examine_run,
          "`kekkai run` without options starts nothing"},
    Check{"overlay", kOptional, "bare container", examine_overlay,
          "no --overlay-tmp, --overlay-rw, --overlay-ro"},
    Check{"refused calls told", kOptional, "system call filter", examine_listener,
          "no --seccomp-log, --seccomp-learn"},
    Check{"open files", kOptional, "", examine_open_files,
          "a sandbox of many files does not start: each takes one until it is mounted"},
    Check{"processes", kOptional, "", examine_processes,
          "a program with many processes, or threads, cannot make them"},
    Check{"Landlock", kOptional, "", examine_landlock, kNothingYet},
    Check{"cgroup v2", kOptional, "proc at /proc", examine_cgroups, kNothingYet},
    Check{"subordinate ids", kOptional, "", examine_subordinate_ids, kNothingYet},
    Check{"xdg-dbus-proxy", kOptional, "", examine_dbus_proxy, kNothingYet},
    Check{"pasta", kOptional, "", examine_pasta, kNothingYet},
    Check{"Yama", Need::kInformation, "", examine_yama, ""},
};

}  // namespace

std::span<const Check> doctor_checks() { return kChecks; }

}  // namespace kekkai::cli
