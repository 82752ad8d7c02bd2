// The only way to touch the container's tree while it is built.
#pragma once

#include <kekkai/syscall/dispatcher.h>
#include <kekkai/syscall/paths.h>

#include <optional>
#include <string>
#include <vector>

namespace kekkai {

/// Directories are mounted on directories, everything else on a file.
enum class MountPoint { kDirectory, kFile };

/// The kind of mount point that something of this mode needs.
MountPoint mount_point_for(mode_t mode);

/// Whose file system a mount shows.
enum class Contents { kHost, kOwn };

/// What a set-up may do to files of the host: nothing, or make, fill and chmod them in binds that
/// are writable, with the rights of who started it. All of that stays on the host afterwards, also
/// the empty files and directories that were made to mount something on them.
enum class HostChanges { kNone, kInWritableBinds };

/// A detached mount that is to appear in the container.
struct Attachment {
  ContainerPath path;
  MountAttr attributes = MountAttr::kNone;  ///< What the mount has; attestation requires it.
  Contents contents = Contents::kHost;
  bool slave = false;  ///< Mounts of the host may appear in it.
  /// It becomes read-only when everything has been attached: until then mount points, and more, can
  /// be made in it.
  bool sealed = false;
};

/// A mount that must be in the container's mount table, as attestation compares it.
struct ExpectedMount {
  ContainerPath path;
  uint64_t id = 0;
  uint64_t parent_id = 0;  ///< The mount that it is mounted on. Without meaning for the root.
  MountAttr attributes = MountAttr::kNone;  ///< Of the mount and of everything below it.
  bool slave = false;                       ///< As `attributes`: mounts of the host may appear.
};

/// Attributes that one mount alone must have, beside those that it was attached with.
struct Restriction {
  ContainerPath path;
  uint64_t mount_id = 0;
  MountAttr attributes = MountAttr::kNone;
};

/// The container's root while it is built. Every path is resolved by the kernel beneath the root's
/// descriptor (openat2(2): RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS), so a link inside, whoever made
/// it, cannot lead outside.
class Sysroot {
 public:
  /// Starts with the directory "sysroot" of the intermediate root, which is a mount point.
  void enter(Dispatcher& k, Fd intermediate_root, mode_t parent_mode,
             HostChanges host_changes = HostChanges::kNone);

  Fd root() const { return root_; }

  /// Opens what is at `path`. Throws SyscallError (ENOENT and others).
  UniqueFd open(Dispatcher& k, const ContainerPath& path) const;

  /// The same; nothing where no such path exists, which a file on the way to it (ENOTDIR) says too.
  UniqueFd open_if_present(Dispatcher& k, const ContainerPath& path) const;

  /// Whether this is the container's root.
  bool is_root(const FileStatus& place) const;

  /// Makes a directory, with the parents that are missing; an existing one is left as it is.
  /// Throws Refusal where that would create something on the host, unless it may (enter()); so do
  /// all that make or change something.
  void make_directory(Dispatcher& k, const ContainerPath& path, mode_t mode);

  /// Makes a symbolic link, with the parents that are missing; the same link may exist already.
  void symlink(Dispatcher& k, const std::string& target, const ContainerPath& path);

  /// Opens the ordinary file at `path` for writing, with nothing in it. A missing one is made with
  /// its parents; one that exists keeps its mode, and a link is followed. Throws Refusal for what
  /// is no ordinary file.
  UniqueFd open_emptied(Dispatcher& k, const ContainerPath& path, mode_t mode);

  /// Gives the file or directory at `path`, where a link leads to it too, other permissions. Throws
  /// Refusal for what is neither.
  void chmod(Dispatcher& k, const ContainerPath& path, mode_t mode);

  /// Mounts `mount` at `path`, on a mount point of its kind that is made if it is missing.
  void attach(Dispatcher& k, UniqueFd mount, const Attachment& what);

  /// The same on what open() gave: nothing is made, and nobody can put something else there.
  void attach_on(Dispatcher& k, const UniqueFd& mount, const UniqueFd& target,
                 const Attachment& what);

  /// Adds attributes to the mount whose root open() gave, and, where `reach` says so, to everything
  /// that is mounted below it now. Throws Refusal where `place` is no root of a mount.
  void restrict(Dispatcher& k, const UniqueFd& place, const ContainerPath& path,
                MountAttr attributes, Reach reach);

  /// The mount that is the root now becomes read-only with what was attached to be sealed.
  void seal_root(Dispatcher& k);

  /// Makes read-only what was attached to be sealed.
  void seal(Dispatcher& k);

  /// The attributes that this mount and all that was attached to it, directly or not, have in
  /// common; nosuid for one that came with a bind: that is what every one here has.
  MountAttr common_attributes(uint64_t mount_id) const;

  /// What the container's mount table must hold, in the order of attaching. A mount on the root
  /// takes everything before it out of the container.
  const std::vector<ExpectedMount>& expected() const { return expected_; }
  /// What it must hold beyond that.
  const std::vector<Restriction>& restrictions() const { return restrictions_; }

 private:
  // As many links as the kernel follows (path_resolution(7)).
  static constexpr int kMaxLinks = 40;

  struct Wanted {
    MountPoint kind;
    mode_t mode;
  };
  struct Opened {
    UniqueFd place;
    std::optional<uint64_t> made_on;  // the mount on which it was made just now
  };
  // The directory in which something was made last, and the path that led to it. It is on a file
  // system of our own, where nobody but us can move or replace it: as long as nothing is mounted
  // over it the path leads there, and need not be resolved for each of many mount points.
  struct Workplace {
    std::string path;
    UniqueFd directory;
    uint64_t mount_id;
  };
  static bool is_same_place(const FileStatus& a, const FileStatus& b);
  UniqueFd resolve(Dispatcher& k, const std::string& path, Open flags) const;
  static UniqueFd make(Dispatcher& k, const UniqueFd& directory, const std::string& name,
                       Wanted wanted);
  UniqueFd try_resolve(Dispatcher& k, const std::string& path, Open flags) const;
  std::vector<size_t> attached_to(uint64_t mount_id) const;
  std::optional<Opened> try_make_in_workplace(Dispatcher& k, const std::string& path,
                                              Wanted wanted) const;
  Opened open_or_create(Dispatcher& k, const std::string& path, Wanted wanted, int links_left);
  UniqueFd reopen(Dispatcher& k, const ContainerPath& path, Open access,
                  const FileStatus& known) const;
  bool is_on_host(const FileStatus& place) const;
  bool may_create(const FileStatus& directory) const;
  void require_may_create(const FileStatus& directory, const std::string& path) const;
  void require_may_change(const FileStatus& file, const ContainerPath& path) const;
  void explain(const SyscallError& error, const FileStatus& place, const std::string& path) const;
  void attach_on_existing(Dispatcher& k, const UniqueFd& mount, const FileStatus& above,
                          const UniqueFd& target, const Attachment& what);
  void expect(const Attachment& what, const FileStatus& mount, uint64_t parent_id);
  void reopen_root(Dispatcher& k, MountAttr attributes, bool slave);

  UniqueFd root_;
  FileStatus root_status_;
  Fd intermediate_root_{-1, {}};
  mode_t parent_mode_ = 0755;
  HostChanges host_changes_ = HostChanges::kNone;
  std::optional<Workplace> workplace_;
  std::vector<dev_t> own_file_systems_;
  std::vector<ExpectedMount> expected_;
  std::vector<Restriction> restrictions_;
  std::vector<UniqueFd> to_seal_;
};

}  // namespace kekkai
