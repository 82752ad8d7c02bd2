// What a new file system of a FakeKernel holds: tmpfs(5), proc(5), and the layers of an overlay.
#include "fake_kernel_step.h"
#include "fake_paths.h"

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

// As child_of(); where the origin is closed to us nothing is there.
NodePtr visible_child(const NodePtr& directory, const std::string& name) {
  try {
    return child_of(directory, name);
  } catch (const Errno&) {
    return nullptr;
  }
}

// What is at a path of a layer, or nullptr.
NodePtr find_in(const FakePlace& layer, const std::string& path) {
  NodePtr node = layer.node;
  for (const std::string& name : components_of(path)) {
    if (!node || !node->file.is_directory()) return nullptr;
    node = visible_child(node, name);
  }
  return node;
}

// An overlay's files are those of its layers, the uppermost first.
class LayeredOrigin : public FakeOrigin {
 public:
  explicit LayeredOrigin(std::vector<FakePlace> layers) : layers_(std::move(layers)) {}

  std::optional<FakeFile> find(const std::string& path) const override {
    const NodePtr node = top_at(path);
    return node ? std::optional(node->file) : std::nullopt;
  }

  std::vector<std::string> names(const std::string& path) const override {
    std::set<std::string> all;
    for (const NodePtr& directory : directories_at(path)) {
      for (const auto& [name, child] : children_of(directory)) {
        if (child->file.exists()) all.insert(name);
      }
    }
    return {all.begin(), all.end()};
  }

  std::string content(const std::string& path) const override {
    const NodePtr node = top_at(path);
    return node ? content_of(node) : std::string();
  }

 private:
  NodePtr top_at(const std::string& path) const {
    const size_t slash = path.rfind('/');
    const std::string name = path.substr(slash + 1);
    if (name.empty()) return layers_.front().node;
    for (const NodePtr& directory : directories_at(path.substr(0, slash))) {
      const NodePtr node = visible_child(directory, name);
      if (node) return is_whiteout(node->file) ? nullptr : node;
    }
    return nullptr;
  }

  // The directories of the layers that show as one.
  std::vector<NodePtr> directories_at(const std::string& path) const {
    std::vector<NodePtr> found;
    for (const FakePlace& layer : layers_) {
      const NodePtr node = find_in(layer, path);
      if (!node) continue;
      if (!node->file.is_directory()) break;
      found.push_back(node);
    }
    return found;
  }

  std::vector<FakePlace> layers_;
};

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
  overlay.origin = std::make_shared<LayeredOrigin>(layers.shown);
  overlay.origin_path = std::string("/");
  overlay.root->found = true;
}

// A layer may hide nothing of what is below mounts that came from the host.
FakePlace FakeKernel::layer_at(const std::string& name) {
  FakePlace place = mounts().walk(view_, view_.root, name, {});
  if (!place.node->file.is_directory()) throw Errno{ENOTDIR};
  if (mounts().hides_something(place)) throw Errno{EINVAL};
  return place;
}

}  // namespace kekkai::testing
