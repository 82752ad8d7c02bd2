// What mends a failed call: the one table, and the circumstances that tell its rows apart.
#include "doctor_remedies.h"

#include <kekkai/syscall/mountinfo.h>

#include <errno.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace kekkai::cli {
namespace {

bool always(const Machine& /*machine*/) { return true; }

bool has_no_user_namespaces(const Machine& machine) {
  return first_line(machine.k, "/proc/sys/user/max_user_namespaces") == "0";
}

bool is_restricted_by_apparmor(const Machine& machine) {
  return first_line(machine.k, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1";
}

bool is_root(const Machine& machine) { return machine.k.getresuid().effective == 0; }

// Debian's and Ubuntu's setting: user namespaces are for root.
bool is_for_root_only(const Machine& machine) {
  return first_line(machine.k, "/proc/sys/kernel/unprivileged_userns_clone") == "0" &&
         !is_root(machine);
}

// proc(5): mode 2 is a filter.
bool is_filtered(const Machine& machine) {
  const auto status = read_file_if_any(machine.k, "/proc/self/status");
  return status && status->find("\nSeccomp:\t2\n") != status->npos;
}

// Mounts are listed as seen from our root, and that of a chroot is none of them.
bool is_chrooted(const Machine& machine) {
  const auto mounts = read_file_if_any(machine.k, "/proc/self/mountinfo");
  try {
    return mounts && std::ranges::none_of(parse_mountinfo(*mounts), [](const MountInfo& mount) {
             return mount.mount_point == "/";
           });
  } catch (const std::invalid_argument&) {
    return false;
  }
}

constexpr std::string_view kUncoverProc =
    "leave the /proc of the container around it uncovered: podman `--security-opt unmask=ALL`, "
    "docker `--security-opt systempaths=unconfined`, kekkai `--proc-open all`";
constexpr std::string_view kAllowCall =
    "let the filter of the container around it allow the call: podman and docker "
    "`--security-opt seccomp=unconfined`, kekkai `--seccomp none`";
constexpr std::string_view kRelaxAppArmor =
    "as root: `sysctl kernel.apparmor_restrict_unprivileged_userns=0`";
constexpr std::string_view kAskSecurityModule =
    "a security module of the host refuses it: see which by `journalctl -k`, or `dmesg`";
constexpr std::string_view kRaiseMounts = "as root: `sysctl fs.mount-max=100000`";

/// The first row that fits is taken. `call` is what the failed call begins with.
struct Remedy {
  std::string_view call;
  int error;
  bool (*applies)(const Machine& machine);
  std::string_view text;
};
constexpr std::array kRemedies{
    Remedy{"clone (user", ENOSPC, has_no_user_namespaces,
           "as root: `sysctl user.max_user_namespaces=10000`"},
    Remedy{"clone (user", ENOSPC, always,
           "end some sandboxes, or raise user.max_user_namespaces of the container around it"},
    Remedy{"clone (user", EUSERS, always, "start it in fewer sandboxes, one in the other"},
    Remedy{"clone (user", EPERM, is_for_root_only,
           "as root: `sysctl kernel.unprivileged_userns_clone=1`"},
    Remedy{"clone (user", EPERM, is_chrooted,
           "enter its root by pivot_root, as containers do, and not by chroot"},
    Remedy{"clone (user", EINVAL, always, "boot a kernel with user namespaces (CONFIG_USER_NS)"},
    Remedy{"clone", EAGAIN, always, "end some processes, or raise their limit: `ulimit -u`"},
    Remedy{"write /proc/self/uid_map", EPERM, is_restricted_by_apparmor, kRelaxAppArmor},
    Remedy{"write /proc/self/uid_map", EPERM, is_root,
           "give the container around it the capability CAP_SETFCAP, or start as another user"},
    Remedy{"openat2 /proc", ENOENT, always, kMountProc},
    Remedy{"readlinkat /proc", ENOENT, always, kMountProc},
    Remedy{"fsmount proc", EPERM, always, kUncoverProc},
    Remedy{"fsconfig create proc", EPERM, always, kUncoverProc},
    Remedy{"fsopen overlay", ENODEV, always, "as root: `modprobe overlay`"},
    Remedy{"open_tree", ENOSPC, always, kRaiseMounts},
    Remedy{"move_mount", ENOSPC, always, kRaiseMounts},
    Remedy{"seccomp", EBUSY, always,
           "start it where nobody listens to a filter already, as `--seccomp-log` does"},
    Remedy{"seccomp", EINVAL, always, "boot a kernel with filters (CONFIG_SECCOMP_FILTER)"},
    Remedy{"", EMFILE, always, "raise the limit on open files: `ulimit -n`"},
    Remedy{"", ENFILE, always, "as root: `sysctl fs.file-max=1000000`"},
    Remedy{"", EPERM, is_filtered, kAllowCall},
    Remedy{"", EACCES, is_filtered, kAllowCall},
    Remedy{"", ENOSYS, is_filtered, kAllowCall},
    Remedy{"", EPERM, is_restricted_by_apparmor, kRelaxAppArmor},
    Remedy{"", EACCES, is_restricted_by_apparmor, kRelaxAppArmor},
    Remedy{"", ENOSYS, always, "boot Linux 6.1 or later"},
    Remedy{"clone (user", EPERM, always, kAskSecurityModule},
    Remedy{"write /proc/self/uid_map", EPERM, always, kAskSecurityModule},
    Remedy{"write /proc/self/uid_map", EACCES, always, kAskSecurityModule},
};

}  // namespace

std::string remedy_for(const Machine& machine, const std::string& call, int error) {
  for (const Remedy& remedy : kRemedies) {
    if (remedy.error == error && call.starts_with(remedy.call) && remedy.applies(machine)) {
      return std::string(remedy.text);
    }
  }
  std::string hint = hint_for(call, error);
  if (!hint.empty()) return hint;
  return "look for the reason in the kernel's log: `journalctl -k`, or `dmesg`";
}

}  // namespace kekkai::cli
