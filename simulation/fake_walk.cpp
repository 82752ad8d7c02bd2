// How paths are resolved, and what is made, removed and renamed by path: path_resolution(7),
// openat2(2), mkdirat(2).
#include "fake_paths.h"

#include <kekkai/simulation/fake_mounts.h>

#include <errno.h>
#include <limits.h>

namespace kekkai::testing {
namespace {

constexpr int kMaxLinks = 40;
constexpr unsigned kSearch = 1;
constexpr unsigned kWrite = 2;

void require_room(const std::string& path) {
  if (path.empty()) throw Errno{ENOENT};
  if (path.size() >= PATH_MAX) throw Errno{ENAMETOOLONG};
}

}  // namespace

// The topmost of the mounts that hide this place.
FakeMounts::Place FakeMounts::step_into(Place place) const {
  for (bool moved = true; moved;) {
    moved = false;
    for (const auto& [id, mount] : mounts_) {
      if (mount.on != place) continue;
      place = {id, mount.root};
      moved = true;
      break;
    }
  }
  return place;
}

FakeMounts::Place FakeMounts::parent_of(Place place, const Place& root) const {
  while (place != root) {
    const Mount& mount = at(place);
    if (place.node != mount.root) {
      const NodePtr parent = place.node->parent.lock();
      return parent ? Place{place.mount, parent} : place;
    }
    if (mount.on.mount == 0) return place;
    place = mount.on;
  }
  return place;
}

// A walk under way.
struct FakeMounts::Steps {
  Walk how;
  Place root;
  Place at;
  std::deque<std::string> todo;
  int links = 0;
};

FakeMounts::Place FakeMounts::look_up(const FakeView& view, const Place& directory,
                                      const std::string& name) const {
  if (name.size() > NAME_MAX) throw Errno{ENAMETOOLONG};
  const bool is_declared = directory.node->children.contains(name);
  if (!is_declared && name_in_process(directory.node) == "fd" && view.descriptor &&
      view.descriptor(name)) {
    FakeFile link;
    const NodePtr node = std::make_shared<FakeNode>(directory.node->system, link.magic_link_to(""));
    node->name = name;
    return {directory.mount, node};
  }
  const NodePtr child = child_of(directory.node, name);
  if (!child) throw Errno{ENOENT};
  return step_into({directory.mount, child});
}

void FakeMounts::follow(const FakeView& view, Steps& steps, const Place& link) const {
  const bool in_root = has(steps.how.resolve, Resolve::kInRoot);
  const bool beneath = has(steps.how.resolve, Resolve::kBeneath);
  const FakeFile& file = link.node->file;
  if (has(steps.how.resolve, Resolve::kNoSymlinks) || ++steps.links > kMaxLinks ||
      (file.is_magic() && has(steps.how.resolve, Resolve::kNoMagicLinks))) {
    throw Errno{ELOOP};
  }
  if (file.is_magic()) {
    if (in_root || beneath) throw Errno{EXDEV};
    const auto target = view.descriptor ? view.descriptor(link.node->name) : std::nullopt;
    if (target) {
      steps.at = *target;
      return;
    }
  }
  if (file.content().starts_with('/')) {
    if (beneath) throw Errno{EXDEV};
    steps.at = steps.root;
  }
  const std::deque<std::string> target = components_of(file.content());
  steps.todo.insert(steps.todo.begin(), target.begin(), target.end());
}

void FakeMounts::take_step(const FakeView& view, Steps& steps) const {
  const std::string name = steps.todo.front();
  steps.todo.pop_front();
  if (!steps.at.node->file.is_directory()) throw Errno{ENOTDIR};
  if (!view.credentials.may(steps.at.node->file, kSearch)) throw Errno{EACCES};
  if (name == ".") return;
  if (name == "..") {
    if (has(steps.how.resolve, Resolve::kBeneath) && steps.at == steps.root) throw Errno{EXDEV};
    steps.at = step_into(parent_of(steps.at, steps.root));
    return;
  }
  const Place next = look_up(view, steps.at, name);
  if (!next.node->file.is_link() || (steps.todo.empty() && !steps.how.follow_last)) {
    steps.at = next;
  } else {
    follow(view, steps, next);
  }
}

FakeMounts::Place FakeMounts::walk(const FakeView& view, const Place& start,
                                   const std::string& path, Walk how) const {
  require_room(path);
  const bool scoped = has(how.resolve, Resolve::kInRoot) || has(how.resolve, Resolve::kBeneath);
  if (has(how.resolve, Resolve::kBeneath) && path.starts_with('/')) throw Errno{EXDEV};
  Steps steps{.how = how, .root = scoped ? start : view.root, .todo = components_of(path)};
  steps.at = path.starts_with('/') ? steps.root : start;
  while (!steps.todo.empty()) take_step(view, steps);
  return steps.at;
}

FakeMounts::Place FakeMounts::make(const FakeView& view, const Place& start,
                                   const std::string& path, Resolve resolve, FakeFile file) {
  require_room(path);
  std::deque<std::string> parts = components_of(path);
  const bool wants_directory = !parts.empty() && parts.back() == "." && parts.size() > 1;
  if (wants_directory && file.is_directory()) parts.pop_back();
  if (parts.empty() || parts.back() == ".") throw Errno{EEXIST};
  const std::string name = parts.back();
  parts.pop_back();
  std::string directory = path.starts_with('/') ? "/" : ".";
  for (const std::string& part : parts) directory = join(directory, part);
  const Place parent = walk(view, start, directory, {.resolve = resolve});
  if (!parent.node->file.is_directory()) throw Errno{ENOTDIR};
  if (!view.credentials.may(parent.node->file, kSearch)) throw Errno{EACCES};
  return make_in(view, parent, name, std::move(file));
}

FakeMounts::Place FakeMounts::make_in(const FakeView& view, const Place& parent,
                                      const std::string& name, FakeFile file) {
  if (name.size() > NAME_MAX) throw Errno{ENAMETOOLONG};
  if (name == "..") throw Errno{EEXIST};
  // What is only imagined can be made.
  if (parent.node->system.origin) child_of(parent.node, name);
  const auto there = parent.node->children.find(name);
  if (there != parent.node->children.end() && there->second->file.exists()) {
    const bool is_hidden = step_into({parent.mount, there->second}).mount != parent.mount;
    if (there->second->listed || is_hidden) throw Errno{EEXIST};
  }
  require_writable(parent);
  if (!view.credentials.may(parent.node->file, kWrite | kSearch)) throw Errno{EACCES};
  const bool inherits_group = (parent.node->file.mode() & S_ISGID) != 0;
  if (inherits_group && file.is_directory()) file.set_permissions((file.mode() & 07777) | S_ISGID);
  file.owned_by(view.credentials.uid,
                inherits_group ? parent.node->file.gid() : view.credentials.gid);
  return {parent.mount, put(parent.node, name, std::move(file))};
}

// NOLINTNEXTLINE(readability-make-member-function-const): it changes a directory
void FakeMounts::unlink(const FakeView& view, const Place& start, const std::string& path) {
  const Place place = walk(view, start, path, {.follow_last = false});
  require_writable(place);
  if (place.node->file.is_directory()) throw Errno{EISDIR};
  const NodePtr parent = place.node->parent.lock();
  if (!parent) throw Errno{EBUSY};
  if (!view.credentials.may(parent->file, kWrite | kSearch)) throw Errno{EACCES};
  remove(place.node);
}

// NOLINTNEXTLINE(readability-make-member-function-const): it changes a directory
void FakeMounts::rename(const FakeView& view, const Place& start, const std::string& from,
                        const std::string& to) {
  const Place place = walk(view, start, from, {.follow_last = false});
  require_writable(place);
  const NodePtr parent = place.node->parent.lock();
  if (!parent) throw Errno{EBUSY};
  if (!view.credentials.may(parent->file, kWrite | kSearch)) throw Errno{EACCES};
  remove(place.node);
  if (const NodePtr replaced = child_of(parent, to)) remove(replaced);
  place.node->name = to;
  place.node->parent = parent;
  place.node->listed = true;
  parent->children[to] = place.node;
}

FileStatus FakeMounts::status(const Place& place) const {
  const FakeFile& file = place.node->file;
  return {.mode = file.mode(),
          .uid = file.uid(),
          .gid = file.gid(),
          .size = file.content().size(),
          .dev = place.node->system.dev,
          .ino = place.node->inode,
          .rdev = file.rdev(),
          .mount_id = place.mount};
}

void FakeMounts::require_writable(const Place& place) const {
  const Mount& mount = at(place);
  if (mount.system->read_only || has(mount.attributes, MountAttr::kReadOnly)) throw Errno{EROFS};
}

}  // namespace kekkai::testing
