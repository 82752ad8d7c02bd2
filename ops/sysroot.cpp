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
constexpr Resolve kWithin = Resolve::kInRoot | Resolve::kNoMagicLinks;

template <class Call>
UniqueFd despite_renames(Call call) {
  for (int tries = 1;; ++tries) {
    try {
      return call();
    } catch (const SyscallError& e) {
      if (e.error() != EAGAIN || tries >= kRenameRetries) throw;
    }
  }
}

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

// The kernel only says EINVAL.
void require_same_kind(const FileStatus& mount, const FileStatus& target,
                       const ContainerPath& path) {
  if (S_ISDIR(mount.mode) == S_ISDIR(target.mode)) return;
  throw Refusal(path.str() + (S_ISDIR(target.mode)
                                  ? " is a directory, and a file cannot be mounted on it"
                                  : " is a file, and a directory cannot be mounted on it"));
}

}  // namespace

bool Sysroot::is_same_place(const FileStatus& a, const FileStatus& b) {
  return a.mount_id == b.mount_id && a.dev == b.dev && a.ino == b.ino;
}

MountPoint mount_point_for(mode_t mode) {
  return S_ISDIR(mode) ? MountPoint::kDirectory : MountPoint::kFile;
}

void Sysroot::enter(Dispatcher& k, Fd intermediate_root, mode_t parent_mode,
                    HostChanges host_changes) {
  intermediate_root_ = Fd(intermediate_root.number, "intermediate root");
  parent_mode_ = parent_mode;
  host_changes_ = host_changes;
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
  return despite_renames([&] { return k.openat2(root_, path, flags, kWithin); });
}

// None where there is nothing.
UniqueFd Sysroot::try_resolve(Dispatcher& k, const std::string& path, Open flags) const {
  return despite_renames([&] { return k.openat2_unless(ENOENT, root_, path, flags, kWithin); });
}

UniqueFd Sysroot::open(Dispatcher& k, const ContainerPath& path) const {
  return resolve(k, path.relative(), Open::kPath);
}

UniqueFd Sysroot::open_if_present(Dispatcher& k, const ContainerPath& path) const {
  try {
    return try_resolve(k, path.relative(), Open::kPath);
  } catch (const SyscallError& e) {
    if (e.error() != ENOTDIR) throw;
    return {};
  }
}

bool Sysroot::is_root(const FileStatus& place) const { return is_same_place(place, root_status_); }

bool Sysroot::is_on_host(const FileStatus& place) const {
  return std::ranges::find(own_file_systems_, place.dev) == own_file_systems_.end();
}

bool Sysroot::may_create(const FileStatus& directory) const {
  return host_changes_ == HostChanges::kInWritableBinds || !is_on_host(directory);
}

void Sysroot::require_may_create(const FileStatus& directory, const std::string& path) const {
  if (may_create(directory)) return;
  throw Refusal(label_at(root_, path) +
                " does not exist, and nothing is created on the host: create it there, or choose "
                "a path below a tmpfs");
}

// Where changes of the host are allowed it is for the kernel to say where there can be none.
void Sysroot::explain(const SyscallError& error, const FileStatus& place,
                      const std::string& path) const {
  if (error.error() != EROFS || !is_on_host(place)) return;
  throw Refusal(label_at(root_, path) +
                " is in a read-only bind of the host, where nothing can be made or changed: make "
                "the bind writable");
}

// What it makes it also opens, in the directory that it is in: no path is resolved again.
UniqueFd Sysroot::make(Dispatcher& k, const UniqueFd& directory, const std::string& name,
                       Wanted wanted) {
  constexpr Resolve kHere = Resolve::kBeneath | Resolve::kNoSymlinks;
  if (wanted.kind == MountPoint::kFile) {
    return k.openat2(directory, name, Open::kCreate | Open::kExclusive | Open::kWriteOnly, kHere,
                     wanted.mode);
  }
  k.mkdirat(directory, name, wanted.mode);
  return k.openat2(directory, name, Open::kPath | Open::kDirectory, kHere);
}

// Nothing where something is there already.
std::optional<Sysroot::Opened> Sysroot::try_make_in_workplace(Dispatcher& k,
                                                              const std::string& path,
                                                              Wanted wanted) const {
  if (!workplace_ || path == "." || workplace_->path != parent_of(path)) return std::nullopt;
  try {
    return Opened{make(k, workplace_->directory, name_of(path), wanted), workplace_->mount_id};
  } catch (const SyscallError& e) {
    if (e.error() != EEXIST) throw;
    return std::nullopt;
  }
}

// `path` is relative to the root, and may contain ".." where a link brought it in: the kernel
// resolves it, we never do.
Sysroot::Opened Sysroot::open_or_create(Dispatcher& k, const std::string& path, Wanted wanted,
                                        int links_left) {
  const Open flags =
      wanted.kind == MountPoint::kDirectory ? Open::kPath | Open::kDirectory : Open::kPath;
  if (UniqueFd existing = try_resolve(k, path, flags)) return {std::move(existing)};
  if (auto made = try_make_in_workplace(k, path, wanted)) return std::move(*made);

  const std::string name = name_of(path);
  UniqueFd parent =
      open_or_create(k, parent_of(path), {MountPoint::kDirectory, parent_mode_}, links_left).place;
  if (name == "..") return {resolve(k, path, flags)};
  const FileStatus status = k.statx(parent);
  require_may_create(status, path);
  try {
    UniqueFd made = make(k, parent, name, wanted);
    // On the host somebody else could move it.
    if (!is_on_host(status)) {
      workplace_ = {parent_of(path), std::move(parent), status.mount_id};
    }
    return {std::move(made), status.mount_id};
  } catch (const SyscallError& e) {
    explain(e, status, path);
    if (e.error() != EEXIST || links_left == 0) throw;
    // It is there, but leads nowhere: a dangling link, whose target is made inside the root.
    const std::string target = k.readlinkat(parent, name);
    const std::string base = target.starts_with('/') ? "." : parent_of(path);
    return open_or_create(k, without_empty_components(base + "/" + target), wanted, links_left - 1);
  }
}

void Sysroot::make_directory(Dispatcher& k, const ContainerPath& path, mode_t mode) {
  open_or_create(k, path.relative(), {MountPoint::kDirectory, mode}, kMaxLinks);
}

void Sysroot::attach(Dispatcher& k, UniqueFd mount, const Attachment& what) {
  const FileStatus above = k.statx(mount);
  const MountPoint kind = mount_point_for(above.mode);
  const Wanted wanted{kind, kind == MountPoint::kDirectory ? parent_mode_ : 0444};
  const std::string path = what.path.relative();
  auto made = try_make_in_workplace(k, path, wanted);
  const Opened target = made ? std::move(*made) : open_or_create(k, path, wanted, kMaxLinks);
  if (target.made_on) {
    k.move_mount(mount, target.place);
    expect(what, above, *target.made_on);
  } else {
    attach_on_existing(k, mount, above, target.place, what);
  }
  if (what.sealed) to_seal_.push_back(std::move(mount));
}

void Sysroot::attach_on(Dispatcher& k, const UniqueFd& mount, const UniqueFd& target,
                        const Attachment& what) {
  attach_on_existing(k, mount, k.statx(mount), target, what);
}

void Sysroot::attach_on_existing(Dispatcher& k, const UniqueFd& mount, const FileStatus& above,
                                 const UniqueFd& target, const Attachment& what) {
  const FileStatus below = k.statx(target);
  require_same_kind(above, below, what.path);
  k.move_mount(mount, target);
  if (S_ISDIR(below.mode)) workplace_.reset();  // which may be hidden now
  if (is_root(below)) {
    if (what.contents == Contents::kOwn) own_file_systems_.push_back(above.dev);
    reopen_root(k, what.attributes, what.slave);
  } else {
    expect(what, above, below.mount_id);
  }
}

void Sysroot::expect(const Attachment& what, const FileStatus& mount, uint64_t parent_id) {
  if (what.contents == Contents::kOwn) own_file_systems_.push_back(mount.dev);
  expected_.push_back({what.path, mount.mount_id, parent_id, what.attributes, what.slave});
}

void Sysroot::restrict(Dispatcher& k, const UniqueFd& place, const ContainerPath& path,
                       MountAttr attributes, Reach reach) {
  try {
    k.mount_setattr(place, attributes, Propagation::kKeep, reach);
  } catch (const SyscallError& e) {
    if (e.error() != EINVAL) throw;
    throw Refusal("nothing is mounted on " + path.str() +
                  ": a remount restricts a whole mount, so mount something there before");
  }
  const uint64_t mount_id = k.statx(place).mount_id;
  restrictions_.push_back({path, mount_id, attributes});
  if (reach == Reach::kOne) return;
  for (const size_t i : attached_to(mount_id)) {
    expected_[i].attributes = expected_[i].attributes | attributes;
  }
}

void Sysroot::seal_root(Dispatcher& k) {
  to_seal_.push_back(open(k, ContainerPath()));
  restrictions_.push_back({ContainerPath(), root_status_.mount_id, MountAttr::kReadOnly});
}

void Sysroot::seal(Dispatcher& k) {
  for (const UniqueFd& mount : to_seal_) {
    k.mount_setattr(mount, MountAttr::kReadOnly, Propagation::kKeep, Reach::kOne);
  }
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
