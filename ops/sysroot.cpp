#include <kekkai/ops/refusal.h>
#include <kekkai/ops/sysroot.h>

#include <errno.h>
#include <sys/stat.h>

#include <algorithm>
#include <unordered_set>

namespace kekkai {
namespace {

// openat2 says EAGAIN when any rename on the system came in between (openat2(2)).
constexpr int kRenameRetries = 256;
// As many links as the kernel follows (path_resolution(7)).
constexpr int kMaxLinks = 40;

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos || slash == 0 ? "." : path.substr(0, slash);
}

// A link's target may be written as "/a//b/./c/"; ".." stays, the kernel alone can resolve it.
std::string without_empty_components(std::string_view path) {
  std::string clean;
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (!part.empty() && part != ".") clean.append(clean.empty() ? "" : "/").append(part);
    at = end + 1;
  }
  return clean.empty() ? "." : clean;
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool is_same_place(const FileStatus& a, const FileStatus& b) {
  return a.mount_id == b.mount_id && a.dev == b.dev && a.ino == b.ino;
}

// The kernel only says EINVAL.
void require_same_kind(const FileStatus& mount, const FileStatus& target,
                       const ContainerPath& path) {
  if (S_ISDIR(mount.mode) == S_ISDIR(target.mode)) return;
  throw Refusal(path.str() + (S_ISDIR(target.mode)
                                  ? " is a directory, and a file cannot be mounted on it"
                                  : " is a file, and a directory cannot be mounted on it"));
}

}  // namespace

MountPoint mount_point_for(mode_t mode) {
  return S_ISDIR(mode) ? MountPoint::kDirectory : MountPoint::kFile;
}

void Sysroot::enter(Dispatcher& k, Fd intermediate_root, mode_t parent_mode) {
  intermediate_root_ = Fd(intermediate_root.number, "intermediate root");
  parent_mode_ = parent_mode;
  reopen_root(k, MountAttr::kNoSuid | MountAttr::kNoDev, false);
  own_file_systems_ = {root_status_.dev};
}

// A mount on the root hides it from the descriptor that we have.
void Sysroot::reopen_root(Dispatcher& k, MountAttr attributes, bool slave) {
  root_ = k.openat2(intermediate_root_, "sysroot", Open::kPath | Open::kDirectory,
                    Resolve::kNoSymlinks);
  root_.set_label("/");
  root_status_ = k.statx(root_);
  expected_ = {{.path = ContainerPath(),
                .id = root_status_.mount_id,
                .attributes = attributes,
                .slave = slave}};
  restrictions_.clear();
}

UniqueFd Sysroot::resolve(Dispatcher& k, const std::string& path, Open flags) const {
  for (int tries = 1;; ++tries) {
    try {
      return k.openat2(root_, path, flags | Open::kPath, Resolve::kInRoot | Resolve::kNoMagicLinks);
    } catch (const SyscallError& e) {
      if (e.error() != EAGAIN || tries >= kRenameRetries) throw;
    }
  }
}

std::optional<UniqueFd> Sysroot::try_resolve(Dispatcher& k, const std::string& path,
                                             Open flags) const {
  try {
    return resolve(k, path, flags);
  } catch (const SyscallError& e) {
    if (e.error() != ENOENT) throw;
    return std::nullopt;
  }
}

UniqueFd Sysroot::open(Dispatcher& k, const ContainerPath& path) const {
  return resolve(k, path.relative(), Open::kPath);
}

std::optional<UniqueFd> Sysroot::open_if_present(Dispatcher& k, const ContainerPath& path) const {
  try {
    return open(k, path);
  } catch (const SyscallError& e) {
    if (e.error() != ENOENT && e.error() != ENOTDIR) throw;
    return std::nullopt;
  }
}

bool Sysroot::is_root(const FileStatus& place) const { return is_same_place(place, root_status_); }

bool Sysroot::is_own_file_system(Dispatcher& k, const UniqueFd& directory) const {
  return std::ranges::find(own_file_systems_, k.statx(directory).dev) != own_file_systems_.end();
}

void Sysroot::require_own_file_system(Dispatcher& k, const UniqueFd& directory,
                                      const std::string& path) const {
  if (is_own_file_system(k, directory)) return;
  throw Refusal(label_at(root_, path) +
                " does not exist, and nothing is created on the host: create it there, or choose "
                "a path below a tmpfs");
}

// `path` is relative to the root, and may contain ".." where a link brought it in: the kernel
// resolves it, we never do.
UniqueFd Sysroot::open_or_create(Dispatcher& k, const std::string& path, Wanted wanted,
                                 int links_left) const {
  const Open flags =
      wanted.kind == MountPoint::kDirectory ? Open::kPath | Open::kDirectory : Open::kPath;
  if (auto existing = try_resolve(k, path, flags)) return std::move(*existing);

  const std::string name = name_of(path);
  const UniqueFd parent =
      open_or_create(k, parent_of(path), {MountPoint::kDirectory, parent_mode_}, links_left);
  if (name == "..") return resolve(k, path, flags);
  require_own_file_system(k, parent, path);
  try {
    if (wanted.kind == MountPoint::kDirectory) {
      k.mkdirat(parent, name, wanted.mode);
    } else {
      k.openat2(parent, name, Open::kCreate | Open::kExclusive | Open::kWriteOnly,
                Resolve::kBeneath | Resolve::kNoSymlinks, wanted.mode);
    }
  } catch (const SyscallError& e) {
    if (e.error() != EEXIST || links_left == 0) throw;
    // It is there, but leads nowhere: a dangling link, whose target is made inside the root.
    const std::string target = k.readlinkat(parent, name);
    const std::string base = target.starts_with('/') ? "." : parent_of(path);
    return open_or_create(k, without_empty_components(base + "/" + target), wanted, links_left - 1);
  }
  return resolve(k, path, flags);
}

void Sysroot::make_directory(Dispatcher& k, const ContainerPath& path, mode_t mode) const {
  open_or_create(k, path.relative(), {MountPoint::kDirectory, mode}, kMaxLinks);
}

void Sysroot::symlink(Dispatcher& k, const std::string& target, const ContainerPath& path) const {
  const UniqueFd parent = open_or_create(k, path.parent().relative(),
                                         {MountPoint::kDirectory, parent_mode_}, kMaxLinks);
  bool exists = true;
  try {
    if (k.readlinkat(parent, path.name()) == target) return;
  } catch (const SyscallError& e) {
    if (e.error() != ENOENT && e.error() != EINVAL) throw;
    exists = e.error() == EINVAL;  // it is no link
  }
  if (exists) throw Refusal(path.str() + " exists already, and is not this link");
  require_own_file_system(k, parent, path.relative());
  k.symlinkat(target, parent, path.name());
}

void Sysroot::attach(Dispatcher& k, UniqueFd mount, const Attachment& what) {
  const mode_t mode = what.point == MountPoint::kDirectory ? parent_mode_ : 0444;
  attach_on(k, mount, open_or_create(k, what.path.relative(), {what.point, mode}, kMaxLinks), what);
  if (what.sealed) to_seal_.push_back(std::move(mount));
}

void Sysroot::attach_on(Dispatcher& k, const UniqueFd& mount, const UniqueFd& target,
                        const Attachment& what) {
  const FileStatus below = k.statx(target);
  const FileStatus above = k.statx(mount);
  require_same_kind(above, below, what.path);
  k.move_mount(mount, target);
  if (what.contents == Contents::kOwn) own_file_systems_.push_back(above.dev);
  if (is_root(below)) {
    reopen_root(k, what.attributes, what.slave);
  } else {
    expected_.push_back({what.path, above.mount_id, below.mount_id, what.attributes, what.slave});
  }
}

void Sysroot::restrict(Dispatcher& k, const UniqueFd& place, const ContainerPath& path,
                       MountAttr attributes, Reach reach) {
  try {
    k.mount_setattr(place, attributes, Propagation::kKeep, reach);
  } catch (const SyscallError& e) {
    if (e.error() != EINVAL) throw;
    throw Refusal("nothing is mounted on " + path.str() +
                  ": what is at any path becomes read-only with the op read-only");
  }
  const uint64_t mount_id = k.statx(place).mount_id;
  restrictions_.push_back({path, mount_id, attributes});
  if (reach == Reach::kOne) return;
  for (const size_t i : attached_to(mount_id)) {
    expected_[i].attributes = expected_[i].attributes | attributes;
  }
}

void Sysroot::seal(Dispatcher& k) {
  for (const UniqueFd& mount : to_seal_) {
    k.mount_setattr(mount, MountAttr::kReadOnly, Propagation::kKeep, Reach::kOne);
  }
  to_seal_.clear();
}

// Which expected mounts are this one or attached to it, directly or not. They are in the order of
// attaching: a mount comes after the one that it is on.
std::vector<size_t> Sysroot::attached_to(uint64_t mount_id) const {
  std::vector<size_t> found;
  std::unordered_set<uint64_t> tree{mount_id};
  for (size_t i = 0; i < expected_.size(); ++i) {
    const ExpectedMount& mount = expected_[i];
    if (mount.id != mount_id && !tree.contains(mount.parent_id)) continue;
    tree.insert(mount.id);
    found.push_back(i);
  }
  return found;
}

MountAttr Sysroot::common_attributes(uint64_t mount_id) const {
  const auto own = std::ranges::find(expected_, mount_id, &ExpectedMount::id);
  MountAttr common = own == expected_.end() ? MountAttr::kNoSuid : own->attributes;
  for (const size_t i : attached_to(mount_id)) common = common & expected_[i].attributes;
  return common;
}

}  // namespace kekkai
