// What is mounted where: mount(2), open_tree(2), move_mount(2), mount_setattr(2), pivot_root(2).
#include "fake_paths.h"

#include <kekkai/simulation/fake_mounts.h>

#include <errno.h>
#include <sys/sysmacros.h>

#include <algorithm>

namespace kekkai::testing {
namespace {

constexpr std::array kProcFiles{"/sysrq-trigger", "/kcore", "/keys", "/timer_list"};
// Not every machine has them; tests that want one declare it.
constexpr std::array kProcOfDrivers{"/asound", "/driver", "/dynamic_debug", "/latency_stats",
                                    "/scsi"};
constexpr std::array kProcDirectories{"/irq", "/bus", "/fs", "/sys", "/self/fd"};
constexpr std::array kProcSelf{"mountinfo", "status", "uid_map", "gid_map", "setgroups"};

}  // namespace

// What each new file system holds, by its type.
void FakeMounts::describe_new_file_systems() {
  FakeFile directory;
  if (host_ == Host::kImagined) directory.imagine();
  fresh_["tmpfs"]["/"].empty_directory();
  auto& proc = fresh_["proc"];
  proc["/"] = directory;
  for (const char* name : kProcFiles) proc[name].regular();
  for (const char* name : kProcOfDrivers) proc[name].missing();
  if (host_ == Host::kEmpty) {
    for (const char* name : kProcDirectories) proc[name].directory(0555);
    for (const char* name : kProcSelf) proc[std::string("/self/") + name].regular();
    for (const FlagName& ns : flag_table(Namespace{})) {
      proc["/self/ns/" + std::string(ns.name)].regular();
    }
    proc["/mounts"].link_to("self/mounts");
    proc["/"].directory(0555);
    fresh_["devpts"]["/ptmx"].character_device(5, 2);
    fresh_["mqueue"]["/"].directory(01777);
    for (const char* type : {"sysfs", "cgroup2"}) fresh_[type]["/"].directory(0555);
  }
}

FakeMounts::FakeMounts(Host host) : host_(host), last_namespace_(1) {
  describe_new_file_systems();
  FakeFileSystem& system = add_file_system("ext4");
  host_root_ = {add({.system = &system,
                     .root = system.root,
                     .name_space = last_namespace_,
                     .peers = ++last_group_}),
                system.root};
  declare(host_root_, "/dev/null").character_device(1, 3);
  declare(host_root_, "/dev/zero").character_device(1, 5);
  declare(host_root_, "/dev/full").character_device(1, 7);
  declare(host_root_, "/dev/random").character_device(1, 8);
  declare(host_root_, "/dev/urandom").character_device(1, 9);
  declare(host_root_, "/dev/tty").character_device(5, 0);
  declare(host_root_, "/proc");
  mount_on_host("/proc", "proc");
}

FakeView FakeMounts::host_view() const {
  return {.mount_namespace = mounts_.at(host_root_.mount).name_space,
          .root = host_root_,
          .directory = host_root_};
}

MountId FakeMounts::add(Mount mount) {
  mounts_.emplace(next_id_, std::move(mount));
  return next_id_++;
}

FakeFileSystem& FakeMounts::add_file_system(const std::string& type) {
  FakeFileSystem& system = systems_.emplace_back();
  system.type = type;
  system.dev = makedev(0, static_cast<unsigned>(systems_.size()) + 19);
  FakeFile root;
  if (host_ == Host::kImagined) root.imagine();
  const auto& fresh = fresh_[type];
  if (const auto declared = fresh.find("/"); declared != fresh.end()) root = declared->second;
  system.root = std::make_shared<FakeNode>(system, root);
  for (const auto& [path, file] : fresh) {
    if (path == "/") continue;
    NodePtr at = system.root;
    for (const std::string& name : components_of(path)) {
      NodePtr next = child_of(at, name);
      at = next ? next : put(at, name, FakeFile());
    }
    at->file = file;
    at->listed = true;
  }
  return system;
}

FakeMounts::Place FakeMounts::mount_tree(FakeFileSystem& system, MountAttr attr) {
  return {add({.system = &system, .root = system.root, .attributes = attr}), system.root};
}

FakeMounts::Place FakeMounts::make_file_system(const std::string& type, MountAttr attr) {
  return mount_tree(add_file_system(type), attr);
}

FakeFile& FakeMounts::declare_fresh(const std::string& type, const std::string& path) {
  FakeFile& file = fresh_[type][path];
  if (host_ == Host::kImagined && !file.imagines()) file.imagine();
  return file;
}

void FakeMounts::mount_on_host(const std::string& path, const std::string& type) {
  const Place target = walk(host_view(), host_root_, path, Walk{});
  const Place made = make_file_system(type, MountAttr::kNone);
  mounts_.at(made.mount).locked = true;
  attach(host_view(), made, target);
}

// NOLINTNEXTLINE(readability-make-member-function-const): it changes a file system
void FakeMounts::fill(const Place& root, const std::string& path) {
  FakeView view = host_view();
  view.root = root;
  view.credentials.unlimited = true;
  walk(view, root, path, {}).node->system.full = true;
}

FakeFile& FakeMounts::declare(const Place& root, const std::string& path) {
  Place at = root;
  for (const std::string& name : components_of(path)) {
    const auto known = at.node->children.find(name);
    NodePtr next = known == at.node->children.end() ? child_of(at.node, name) : known->second;
    if (!next) next = put(at.node, name, FakeFile());
    at = step_into({at.mount, next});
  }
  at.node->listed = true;
  at.node->found = false;
  return at.node->file;
}

// Every mount at or below a place, each after the one that it is mounted on.
std::vector<MountId> FakeMounts::mounts_below(const Place& place) const {
  std::vector<MountId> found{place.mount};
  for (size_t i = 0; i < found.size(); ++i) {
    for (const auto& [id, mount] : mounts_) {
      if (mount.on.mount != found[i]) continue;
      if (i > 0 || is_below(mount.on.node, place.node)) found.push_back(id);
    }
  }
  return found;
}

// The copies are attached to each other like the originals, and the first one to nothing.
std::map<MountId, MountId> FakeMounts::copy_mounts(const std::vector<MountId>& originals) {
  std::map<MountId, MountId> copies;
  for (const MountId original : originals) {
    Mount copy = mounts_.at(original);
    const auto parent = copies.find(copy.on.mount);
    copy.on = parent == copies.end() ? Place{} : Place{parent->second, copy.on.node};
    copy.name_space = 0;
    copies[original] = add(std::move(copy));
  }
  return copies;
}

FakeMounts::Place FakeMounts::clone(const FakeView& view, const Place& source, Reach reach) {
  // Linux 6.1 clones nothing that is not mounted.
  if (at(source).name_space != view.mount_namespace) throw Errno{EINVAL};
  std::vector<MountId> originals = mounts_below(source);
  if (reach == Reach::kOne) {
    if (hides_something(source)) throw Errno{EINVAL};
    originals.resize(1);
  }
  const MountId copy = copy_mounts(originals).at(source.mount);
  mounts_.at(copy).root = source.node;
  mounts_.at(copy).locked = false;
  return {copy, source.node};
}

bool FakeMounts::hides_something(const Place& place) const {
  return std::ranges::any_of(mounts_, [&](const auto& entry) {
    const Mount& mount = entry.second;
    return mount.locked && mount.on.mount == place.mount && is_below(mount.on.node, place.node);
  });
}

void FakeMounts::set_attributes(const FakeView& view, const Place& mount, MountAttr set,
                                Propagation propagation, Reach reach) {
  const Mount& top = at(mount);
  if (top.root != mount.node) throw Errno{EINVAL};
  if (top.name_space != 0 && top.name_space != view.mount_namespace) throw Errno{EINVAL};
  for (const MountId id :
       reach == Reach::kRecursive ? mounts_below(mount) : std::vector{mount.mount}) {
    Mount& changed = mounts_.at(id);
    changed.attributes = changed.attributes | set;
    if (propagation == Propagation::kSlave) leave_group(changed);
    if (propagation == Propagation::kPrivate) changed.peers = changed.master = 0;
  }
}

void FakeMounts::attach(const FakeView& view, const Place& mount, const Place& target) {
  const Place place = step_into(target);
  const Mount& below = at(place);
  const std::vector<MountId> tree = mounts_below(mount);
  const bool is_moved = at(mount).name_space != 0;
  // Linux 6.1 moves nothing into a tree that is not mounted itself.
  if (below.name_space != view.mount_namespace || at(mount).root != mount.node ||
      (is_moved && (at(mount).name_space != view.mount_namespace || at(mount).locked)) ||
      mount.node->file.is_directory() != place.node->file.is_directory()) {
    throw Errno{EINVAL};
  }
  if (std::ranges::find(tree, place.mount) != tree.end()) throw Errno{ELOOP};
  if (place.node != below.root && !place.node->parent.lock()) throw Errno{ENOENT};
  if (count(view.mount_namespace) + tree.size() > most_mounts_) throw Errno{ENOSPC};
  mounts_.at(mount.mount).on = place;
  for (const MountId id : tree) mounts_.at(id).name_space = view.mount_namespace;
  propagate(place, tree);
}

void FakeMounts::pivot_root(FakeView& view, const std::string& put_old) {
  const Place old_root = view.root;
  if (view.directory.node != at(view.directory).root) throw Errno{EINVAL};
  if (view.directory.mount == old_root.mount) throw Errno{EBUSY};
  const Place old_place =
      step_into(walk(view, view.directory, put_old, {.resolve = Resolve::kBeneath}));
  if (!old_place.node->file.is_directory()) throw Errno{ENOTDIR};
  mounts_.at(view.directory.mount).on = at(old_root).on;
  mounts_.at(old_root.mount).on = old_place;
  view.root = view.directory;
}

void FakeMounts::detach_working_directory(const FakeView& view) {
  const Mount& mount = at(view.directory);
  if (mount.root != view.directory.node || view.directory.mount == view.root.mount ||
      mount.locked) {
    throw Errno{EINVAL};
  }
  detach(view.directory.mount);
}

void FakeMounts::detach(MountId mount) {
  for (const MountId id : mounts_below({mount, mounts_.at(mount).root})) {
    mounts_.at(id).name_space = 0;
  }
  mounts_.at(mount).on = {};
}

void FakeMounts::unshare(FakeView& view) {
  const MountId top = view.root.mount;
  const std::map<MountId, MountId> copies = copy_mounts(mounts_below({top, at(view.root).root}));
  view.mount_namespace = ++last_namespace_;
  for (const auto& [original, copy] : copies) {
    Mount& mount = mounts_.at(copy);
    mount.name_space = view.mount_namespace;
    mount.locked = original != top;
    leave_group(mount);
  }
  view.root.mount = copies.at(top);
  view.directory.mount = copies.at(view.directory.mount);
}

size_t FakeMounts::count(uint64_t mount_namespace) const {
  return static_cast<size_t>(std::ranges::count_if(
      mounts_, [&](const auto& entry) { return entry.second.name_space == mount_namespace; }));
}

}  // namespace kekkai::testing
