#include <kekkai/init/failure.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/syscall/syscall_error.h>

#include <array>
#include <new>
#include <optional>
#include <string_view>

namespace kekkai {
namespace {

struct PhaseWords {
  std::string_view name;
  std::string_view task;  // completes "cannot …"
};
constexpr std::array<PhaseWords, static_cast<size_t>(Phase::kLast) + 1> kWords{{
    {"launch", "start init"},
    {"receive", "read the setup stream"},
    {"network", "bring up the loopback interface"},
    {"terminal", "open the terminal"},
    {"identity", "set up user, group and host name"},
    {"propagation", "separate the mount tree from the host's"},
    {"early", "prepare"},
    {"intermediate root", "enter the intermediate root"},
    {"apply", "apply"},
    {"container root", "enter the container's root"},
    {"attest", "confirm the container"},
    {"privileges", "give up privileges"},
    {"reaper", "start the reaper thread"},
    {"late", "complete"},
    {"execute", "start the program"},
    {"supervise", "look after the container's processes"},
}};

const PhaseWords& words_for(Phase phase) { return kWords.at(static_cast<size_t>(phase)); }

struct Hint {
  std::string_view call;  // what the failed call starts with
  int error;
  std::string_view text;
  bool is_of_machine = false;       // and not of this container: `kekkai doctor` finds it, too
  std::optional<Phase> phase = {};  // in which alone it means this
};
constexpr std::string_view kAskDoctor = "; `kekkai doctor` tells more";
constexpr std::string_view kUnfitLayers =
    "nothing may be mounted below a layer, upper and work must lie neither in each other nor in a "
    "lower, and their file system has to be one that overlayfs can write to";
constexpr std::string_view kReadOnlyPlace =
    "nothing can be made below something read-only: create it on the host before, or choose a path "
    "below a tmpfs";
constexpr std::string_view kNoSource =
    "the host has nothing there: correct the path; `optional` does without what a bind would show, "
    "`ensure` makes it";
constexpr std::string_view kNoProgram =
    "it has to be an executable file, on a file system that is not mounted noexec";
constexpr std::array kHints{
    Hint{.call = "openat2", .error = ENOENT, .text = kNoSource, .phase = Phase::kEarly},
    Hint{"clone (user", ENOSPC,
         "user namespaces are used up or switched off: see `sysctl user.max_user_namespaces`",
         true},
    Hint{"clone (user", EPERM,
         "this host, or the sandbox around us, does not allow user namespaces", true},
    Hint{"clone (user", EUSERS, "user namespaces are nested too deeply", true},
    Hint{"clone", EPERM, "without a user namespace of its own a container needs CAP_SYS_ADMIN"},
    Hint{"setns", EINVAL, "the descriptor leads to no namespace of that kind, or to our own"},
    Hint{"setns", EPERM, "whoever joins a namespace needs CAP_SYS_ADMIN in it"},
    Hint{"openat2 /proc/sys/user", EROFS,
         "/proc/sys is read-only here, so user namespaces cannot be forbidden", true},
    Hint{"clone", EAGAIN, "the limit on processes is reached: see `ulimit -u`"},
    Hint{"write /proc/self/uid_map", EPERM,
         "this host restricts user namespaces (under AppArmor see `sysctl "
         "kernel.apparmor_restrict_unprivileged_userns`), or we are root in a sandbox that was not "
         "given CAP_SETFCAP",
         true},
    Hint{"write /proc/self/uid_map", EACCES,
         "this host restricts user namespaces; under AppArmor see `sysctl "
         "kernel.apparmor_restrict_unprivileged_userns`",
         true},
    Hint{"faccessat2", EACCES, kNoProgram},
    Hint{"openat2 /proc", ENOENT, "Kekkai needs proc mounted at /proc", true},
    Hint{"readlinkat /proc", ENOENT, "Kekkai needs proc mounted at /proc", true},
    Hint{"fsmount proc", EPERM,
         "something covers parts of /proc here, so the kernel allows no new one: a container "
         "around us has to leave its /proc uncovered",
         true},
    Hint{"fsconfig create proc", EPERM,
         "something covers parts of /proc here, so the kernel allows no new one: a container "
         "around us has to leave its /proc uncovered",
         true},
    Hint{
        "openat2 /dev/tty", ENXIO,
        "there is no terminal to keep: leave --tty out, or give the program one of its own, --pty"},
    Hint{"fsmount sysfs", EPERM,
         "something covers parts of /sys here, so the kernel allows no new one"},
    Hint{"fsconfig create overlay", EINVAL, kUnfitLayers},
    Hint{"fsconfig overlay", EINVAL, kUnfitLayers},
    Hint{"fsconfig create overlay", ELOOP, "a layer lies in another one"},
    Hint{"move_mount", ENOSPC, "too many mounts: see `sysctl fs.mount-max`", true},
    Hint{"open_tree", ENOSPC, "too many mounts: see `sysctl fs.mount-max`", true},
    Hint{"openat2", ELOOP,
         "too many symbolic links, or one of /proc's magic links, which are not followed"},
    Hint{"mkdirat", EROFS, kReadOnlyPlace},
    Hint{"openat2", EROFS, kReadOnlyPlace},
    Hint{"", EMFILE, "too many open files: see `ulimit -n` and `ulimit -Hn`"},
    Hint{"", ENFILE, "too many open files on the whole system: see `sysctl fs.file-max`"},
    Hint{"", ENOSYS,
         "Kekkai needs Linux 6.1 or later, and no filter around it that refuses the call", true},
    Hint{"prlimit64", EPERM, "a limit cannot be raised above the caller's own: see `ulimit -H -a`"},
    Hint{"execve", E2BIG, "arguments and environment together are longer than the kernel takes"},
};

Failure failure_of(Phase phase, const SyscallError& e) {
  return {.phase = phase,
          .call = e.call(),
          .error = e.error(),
          .hint = hint_for(e.call(), e.error(), phase)};
}

}  // namespace

std::string phase_name(Phase phase) { return std::string(words_for(phase).name); }

std::string Failure::message() const {
  const bool names_program = phase == Phase::kExecute && !op.empty();
  std::string text = "cannot " + std::string(names_program ? "execute" : words_for(phase).task);
  if (op_index >= 0) {
    text += " op " + std::to_string(op_index) + " (" + op + ")";
  } else if (!op.empty()) {
    text += " " + op;
  }
  if (!call.empty()) text += ": " + call;
  if (error != 0) text += ": " + std::generic_category().message(error);
  if (!reason.empty()) text += ": " + reason;
  return text;
}

void in_phase(Phase phase, const std::function<void()>& run) {
  try {
    run();
  } catch (const SetupFailure&) {
    throw;
  } catch (const SyscallError& e) {
    throw SetupFailure(failure_of(phase, e));
  } catch (const Refusal& e) {
    throw SetupFailure({.phase = phase, .reason = e.what(), .hint = e.hint()});
  } catch (const std::bad_alloc&) {
    throw SetupFailure({.phase = phase, .reason = "out of memory"});
  } catch (const std::exception& e) {
    throw SetupFailure({.phase = phase, .reason = e.what()});
  }
}

std::string hint_for(const std::string& call, int error, Phase phase) {
  for (const Hint& hint : kHints) {
    const bool is_possible = hint.phase.value_or(phase) == phase;
    if (is_possible && hint.error == error && call.starts_with(hint.call)) {
      return std::string(hint.text).append(hint.is_of_machine ? kAskDoctor : "");
    }
  }
  return {};
}

}  // namespace kekkai
