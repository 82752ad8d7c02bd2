#include "fake_paths.h"

#include <kekkai/testing/fake_mounts.h>

#include <errno.h>
#include <sys/sysmacros.h>

namespace kekkai::testing {
namespace {

bool is_below(const std::string& path, const std::string& directory) {
  return directory == "/" || path == directory || path.starts_with(directory + "/");
}

// As the kernel writes a path into mountinfo (proc(5)).
std::string escape(const std::string& path) {
  std::string text;
  for (const char c : path) {
    switch (c) {
      case ' ':
        text += "\\040";
        break;
      case '\t':
        text += "\\011";
        break;
      case '\n':
        text += "\\012";
        break;
      case '\\':
        text += "\\134";
        break;
      default:
        text += c;
    }
  }
  return text;
}

}  // namespace

FakeMounts::FakeMounts() {
  fresh_["tmpfs"]["/"].empty_directory();
  auto& proc = fresh_["proc"];
  for (const char* name : {"/sysrq-trigger", "/kcore", "/keys", "/timer_list"}) {
    proc[name].regular();
  }
  for (const char* name : {"/asound", "/driver", "/dynamic_debug", "/latency_stats", "/scsi"}) {
    proc[name].missing();
  }
  proc["/sys/kernel/cap_last_cap"].regular("40\n");

  const size_t host = add_file_system("ext4");
  root_ = {add(host, {.propagation = Propagation::kKeep}), "/"};
  directory_ = root_;
  declare(root_, "/dev/null").character_device(1, 3);
  declare(root_, "/dev/zero").character_device(1, 5);
  declare(root_, "/dev/full").character_device(1, 7);
  declare(root_, "/dev/random").character_device(1, 8);
  declare(root_, "/dev/urandom").character_device(1, 9);
  declare(root_, "/dev/tty").character_device(5, 0);
  mount_on_host("/proc", "proc");
}

FakeMounts::Id FakeMounts::add(size_t file_system, Mount mount) {
  mount.file_system = file_system;
  mounts_.emplace(next_id_, std::move(mount));
  return next_id_++;
}

size_t FakeMounts::add_file_system(const std::string& type) {
  FileSystem system;
  system.type = type;
  system.dev = makedev(0, static_cast<unsigned>(systems_.size()) + 20);
  system.declared = fresh_[type];
  systems_.push_back(std::move(system));
  return systems_.size() - 1;
}

void FakeMounts::mount_on_host(const std::string& path, const std::string& type) {
  const Place target = walk(root_, path, Walk{});
  add(add_file_system(type), {.on = target, .propagation = Propagation::kKeep});
}

FakeFile& FakeMounts::declare(const Place& root, const std::string& path) {
  Place at = root;
  for (const std::string& name : components_of(path)) {
    at = step_into({at.mount, join(at.path, name)});
  }
  return file_at(at);
}

FakeFile& FakeMounts::file_at(const Place& place) {
  return system_of(place).declared.try_emplace(place.path, look(place)).first->second;
}

// A path that nobody declared is a directory, except in one that has nothing but what was declared.
FakeFile FakeMounts::look(const Place& place) const {
  const auto& declared = system_of(place).declared;
  if (const auto found = declared.find(place.path); found != declared.end()) return found->second;
  for (std::string above = place.path; above != "/";) {
    above = directory_of(above);
    const auto found = declared.find(above);
    if (found == declared.end()) continue;
    FakeFile file;
    if (found->second.is_empty()) file.missing();
    return file;
  }
  return {};
}

FileStatus FakeMounts::status(const Place& place) {
  const FakeFile file = look(place);
  FileSystem& system = system_of(place);
  const ino_t inode = system.inodes.try_emplace(place.path, system.inodes.size() + 1).first->second;
  return {.mode = file.mode(),
          .size = file.content().size(),
          .dev = system.dev,
          .ino = inode,
          .rdev = file.rdev(),
          .mount_id = place.mount};
}

std::string FakeMounts::type(const Place& place) const { return system_of(place).type; }

std::vector<std::string> FakeMounts::names_in(const Place& directory) const {
  std::vector<std::string> names;
  for (const auto& [path, file] : system_of(directory).declared) {
    if (path == "/" || directory_of(path) != directory.path || !file.exists()) continue;
    names.push_back(path.substr(path.rfind('/') + 1));
  }
  return names;
}

FakeMounts::Place FakeMounts::make(const std::string& type, MountAttr attr) {
  return {add(add_file_system(type), {.attributes = attr}), "/"};
}

// Every mount at or below a place, each after the one that it is mounted on.
std::vector<FakeMounts::Id> FakeMounts::mounts_below(const Place& place) const {
  std::vector<Id> found{place.mount};
  for (size_t i = 0; i < found.size(); ++i) {
    for (const auto& [id, mount] : mounts_) {
      if (mount.on.mount != found[i]) continue;
      if (i > 0 || is_below(mount.on.path, place.path)) found.push_back(id);
    }
  }
  return found;
}

bool FakeMounts::is_attached(Id mount) const {
  while (mount != root_.mount && mount != 0) mount = mounts_.at(mount).on.mount;
  return mount != 0;
}

FakeMounts::Place FakeMounts::clone(const Place& source, Reach reach) {
  // Linux 6.1 clones nothing that is not mounted.
  if (!is_attached(source.mount)) throw Errno{EINVAL};
  const std::vector<Id> originals = mounts_below(source);
  // In a user namespace a clone may not show what a submount hides.
  if (reach == Reach::kOne && originals.size() > 1) throw Errno{EINVAL};
  std::map<Id, Id> clones;
  for (const Id original : originals) {
    Mount copy = mounts_.at(original);
    const auto parent = clones.find(copy.on.mount);
    copy.on = parent == clones.end() ? Place{} : Place{parent->second, copy.on.path};
    if (original == source.mount) copy.root = source.path;
    clones[original] = add(copy.file_system, copy);
  }
  return {clones.at(source.mount), source.path};
}

void FakeMounts::set_attributes(const Place& mount, MountAttr set, Propagation propagation,
                                Reach reach) {
  if (mounts_.at(mount.mount).root != mount.path) throw Errno{EINVAL};
  for (const Id id :
       reach == Reach::kRecursive ? mounts_below(mount) : std::vector<Id>{mount.mount}) {
    Mount& changed = mounts_.at(id);
    changed.attributes = changed.attributes | set;
    if (propagation != Propagation::kKeep) changed.propagation = propagation;
  }
}

void FakeMounts::attach(const Place& mount, const Place& target) {
  const Place place = step_into(target);
  // Linux 6.1 moves nothing into a tree that is not mounted itself.
  if (!is_attached(place.mount) || mounts_.at(mount.mount).root != mount.path ||
      look(mount).is_directory() != look(place).is_directory()) {
    throw Errno{EINVAL};
  }
  mounts_.at(mount.mount).on = place;
}

void FakeMounts::pivot_root(const std::string& put_old) {
  Mount& now = mounts_.at(directory_.mount);
  const Place old_root = root_;
  if (directory_.path != now.root || directory_.mount == old_root.mount) throw Errno{EINVAL};
  const Place old_place = walk(directory_, put_old, {.resolve = Resolve::kBeneath});
  now.on = {};
  mounts_.at(old_root.mount).on = old_place;
  root_ = directory_;
}

void FakeMounts::detach_working_directory() {
  if (mounts_.at(directory_.mount).root != directory_.path || directory_.mount == root_.mount) {
    throw Errno{EINVAL};
  }
  mounts_.at(directory_.mount).on = {};
}

std::string FakeMounts::path_from_root(const Place& place) const {
  std::string path;
  for (Place at = place; at != root_;) {
    const Mount& mount = mounts_.at(at.mount);
    if (at.path != mount.root) {
      path = at.path.substr(at.path.rfind('/')) + path;
      at.path = directory_of(at.path);
    } else {
      if (mount.on.mount == 0) return "(unreachable)" + (path.empty() ? "/" : path);
      at = mount.on;
    }
  }
  return path.empty() ? "/" : path;
}

std::string FakeMounts::directory_path() const { return path_from_root(directory_); }

std::string FakeMounts::mountinfo() const {
  std::string text;
  for (const Id id : mounts_below(root_)) {
    const Mount& mount = mounts_.at(id);
    const FileSystem& system = systems_[mount.file_system];
    const bool read_only = has(mount.attributes, MountAttr::kReadOnly);
    text += std::to_string(id) + " " + std::to_string(id == root_.mount ? 1 : mount.on.mount);
    text += " " + std::to_string(major(system.dev)) + ":" + std::to_string(minor(system.dev));
    text += " " + escape(mount.root) + " " + escape(path_from_root({id, mount.root})) + " ";
    text += read_only ? "ro" : "rw";
    for (const FlagName& flag : flag_table(MountAttr{})) {
      if (flag.name != "ro" && (bits(mount.attributes) & flag.value) != 0) {
        text.append(",").append(flag.name);
      }
    }
    text += ",relatime";
    if (mount.propagation == Propagation::kKeep) text += " shared:1";
    if (mount.propagation == Propagation::kSlave) text += " master:1";
    text += " - " + system.type + " " + system.type + " rw\n";
  }
  return text;
}

}  // namespace kekkai::testing
