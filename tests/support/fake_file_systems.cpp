// What a new file system of a FakeKernel holds: tmpfs(5), proc(5), and the layers of an overlay.
#include "fake_kernel_step.h"

#include <errno.h>

#include <algorithm>

namespace kekkai::testing {
namespace {

constexpr mode_t kPermissions = 07777;

// What an overlay is made of, the uppermost layer first.
struct Layers {
  std::vector<FakePlace> shown;
  FakePlace upper, work;
};

bool is_whiteout(const FakeFile& file) { return S_ISCHR(file.mode()) && file.rdev() == 0; }

// Adds to a directory of the overlay what a lower one has beyond it.
void merge(const NodePtr& directory, const NodePtr& lower) {
  for (const auto& [name, child] : lower->children) {
    if (!child->file.exists()) continue;
    const auto known = directory->children.find(name);
    if (known == directory->children.end()) {
      const NodePtr copy = copy_tree(child, directory->system);
      copy->parent = directory;
      copy->name = name;
      directory->children[name] = copy;
    } else if (known->second->file.is_directory() && child->file.is_directory()) {
      merge(known->second, child);
    }
  }
}

void hide_whiteouts(const NodePtr& directory) {
  for (const auto& [name, child] : directory->children) {
    if (is_whiteout(child->file)) child->file.missing();
    hide_whiteouts(child);
  }
}

// The directory of the process that made this proc, with "self" as a link to it. That of the host
// has a directory "self", for whoever looks.
void name_process(const NodePtr& proc, const std::string& pid) {
  const NodePtr self = child_of(proc, "self");
  remove(self);
  self->name = pid;
  self->parent = proc;
  proc->children[pid] = self;
  put(proc, "self", FakeFile())->file.link_to(pid);
}

// As overlayfs does: neither of upper and work in the other, and no layer in another one.
void require_apart(const Layers& layers) {
  const auto nested = [](const FakePlace& a, const FakePlace& b) {
    return is_below(a.node, b.node) || is_below(b.node, a.node);
  };
  if (layers.upper.node && nested(layers.upper, layers.work)) throw Errno{EINVAL};
  std::vector<FakePlace> all = layers.shown;
  if (layers.work.node) all.push_back(layers.work);
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (nested(all[i], all[j])) throw Errno{ELOOP};
    }
  }
}

}  // namespace

FakeFileSystem* FakeKernel::make_file_system(const Descriptor& context) {
  FakeFileSystem& made = mounts().add_file_system(context.file_system);
  FakeFile& root = made.root->file;
  if (made.type == "tmpfs" || made.type == "mqueue") {
    root.owned_by(view_.credentials.uid, view_.credentials.gid);
  }
  for (const auto& [key, value] : context.options) {
    if (key == "mode" && made.type == "tmpfs") {
      root.set_permissions(static_cast<mode_t>(std::stoul(value, nullptr, 8)));
    }
    if (key == "subset") {
      std::erase_if(made.root->children, [](const auto& file) { return file.first != "self"; });
    }
  }
  if (made.type == "proc" && !root.imagines()) name_process(made.root, std::to_string(pid_));
  if (made.type == "overlay" && !root.imagines()) fill_overlay(made, context);
  return &made;
}

void FakeKernel::fill_overlay(FakeFileSystem& overlay, const Descriptor& context) {
  Layers layers;
  std::vector<std::string> lowers;
  for (const auto& [key, value] : context.options) {
    for (size_t at = 0; key.starts_with("lowerdir") && at <= value.size();) {
      const size_t end = std::min(value.find(':', at), value.size());
      lowers.push_back(value.substr(at, end - at));
      at = end + 1;
    }
    if (key == "upperdir") layers.upper = layer_at(value);
    if (key == "workdir") layers.work = layer_at(value);
  }
  if (layers.upper.node) layers.shown.push_back(layers.upper);
  for (const std::string& lower : lowers) layers.shown.push_back(layer_at(lower));
  require_apart(layers);

  const FakeFile& top = layers.shown.front().node->file;
  overlay.root->file.empty_directory(top.mode() & kPermissions).owned_by(top.uid(), top.gid());
  for (const FakePlace& layer : layers.shown) merge(overlay.root, layer.node);
  hide_whiteouts(overlay.root);
}

// A layer may hide nothing of what is below mounts that came from the host.
FakePlace FakeKernel::layer_at(const std::string& name) {
  const FakePlace place = mounts().walk(view_, view_.root, name, {});
  if (!place.node->file.is_directory()) throw Errno{ENOTDIR};
  if (mounts().hides_something(place)) throw Errno{EINVAL};
  return place;
}

}  // namespace kekkai::testing
