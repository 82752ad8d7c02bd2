#include "fake_paths.h"

#include <kekkai/simulation/fake_tree.h>

#include <errno.h>
#include <linux/capability.h>

#include <algorithm>
#include <utility>

namespace kekkai::testing {
namespace {

constexpr uint32_t kOverflowId = 65534;  // /proc/sys/kernel/overflowuid

NodePtr add_child(const NodePtr& directory, const std::string& name, FakeFile file) {
  NodePtr node = std::make_shared<FakeNode>(directory->system, std::move(file));
  node->parent = directory;
  node->name = name;
  directory->children[name] = node;
  return node;
}

// Nothing is below what was made here.
NodePtr find_at_origin(const NodePtr& directory, const std::string& name) {
  if (!directory->found) return nullptr;
  const auto file = directory->system.origin->find(join(path_at_origin(directory), name));
  if (!file) return nullptr;
  NodePtr child = add_child(directory, name, *file);
  child->found = true;
  return child;
}

}  // namespace

NodePtr child_of(const NodePtr& directory, const std::string& name) {
  if (const auto known = directory->children.find(name); known != directory->children.end()) {
    return known->second->file.exists() ? known->second : nullptr;
  }
  if (directory->system.origin) return find_at_origin(directory, name);
  if (!directory->file.imagines()) return nullptr;
  FakeFile imagined;
  imagined.imagine();
  NodePtr child = put(directory, name, imagined);
  child->listed = false;
  return child;
}

const std::map<std::string, NodePtr>& children_of(const NodePtr& directory) {
  if (directory->system.origin && directory->found && !std::exchange(directory->filled, true)) {
    for (const std::string& name : directory->system.origin->names(path_at_origin(directory))) {
      try {
        child_of(directory, name);
      } catch (const Errno&) {
        add_child(directory, name, FakeFile().regular({}, 0));  // no more than its name is known
      }
    }
  }
  return directory->children;
}

std::string content_of(const NodePtr& node) {
  const bool is_elsewhere = node->found && S_ISREG(node->file.mode());
  return is_elsewhere ? node->system.origin->content(path_at_origin(node)) : node->file.content();
}

NodePtr put(const NodePtr& directory, const std::string& name, FakeFile file) {
  if (directory->system.full) throw Errno{ENOSPC};
  return add_child(directory, name, std::move(file));
}

void remove(const NodePtr& node) {
  if (const NodePtr parent = node->parent.lock()) {
    parent->children.erase(node->name);
    if (parent->found) add_child(parent, node->name, FakeFile().missing());
  }
  node->parent.reset();
}

bool is_below(NodePtr node, const NodePtr& directory) {
  while (node && node != directory) node = node->parent.lock();
  return node == directory;
}

std::string path_in_system(NodePtr node) {
  if (node == node->system.root) return "/";
  std::string path;
  for (; node != node->system.root; node = node->parent.lock()) {
    path.insert(0, "/" + node->name);
    if (!node->parent.lock()) return path + "//deleted";
  }
  return path;
}

std::string name_in_process(const NodePtr& node) {
  if (node->system.type != "proc") return {};
  const std::string path = path_in_system(node);
  const size_t end = path.find('/', 1);
  if (end == path.npos) return {};
  const std::string process = path.substr(1, end - 1);
  // Where processes are only imagined, a number is another one.
  const bool is_number = !node->system.root->file.imagines() &&
                         process.find_first_not_of("0123456789") == process.npos;
  return is_number || process == "self" ? path.substr(end + 1) : std::string();
}

std::string path_at_origin(const NodePtr& node) {
  const std::string path = path_in_system(node);
  if (path == "/") return node->system.origin_path;
  return node->system.origin_path == "/" ? path : node->system.origin_path + path;
}

// generic_permission() of the kernel: only capabilities over the file's owner and group count.
bool FakeCredentials::may(const FakeFile& file, unsigned what) const {
  if (unlimited) return true;
  unsigned allowed = file.mode() & 07;
  if (file.uid() == uid) {
    allowed = file.mode() >> 6 & 07;
  } else if (file.gid() == gid || std::ranges::find(groups, file.gid()) != groups.end()) {
    allowed = file.mode() >> 3 & 07;
  }
  if ((allowed & what) == what) return true;
  const bool is_mapped = !in_user_namespace || (file.uid() == uid && file.gid() == gid);
  if (!is_mapped || !has(CAP_DAC_OVERRIDE)) return false;
  return file.is_directory() || (what & 1) == 0 || (file.mode() & 0111) != 0;
}

// inode_owner_or_capable(): in a user namespace nobody has a name but the owner.
bool FakeCredentials::owns(const FakeFile& file) const {
  return unlimited || file.uid() == uid || (!in_user_namespace && has(CAP_FOWNER));
}

uid_t FakeCredentials::name_of_uid(uid_t of_host) const {
  if (!in_user_namespace || unlimited) return of_host;
  return of_host == uid ? inside_uid : kOverflowId;
}

gid_t FakeCredentials::name_of_gid(gid_t of_host) const {
  if (!in_user_namespace || unlimited) return of_host;
  return of_host == gid ? inside_gid : kOverflowId;
}

}  // namespace kekkai::testing
