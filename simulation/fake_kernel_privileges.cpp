// The calls on identity, privileges and the network.
#include "fake_kernel_step.h"

#include <errno.h>
#include <fmt/format.h>
#include <limits.h>

#include <array>

namespace kekkai::testing {
namespace {

// By number: linux/capability.h.
constexpr std::array kCapabilityNames{"CHOWN",
                                      "DAC_OVERRIDE",
                                      "DAC_READ_SEARCH",
                                      "FOWNER",
                                      "FSETID",
                                      "KILL",
                                      "SETGID",
                                      "SETUID",
                                      "SETPCAP",
                                      "LINUX_IMMUTABLE",
                                      "NET_BIND_SERVICE",
                                      "NET_BROADCAST",
                                      "NET_ADMIN",
                                      "NET_RAW",
                                      "IPC_LOCK",
                                      "IPC_OWNER",
                                      "SYS_MODULE",
                                      "SYS_RAWIO",
                                      "SYS_CHROOT",
                                      "SYS_PTRACE",
                                      "SYS_PACCT",
                                      "SYS_ADMIN",
                                      "SYS_BOOT",
                                      "SYS_NICE",
                                      "SYS_RESOURCE",
                                      "SYS_TIME",
                                      "SYS_TTY_CONFIG",
                                      "MKNOD",
                                      "LEASE",
                                      "AUDIT_WRITE",
                                      "AUDIT_CONTROL",
                                      "SETFCAP",
                                      "MAC_OVERRIDE",
                                      "MAC_ADMIN",
                                      "SYSLOG",
                                      "WAKE_ALARM",
                                      "BLOCK_SUSPEND",
                                      "AUDIT_READ",
                                      "PERFMON",
                                      "BPF",
                                      "CHECKPOINT_RESTORE"};

std::string capability_name(unsigned capability) {
  if (capability >= kCapabilityNames.size()) return fmt::format("CAP {}", capability);
  return std::string("CAP_") + kCapabilityNames[capability];
}

}  // namespace

std::string capability_names(uint64_t set) {
  std::string text;
  for (unsigned capability = 0; capability < 64; ++capability) {
    if ((set >> capability & 1) == 0) continue;
    text += (text.empty() ? "" : "|") + capability_name(capability);
  }
  return text.empty() ? "none" : text;
}

pid_t FakeKernel::getpid() { return pid_; }

pid_t FakeKernel::getppid() { return parent_; }

pid_t FakeKernel::getpgid(pid_t pid) {
  return step(fmt::format("getpgid {}", pid), "", [&] {
    const pid_t process = pid == 0 ? pid_ : pid;
    const auto found = process_groups_.find(process);
    return found == process_groups_.end() ? process : found->second;
  });
}

Ids FakeKernel::getresuid() {
  return step("getresuid", "", [&] { return users_; });
}

Ids FakeKernel::getresgid() {
  return step("getresgid", "", [&] { return groups_; });
}

ResourceLimit FakeKernel::getrlimit(int resource) {
  return step(fmt::format("prlimit64 {}", resource), "", [&] {
    const auto found = limits_.find(resource);
    return found == limits_.end() ? ResourceLimit{resource, RLIM_INFINITY, RLIM_INFINITY}
                                  : found->second;
  });
}

void FakeKernel::setrlimit(const ResourceLimit& limit) {
  step(fmt::format("prlimit64 {}", limit.resource), fmt::format(" {}:{}", limit.soft, limit.hard),
       [&] {
         if (limit.soft > limit.hard) throw Errno{EINVAL};
         limits_[limit.resource] = limit;
       });
}

void FakeKernel::sethostname(const std::string& name) {
  step("sethostname " + name, "", [&] {
    if (name.size() > HOST_NAME_MAX) throw Errno{EINVAL};
    hostname_ = name;
  });
}

void FakeKernel::set_process_name(const std::string& name) {
  step("prctl PR_SET_NAME", " " + name, [] {});
}

void FakeKernel::set_dumpable(bool dumpable) {
  step("prctl PR_SET_DUMPABLE", dumpable ? " on" : " off", [] {});
}

void FakeKernel::set_no_ptracer() {
  step("prctl PR_SET_PTRACER", "", [] {});
}

bool FakeKernel::can_replace_image() {
  return step("prctl PR_SET_MM_MAP_SIZE", "", [&] { return can_replace_image_; });
}

void FakeKernel::clear_ambient_capabilities() {
  step("prctl PR_CAP_AMBIENT_CLEAR_ALL", "", [&] { ambient_ = 0; });
}

void FakeKernel::drop_bounding_capability(unsigned capability) {
  begin(fmt::format("prctl PR_CAPBSET_DROP {}", capability),
        "prctl PR_CAPBSET_DROP " + capability_name(capability));
  bounding_ &= ~(uint64_t{1} << capability);
}

void FakeKernel::raise_ambient_capability(unsigned capability) {
  const std::string call = fmt::format("prctl PR_CAP_AMBIENT_RAISE {}", capability);
  begin(call, "prctl PR_CAP_AMBIENT_RAISE " + capability_name(capability));
  const uint64_t bit = uint64_t{1} << capability;
  if ((capabilities_.permitted & capabilities_.inheritable & bit) == 0) fail(call, EPERM);
  ambient_ |= bit;
}

void FakeKernel::capset(const Capabilities& c) {
  std::string operands = " " + capability_names(c.effective);
  if (c.permitted != c.effective) operands += " permitted " + capability_names(c.permitted);
  if (c.inheritable != c.effective) operands += " inheritable " + capability_names(c.inheritable);
  step("capset", operands, [&] {
    const uint64_t added = c.permitted & ~capabilities_.permitted;
    if (added != 0 || (c.effective & ~c.permitted) != 0) throw Errno{EPERM};
    set_capabilities(c);
  });
}

Capabilities FakeKernel::capget() {
  return step("capget", "", [&] { return capabilities_; });
}

unsigned FakeKernel::last_capability() {
  return step("prctl PR_CAPBSET_READ", "", [&] { return last_capability_; });
}

void FakeKernel::set_no_new_privs() {
  step("prctl PR_SET_NO_NEW_PRIVS", "", [&] { no_new_privs_ = true; });
}

// Linux 6.1 counts the user namespaces below one, and the limit is that one's own.
void FakeKernel::unshare(Namespace namespaces) {
  step("unshare " + names(namespaces), "", [&] {
    if (has(namespaces, Namespace::kUser)) {
      if (user_namespaces_left_ == 0) throw Errno{ENOSPC};
      if (user_namespaces_left_) --*user_namespaces_left_;
    }
    enter_namespaces(namespaces);
  });
}

void FakeKernel::setns(Fd ns, Namespace type) {
  step("setns " + std::string(ns.label), "", [&] {
    get(ns);
    enter_namespaces(type);
  });
}

void FakeKernel::set_child_subreaper() {
  step("prctl PR_SET_CHILD_SUBREAPER", "", [] {});
}

void FakeKernel::set_parent_death_signal(int signo) {
  step("prctl PR_SET_PDEATHSIG", " " + signal_name(signo), [] {});
}

void FakeKernel::load_filter(const FilterProgram& program) {
  step("seccomp", "", [&] { filters_.push_back(program); });
}

int FakeKernel::landlock_abi() {
  return step("landlock_create_ruleset", "", [] { return kLandlockAbi; });
}

// What a capability set holds beyond the last one that there is does not show in /proc.
std::string FakeKernel::privileges_text() const {
  constexpr uint64_t kKnown = (uint64_t{1} << kCapabilityNames.size()) - 1;
  std::string text = "Name:\tkekkai-init\nUmask:\t" + fmt::format("{:04o}\n", umask_);
  const auto add = [&](const char* name, uint64_t set) {
    text += fmt::format("{}:\t{:016x}\n", name, set & kKnown);
  };
  add("CapInh", capabilities_.inheritable);
  add("CapPrm", capabilities_.permitted);
  add("CapEff", capabilities_.effective);
  add("CapBnd", bounding_);
  add("CapAmb", ambient_);
  return text + "NoNewPrivs:\t" + (no_new_privs_ ? "1" : "0") + "\nSeccomp:\t0\n";
}

UniqueFd FakeKernel::inet_socket() {
  return step("socket AF_INET", "", [&] { return own({.label = "socket"}); });
}

void FakeKernel::set_interface_up(Fd socket, const std::string& name) {
  step("ioctl SIOCSIFFLAGS " + name, "", [&] { get(socket); });
}

}  // namespace kekkai::testing
