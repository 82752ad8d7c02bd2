// A host whose mounts are those of another one: mountinfo of proc(5).
#include "fake_paths.h"

#include <kekkai/simulation/fake_mounts.h>

#include <algorithm>
#include <stdexcept>

namespace kekkai::testing {
namespace {

// Whoever looks below it has something mounted there (autofs(5)).
constexpr const char* kAutomount = "autofs";

// What cannot be looked at is a directory that is closed.
FakeFile file_at(const FakeOrigin& origin, const std::string& path) {
  FakeFile closed;
  closed.directory(0700);
  try {
    return origin.find(path).value_or(closed);
  } catch (const Errno&) {
    return closed;
  }
}

}  // namespace

FakeMounts::FakeMounts(const std::vector<MountInfo>& mounts,
                       std::shared_ptr<const FakeOrigin> origin)
    : origin_(std::move(origin)), last_namespace_(1) {
  describe_new_file_systems();
  std::map<uint64_t, const MountInfo*> by_id;
  for (const MountInfo& mount : mounts) {
    by_id[mount.id] = &mount;
    last_group_ = std::max({last_group_, mount.peers, mount.master});
  }
  std::map<uint64_t, MountId> known;
  for (const MountInfo& mount : mounts) mirror(mount, by_id, known);
  if (!host_root_.node) throw std::invalid_argument("mountinfo: nothing is mounted on /");
}

// Each after the mount that it is on. One that is its own parent, or whose parent nobody sees, is
// the root, if any.
void FakeMounts::mirror(const MountInfo& info, const std::map<uint64_t, const MountInfo*>& by_id,
                        std::map<uint64_t, MountId>& known) {
  if (known.contains(info.id)) return;
  const auto parent = by_id.find(info.parent_id);
  const bool is_root = parent == by_id.end() || info.parent_id == info.id;
  if (is_root && (host_root_.node || info.mount_point != "/")) return;
  Mount mount{.name_space = last_namespace_,
              .attributes = info.attributes,
              .peers = info.peers,
              .master = info.master};
  if (!is_root) {
    mirror(*parent->second, by_id, known);
    const auto below = known.find(info.parent_id);
    if (below == known.end()) return;
    mount.on = {below->second, mount_point_on(info, *parent->second, below->second)};
  }
  mount.system = &mirrored_system(info);
  mount.root = mount.system->root;
  known[info.id] = add(mount);
  if (is_root) host_root_ = {known[info.id], mount.root};
}

// Where it is on the mount below it.
NodePtr FakeMounts::mount_point_on(const MountInfo& info, const MountInfo& below, MountId id) {
  const size_t beginning = below.mount_point == "/" ? 0 : below.mount_point.size();
  NodePtr node = mounts_.at(id).root;
  for (const std::string& name : components_of(info.mount_point.substr(beginning))) {
    NodePtr next;
    try {
      next = child_of(node, name);
    } catch (const Errno&) {
      // It is there, and closed to us.
    }
    node = next ? next : put(node, name, file_at(*origin_, info.mount_point));
  }
  return node;
}

FakeFileSystem& FakeMounts::mirrored_system(const MountInfo& info) {
  FakeFileSystem& system = add_file_system(info.type);
  system.read_only = info.read_only_system;
  system.root->file = file_at(*origin_, info.mount_point);
  const bool shows_processes = info.type == "proc" && info.mount_point == "/proc";
  std::erase_if(system.root->children, [&](const auto& child) {
    return !shows_processes || child.first != "self";  // whoever looks
  });
  if (info.type == kAutomount) return system;
  system.origin = origin_;
  system.origin_path = info.mount_point;
  system.root->found = true;
  return system;
}

}  // namespace kekkai::testing
