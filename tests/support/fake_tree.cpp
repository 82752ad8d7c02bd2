#include <kekkai/testing/fake_tree.h>

#include <errno.h>
#include <linux/capability.h>

namespace kekkai::testing {
namespace {

constexpr uint32_t kOverflowId = 65534;  // /proc/sys/kernel/overflowuid

}  // namespace

NodePtr child_of(const NodePtr& directory, const std::string& name) {
  if (const auto found = directory->children.find(name); found != directory->children.end()) {
    return found->second->file.exists() ? found->second : nullptr;
  }
  if (!directory->file.imagines()) return nullptr;
  FakeFile imagined;
  imagined.imagine();
  const NodePtr child = put(directory, name, imagined);
  child->listed = false;
  return child;
}

NodePtr put(const NodePtr& directory, const std::string& name, FakeFile file) {
  if (directory->system.full) throw Errno{ENOSPC};
  const NodePtr node = std::make_shared<FakeNode>(directory->system, std::move(file));
  node->parent = directory;
  node->name = name;
  directory->children[name] = node;
  return node;
}

void remove(const NodePtr& node) {
  if (const NodePtr parent = node->parent.lock()) parent->children.erase(node->name);
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

NodePtr copy_tree(const NodePtr& source, FakeFileSystem& on) {
  const NodePtr copy = std::make_shared<FakeNode>(on, source->file);
  for (const auto& [name, child] : source->children) {
    if (!child->file.exists()) continue;
    const NodePtr below = copy_tree(child, on);
    below->parent = copy;
    below->name = name;
    copy->children[name] = below;
  }
  return copy;
}

// generic_permission() of the kernel: only capabilities over the file's owner and group count.
bool FakeCredentials::may(const FakeFile& file, unsigned what) const {
  if (unlimited) return true;
  unsigned allowed = file.mode() & 07;
  if (file.uid() == uid) {
    allowed = file.mode() >> 6 & 07;
  } else if (file.gid() == gid) {
    allowed = file.mode() >> 3 & 07;
  }
  if ((allowed & what) == what) return true;
  const bool is_mapped = !in_user_namespace || (file.uid() == uid && file.gid() == gid);
  if (!is_mapped || !has(CAP_DAC_OVERRIDE)) return false;
  return file.is_directory() || (what & 1) == 0 || (file.mode() & 0111) != 0;
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
