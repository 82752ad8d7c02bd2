// How FakeMounts resolves a path: path_resolution(7), openat2(2).
#include "fake_paths.h"

#include <kekkai/testing/fake_mounts.h>

#include <errno.h>

#include <deque>

namespace kekkai::testing {
namespace {

constexpr int kMaxLinks = 40;  // path_resolution(7)

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
    const Mount& mount = mounts_.at(place.mount);
    if (place.path != mount.root) return {place.mount, directory_of(place.path)};
    if (mount.on.mount == 0) return place;
    place = mount.on;
  }
  return place;
}

FakeMounts::Place FakeMounts::walk(const Place& start, const std::string& path, Walk how) const {
  if (path.empty()) throw Errno{ENOENT};
  const bool in_root = has(how.resolve, Resolve::kInRoot);
  const bool beneath = has(how.resolve, Resolve::kBeneath);
  const Place root = in_root || beneath ? start : root_;
  if (beneath && path.starts_with('/')) throw Errno{EXDEV};
  Place at = path.starts_with('/') ? root : start;
  std::deque<std::string> todo = components_of(path);
  for (int links = 0; !todo.empty();) {
    const std::string name = todo.front();
    todo.pop_front();
    if (!look(at).is_directory()) throw Errno{ENOTDIR};
    if (name == "..") {
      if (beneath && at == root) throw Errno{EXDEV};
      at = step_into(parent_of(at, root));
      continue;
    }
    const Place next = step_into({at.mount, join(at.path, name)});
    const FakeFile file = look(next);
    if (!file.exists()) throw Errno{ENOENT};
    if (!file.is_link() || (todo.empty() && !how.follow_last)) {
      at = next;
      continue;
    }
    if (has(how.resolve, Resolve::kNoSymlinks) || ++links > kMaxLinks ||
        (file.is_magic() && has(how.resolve, Resolve::kNoMagicLinks))) {
      throw Errno{ELOOP};
    }
    if (file.content().starts_with('/')) {
      if (beneath) throw Errno{EXDEV};
      at = root;
    }
    const std::deque<std::string> target = components_of(file.content());
    todo.insert(todo.begin(), target.begin(), target.end());
  }
  return at;
}

FakeMounts::Place FakeMounts::place_for_new(const Place& start, const std::string& path,
                                            Resolve resolve) const {
  std::deque<std::string> parts = components_of(path);
  if (path.empty()) throw Errno{ENOENT};
  if (parts.empty() || path.ends_with("/.")) throw Errno{EEXIST};
  const std::string name = parts.back();
  parts.pop_back();
  std::string directory = path.starts_with('/') ? "/" : ".";
  for (const std::string& part : parts) directory = join(directory, part);
  const Place parent = walk(start, directory, {.resolve = resolve});
  const Place place{parent.mount, join(parent.path, name)};
  const auto& declared = system_of(place).declared;
  const bool is_there = declared.contains(place.path) && look(place).exists();
  if (is_there || name == ".." || step_into(place) != place) throw Errno{EEXIST};
  require_writable(place);
  return place;
}

void FakeMounts::require_writable(const Place& place) const {
  if (has(mounts_.at(place.mount).attributes, MountAttr::kReadOnly)) throw Errno{EROFS};
}

}  // namespace kekkai::testing
