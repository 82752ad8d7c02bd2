// How mounts appear in peers and slaves of the mount that they are put on: mount_namespaces(7).
#include <kekkai/simulation/fake_mounts.h>

#include <algorithm>

namespace kekkai::testing {

// Its peers become its master; where it was the only one, what it was a slave of stays.
void FakeMounts::leave_group(Mount& mount) const {
  if (mount.peers == 0) return;
  const auto peers = std::ranges::count_if(
      mounts_, [&](const auto& entry) { return entry.second.peers == mount.peers; });
  if (peers > 1) mount.master = mount.peers;
  mount.peers = 0;
}

// The other members of the group that a mount is shared with, and the slaves of all these.
std::vector<MountId> FakeMounts::receivers_of(const Mount& mount) const {
  std::vector<MountId> found;
  std::vector<uint64_t> groups;
  if (mount.peers != 0) groups.push_back(mount.peers);
  for (size_t i = 0; i < groups.size(); ++i) {
    for (const auto& [id, other] : mounts_) {
      if (other.peers != groups[i] && other.master != groups[i]) continue;
      if (&other != &mount && std::ranges::find(found, id) == found.end()) found.push_back(id);
      if (other.peers != 0 && std::ranges::find(groups, other.peers) == groups.end()) {
        groups.push_back(other.peers);
      }
    }
  }
  return found;
}

void FakeMounts::share(const std::vector<MountId>& tree) {
  for (const MountId id : tree) {
    Mount& mount = mounts_.at(id);
    if (mount.peers == 0) mount.peers = ++last_group_;
  }
}

void FakeMounts::propagate(const Place& target, const std::vector<MountId>& tree) {
  const Mount& below = mounts_.at(target.mount);
  if (below.peers == 0) return;
  share(tree);
  for (const MountId id : receivers_of(below)) {
    const Mount& receiver = mounts_.at(id);
    if (!is_below(target.node, receiver.root)) continue;
    const Place place = step_into({id, target.node});
    const bool is_peer = receiver.peers == below.peers;
    const uint64_t name_space = receiver.name_space;
    const bool is_shared = receiver.peers != 0;
    const std::map<MountId, MountId> copies = copy_mounts(tree);
    for (const auto& [original, copy] : copies) {
      Mount& mount = mounts_.at(copy);
      mount.name_space = name_space;
      if (is_peer) continue;
      mount.master = mount.peers;
      mount.peers = is_shared ? ++last_group_ : 0;
    }
    mounts_.at(copies.at(tree.front())).on = place;
  }
}

}  // namespace kekkai::testing
