#include <kekkai/init/attestation.h>
#include <kekkai/ops/refusal.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace kekkai {
namespace {

constexpr size_t kMaxMountTable = 256U << 20;

using ById = std::unordered_map<uint64_t, const MountInfo*>;
using ExpectedById = std::unordered_map<uint64_t, const ExpectedMount*>;

[[noreturn]] void refuse(const std::string& difference) {
  throw Refusal("the container is not what was asked for: " + difference);
}

void require_attributes(const MountInfo& mount, MountAttr wanted) {
  const MountAttr missing = wanted & ~mount.attributes;
  if (missing != MountAttr::kNone) {
    refuse("the mount on " + mount.mount_point + " lacks " + names(missing));
  }
}

// The expected mount that an unexpected one came in with, as part of a recursive bind, or nullptr.
const ExpectedMount* carrier_of(const MountInfo& mount, const ById& by_id,
                                const ExpectedById& expected) {
  const MountInfo* at = &mount;
  for (size_t steps = 0; steps < by_id.size(); ++steps) {
    const auto known = expected.find(at->id);
    if (known != expected.end()) return known->second;
    const auto parent = by_id.find(at->parent_id);
    if (parent == by_id.end()) break;
    at = parent->second;
  }
  return nullptr;
}

// A slave takes in mounts of the host and gives none to it.
void require_separation(const MountInfo& mount, const ExpectedMount* carrier) {
  const bool may_receive = carrier != nullptr && carrier->slave && !mount.shared;
  if (mount.propagates && !may_receive) {
    refuse("the mount on " + mount.mount_point + " propagates");
  }
}

// The value of "Name:\tvalue\n" in /proc/PID/status.
std::string_view status_field(std::string_view status, std::string_view name) {
  const size_t at = status.find("\n" + std::string(name) + ":\t");
  if (at == status.npos) refuse("the kernel does not tell " + std::string(name));
  status.remove_prefix(at + name.size() + 3);
  return status.substr(0, status.find('\n'));
}

// The size of /proc/PID/fd is the number of open descriptors since Linux 6.2, and 0 before
// (proc_pid_fd(5)). The kernel tells it much faster than it lists them.
bool is_all_that_is_open(Dispatcher& k, const UniqueFd& dir, const std::set<int>& known) {
  return k.statx(dir).size == known.size() &&
         std::ranges::all_of(known, [&](int fd) { return k.is_open(fd); });
}

}  // namespace

UniqueFd open_witness(Dispatcher& k) {
  return k.openat2(Fd::cwd(), "/proc/self", Open::kPath | Open::kDirectory, Resolve::kAnywhere);
}

void compare_mounts(const std::vector<MountInfo>& mounts,
                    const std::vector<ExpectedMount>& expected,
                    const std::vector<Restriction>& restrictions) {
  ById by_id;
  for (const MountInfo& mount : mounts) by_id.emplace(mount.id, &mount);
  ExpectedById expected_by_id;
  for (const ExpectedMount& e : expected) {
    expected_by_id.emplace(e.id, &e);
    const auto found = by_id.find(e.id);
    if (found == by_id.end()) refuse("nothing is mounted on " + e.path.str());
    if (!e.path.is_root() && found->second->parent_id != e.parent_id) {
      refuse("what belongs on " + e.path.str() + " is mounted on " + found->second->mount_point);
    }
  }
  for (const MountInfo& mount : mounts) {
    const ExpectedMount* carrier = carrier_of(mount, by_id, expected_by_id);
    require_separation(mount, carrier);
    if (carrier == nullptr) refuse("nobody asked for the mount on " + mount.mount_point);
    require_attributes(mount, carrier->attributes);
  }
  for (const Restriction& restriction : restrictions) {
    const auto found = by_id.find(restriction.mount_id);
    if (found == by_id.end()) refuse("nothing is mounted on " + restriction.path.str());
    require_attributes(*found->second, restriction.attributes);
  }
}

void attest_mounts(Dispatcher& k, Fd witness, const Sysroot& sysroot) {
  const UniqueFd table = k.openat2(witness, "mountinfo", Open::kReadOnly, Resolve::kBeneath);
  compare_mounts(parse_mountinfo(read_text(k, table, kMaxMountTable)), sysroot.expected(),
                 sysroot.restrictions());
}

void attest_namespaces(Dispatcher& k, Fd witness, const std::vector<std::string>& host_namespaces) {
  for (const std::string& host : host_namespaces) {
    const std::string name = host.substr(0, host.find(':'));
    if (k.readlinkat(witness, "ns/" + name) == host) {
      refuse("it is in the launcher's " + name + " namespace");
    }
  }
}

void attest_privileges(Dispatcher& k, Fd witness, uint64_t kept) {
  const UniqueFd file = k.openat2(witness, "status", Open::kReadOnly, Resolve::kBeneath);
  const std::string status = read_text(k, file);
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    const std::string_view text = status_field(status, set);
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc() || end != text.data() + text.size() || value != kept) {
      refuse(std::string(set) + " is " + std::string(text));
    }
  }
  if (status_field(status, "NoNewPrivs") != "1") refuse("no_new_privs is not set");
}

void attest_descriptors(Dispatcher& k, Fd witness, std::set<int> known) {
  const UniqueFd dir =
      k.openat2(witness, "fd", Open::kReadOnly | Open::kDirectory, Resolve::kBeneath);
  known.insert(dir.number());
  if (is_all_that_is_open(k, dir, known)) return;
  for (const std::string& name : k.getdents64(dir)) {
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    if (known.erase(fd) == 0) refuse("descriptor " + name + " is open");
  }
  if (!known.empty()) refuse("descriptor " + std::to_string(*known.begin()) + " is not open");
}

}  // namespace kekkai
