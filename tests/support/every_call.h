// Every method of Dispatcher that can fail, called once with operands of no sense. The descriptors
// are not open, so that the kernel refuses each call that has one.
#pragma once

#include <kekkai/syscall/dispatcher.h>

#include <signal.h>

#include <array>
#include <functional>
#include <vector>

namespace kekkai::testing {

using AnyCall = std::function<void(Dispatcher&)>;

inline Fd no_file() { return {-1, "a"}; }
inline Fd no_other_file() { return {-1, "b"}; }

/// Those that the kernel refuses for a descriptor that is not open, whoever we are.
inline std::vector<AnyCall> calls_on_descriptors() {
  static std::array<std::byte, 1> buffer{};
  return {
      [](auto& k) { k.openat2(no_file(), "x", Open::kPath, Resolve::kAnywhere); },
      [](auto& k) { k.statx(no_file()); },
      [](auto& k) { k.fstatfs(no_file()); },
      [](auto& k) { k.readlinkat(no_file(), "x"); },
      [](auto& k) { k.mkdirat(no_file(), "x", 0755); },
      [](auto& k) { k.symlinkat("target", no_file(), "x"); },
      [](auto& k) { k.unlinkat(no_file(), "x"); },
      [](auto& k) { k.renameat(no_file(), "x", "y"); },
      [](auto& k) { k.fchmod(no_file(), 0644); },
      [](auto& k) { k.empty_file(no_file()); },
      [](auto& k) { k.lock_for_reading(no_file()); },
      [](auto& k) { k.access_executable(no_file(), "x"); },
      [](auto& k) { k.getdents64(no_file()); },
      [](auto& k) { k.read(no_file(), buffer); },
      [](auto& k) { k.write(no_file(), buffer); },
      [](auto& k) { k.lseek_to_start(no_file()); },
      [](auto& k) { k.fchdir(no_file()); },
      [](auto& k) { k.send(no_file(), buffer); },
      [](auto& k) { k.send_descriptor(no_file(), no_other_file()); },
      [](auto& k) { k.receive_descriptor(no_file(), "what comes"); },
      [](auto& k) { k.seal(no_file()); },
      [](auto& k) { k.status_flags(no_file()); },
      [](auto& k) { k.set_status_flags(no_file(), 0); },
      [](auto& k) { k.open_tree(no_file(), Reach::kOne); },
      [](auto& k) {
        k.mount_setattr(no_file(), MountAttr::kReadOnly, Propagation::kKeep, Reach::kOne);
      },
      [](auto& k) { k.fsconfig_string(no_file(), "key", "value"); },
      [](auto& k) { k.fsconfig_string(no_file(), "key", "value", "shown"); },
      [](auto& k) { k.fsconfig_flag(no_file(), "key"); },
      [](auto& k) { k.fsconfig_create(no_file()); },
      [](auto& k) { k.fsmount(no_file(), MountAttr::kNone); },
      [](auto& k) { k.move_mount(no_file(), no_other_file()); },
      [](auto& k) { k.receive_notification(no_file()); },
      [](auto& k) { k.answer_notification(no_file(), 1, 1); },
      [](auto& k) { k.set_interface_up(no_file(), "lo"); },
      [](auto& k) { k.terminal_attributes(no_file()); },
      [](auto& k) { k.set_terminal_attributes(no_file(), {}); },
      [](auto& k) { k.control_terminal(no_file(), TerminalControl::kAllowOpens); },
      [](auto& k) { k.control_terminal(no_file(), TerminalControl::kRestartOutput); },
      [](auto& k) { k.control_terminal(no_file(), TerminalControl::kUsualDiscipline); },
      [](auto& k) { k.window_size(no_file()); },
      [](auto& k) { k.set_window_size(no_file(), {}); },
      [](auto& k) { k.foreground_group(no_file()); },
      [](auto& k) { k.set_foreground_group(no_file(), 1); },
      [](auto& k) { k.open_pty_terminal(no_file()); },
      [](auto& k) { k.unlock_pty(no_file()); },
      [](auto& k) { k.lock_pty(no_file()); },
      [](auto& k) { k.setns(no_file(), Namespace::kUser); },
      [](auto& k) { k.waitid(no_file()); },
      [](auto& k) { k.pidfd_send_signal(no_file(), SIGTERM); },
      [](auto& k) { k.read_signal(no_file()); },
  };
}

/// The others: what they would do to whoever calls them is for doubles only.
inline std::vector<AnyCall> calls_on_ourselves() {
  return {
      [](auto& k) { k.getcwd(); },
      [](auto& k) { k.pipe2("label"); },
      [](auto& k) { k.socketpair("label"); },
      [](auto& k) { k.memfd_create("name"); },
      [](auto& k) { k.fsopen("tmpfs"); },
      [](auto& k) { k.pivot_root("host"); },
      [](auto& k) { k.detach_working_directory(); },
      [](auto& k) { k.getpgid(0); },
      [](auto& k) { k.getresuid(); },
      [](auto& k) { k.getresgid(); },
      [](auto& k) { k.getrlimit(7); },
      [](auto& k) {
        k.setrlimit({7, 8, 9});
      },
      [](auto& k) { k.sethostname("box"); },
      [](auto& k) { k.set_process_name("name"); },
      [](auto& k) { k.set_dumpable(true); },
      [](auto& k) { k.set_no_ptracer(); },
      [](auto& k) { k.can_replace_image(); },
      [](auto& k) { k.clear_ambient_capabilities(); },
      [](auto& k) { k.drop_bounding_capability(3); },
      [](auto& k) { k.raise_ambient_capability(3); },
      [](auto& k) { k.capset({}); },
      [](auto& k) { k.capget(); },
      [](auto& k) { k.last_capability(); },
      [](auto& k) { k.set_no_new_privs(); },
      [](auto& k) { k.unshare(Namespace::kUser); },
      [](auto& k) { k.set_child_subreaper(); },
      [](auto& k) { k.set_parent_death_signal(SIGKILL); },
      [](auto& k) { k.load_filter({}); },
      [](auto& k) { k.landlock_abi(); },
      [](auto& k) {
        std::array<std::byte, 1> buffer{};
        k.read_memory(1, 0, buffer);
      },
      [](auto& k) { k.inet_socket(); },
      [](auto& k) { k.spawn({.namespaces = Namespace::kUser | Namespace::kPid}); },
      [](auto& k) { k.wait4(WaitFor::kEnd); },
      [](auto& k) { k.pidfd_open(1); },
      [](auto& k) { k.kill(5, SIGTERM); },
      [](auto& k) { k.start_thread([] {}); },
      [](auto& k) { k.is_ignored(SIGHUP); },
      [](auto& k) { k.ignore_signal(SIGHUP); },
      [](auto& k) { k.exit_on_signal(SIGIO, 1); },
      [](auto& k) { k.signal_on_input(no_file(), true); },
      [](auto& k) { k.signalfd({}); },
      [](auto& k) { k.poll({}, std::nullopt); },
  };
}

/// Both.
inline std::vector<AnyCall> every_call() {
  std::vector<AnyCall> all = calls_on_descriptors();
  for (AnyCall& call : calls_on_ourselves()) all.push_back(std::move(call));
  return all;
}

}  // namespace kekkai::testing
