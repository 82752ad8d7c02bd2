// The file systems of a fake kernel: trees of nodes, and who may do what with them.
#pragma once

#include <kekkai/simulation/fake_origin.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace kekkai::testing {

/// What a call of the model fails with; the dispatcher makes a SyscallError of it.
struct Errno {
  int value;
};

struct FakeNode;
using NodePtr = std::shared_ptr<FakeNode>;

/// One file system, mounted anywhere or nowhere.
struct FakeFileSystem {
  std::string type;
  dev_t dev = 0;
  NodePtr root;
  ino_t last_inode = 0;
  bool full = false;       ///< Whatever needs room fails with ENOSPC.
  bool read_only = false;  ///< Whatever changes it fails with EROFS, on each of its mounts.
  /// Where its files come from, and what of that its root is; or nothing.
  std::shared_ptr<const FakeOrigin> origin;
  std::string origin_path;
};

/// A file with its place in the tree. Whoever has opened it keeps it, also when it was removed.
struct FakeNode {
  FakeFile file;
  FakeFileSystem& system;
  ino_t inode;
  std::weak_ptr<FakeNode> parent;  ///< Nothing for the root, and for what was removed.
  std::string name;
  std::map<std::string, NodePtr> children;
  bool listed = true;   ///< False for what is only imagined: getdents64 leaves it out.
  bool found = false;   ///< It is as the system's origin has it.
  bool filled = false;  ///< All names of the origin are in `children`.

  FakeNode(FakeFileSystem& on, FakeFile what)
      : file(std::move(what)), system(on), inode(++on.last_inode) {}
};

/// What is called `name` in a directory, or nullptr. One that imagines has everything. Throws Errno
/// where the origin cannot be asked.
NodePtr child_of(const NodePtr& directory, const std::string& name);
/// All of its children, those of the origin too.
const std::map<std::string, NodePtr>& children_of(const NodePtr& directory);
/// What a regular file holds.
std::string content_of(const NodePtr& node);
/// Puts a file there, in place of what had the name. Throws Errno{ENOSPC} on a full file system.
NodePtr put(const NodePtr& directory, const std::string& name, FakeFile file);
/// Takes it out of its directory.
void remove(const NodePtr& node);
/// Whether `node` is `directory` or somewhere below it.
bool is_below(NodePtr node, const NodePtr& directory);
/// The path from the root of the file system; "/gone" with "//deleted" for what was removed.
std::string path_in_system(NodePtr node);
/// What a file of proc tells of its process: "fd" for /proc/self/fd, also by number; else nothing.
std::string name_in_process(const NodePtr& node);
/// The path of a node at the origin of its file system.
std::string path_at_origin(const NodePtr& node);

/// As whom files are touched: credentials(7), user_namespaces(7).
struct FakeCredentials {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;       ///< Supplementary ones.
  uint64_t effective = 0;          ///< Capabilities, one bit each.
  bool in_user_namespace = false;  ///< They count for files of `uid` and `gid` alone.
  uid_t inside_uid = 65534;        ///< What `uid` is called there; 65534 while it has no name.
  gid_t inside_gid = 65534;
  bool unlimited = false;  ///< Nothing is refused.

  bool has(unsigned capability) const { return unlimited || (effective >> capability & 1) != 0; }
  /// Whether read (4), write (2) and search or execute (1), added, are allowed.
  bool may(const FakeFile& file, unsigned what) const;
  /// Whether they may do what an owner may, such as chmod(2).
  bool owns(const FakeFile& file) const;
  /// Owners as they are called where we are: user_namespaces(7).
  uid_t name_of_uid(uid_t of_host) const;
  gid_t name_of_gid(gid_t of_host) const;
};

}  // namespace kekkai::testing
