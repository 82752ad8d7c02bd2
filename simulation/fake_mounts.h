// The mounts of a fake kernel: what is mounted where, in which mount namespace, and how a path is
// resolved among them. mount_namespaces(7), path_resolution(7).
#pragma once

#include <kekkai/simulation/fake_tree.h>
#include <kekkai/syscall/dispatcher.h>
#include <kekkai/syscall/mountinfo.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kekkai::testing {

using MountId = uint64_t;

/// A directory entry: on which mount, and which node of the file system that it shows.
struct FakePlace {
  MountId mount = 0;
  NodePtr node;
  bool operator==(const FakePlace&) const = default;
};

/// What one process sees of the mounts, and as whom.
struct FakeView {
  uint64_t mount_namespace = 0;
  FakePlace root;
  FakePlace directory;
  FakeCredentials credentials;
  /// What a link in /proc/self/fd leads to.
  std::function<std::optional<FakePlace>(const std::string& number)> descriptor;
};

class FakeMounts {
 public:
  using Place = FakePlace;

  /// Whether the host has everything, or only what is declared.
  enum class Host { kImagined, kEmpty };
  /// A host with the usual device nodes, and proc on /proc. All of it shared, as systemd leaves it.
  explicit FakeMounts(Host host);
  /// A host with these mounts, what is on them as `origin` has it. Throws std::invalid_argument
  /// where none of them is the root.
  FakeMounts(const std::vector<MountInfo>& mounts, std::shared_ptr<const FakeOrigin> origin);

  /// What a process of the host sees.
  FakeView host_view() const;
  /// The file at `path` as seen from `root`, to be declared. No links are followed.
  FakeFile& declare(const Place& root, const std::string& path);
  /// What every new file system of this type will hold at `path`.
  FakeFile& declare_fresh(const std::string& type, const std::string& path);
  /// One more mount on the host, which propagates.
  void mount_on_host(const std::string& path, const std::string& type);
  /// Nothing more fits on the file system of this path of the host.
  void fill(const Place& root, const std::string& path);
  /// How many mounts a namespace may have: /proc/sys/fs/mount-max.
  void limit_mounts(size_t most) { most_mounts_ = most; }

  struct Walk {
    Resolve resolve = Resolve::kAnywhere;
    bool follow_last = true;
  };
  /// Where `path` leads from `start`. Throws Errno.
  Place walk(const FakeView& view, const Place& start, const std::string& path, Walk how) const;
  /// Makes what must not be there. Throws Errno.
  Place make(const FakeView& view, const Place& start, const std::string& path, Resolve resolve,
             FakeFile file);
  /// Removes a name that is no directory, or gives it another one in its directory.
  void unlink(const FakeView& view, const Place& start, const std::string& path);
  void rename(const FakeView& view, const Place& start, const std::string& from,
              const std::string& to);
  FileStatus status(const Place& place) const;
  void require_writable(const Place& place) const;
  bool has_attribute(const Place& place, MountAttr attribute) const {
    return has(at(place).attributes, attribute);
  }
  /// Whether something is mounted below that came with the namespace: nobody may look under it.
  bool hides_something(const Place& place) const;

  Place make_file_system(const std::string& type, MountAttr attr);
  /// The same of a tree that is there already.
  Place mount_tree(FakeFileSystem& system, MountAttr attr);
  FakeFileSystem& add_file_system(const std::string& type);
  Place clone(const FakeView& view, const Place& source, Reach reach);
  void set_attributes(const FakeView& view, const Place& mount, MountAttr set,
                      Propagation propagation, Reach reach);
  void attach(const FakeView& view, const Place& mount, const Place& target);
  void pivot_root(FakeView& view, const std::string& put_old);
  void detach_working_directory(const FakeView& view);
  /// A mount namespace of its own, below a user namespace of its own: the view moves into it.
  void unshare(FakeView& view);

  /// The path of a place as a process sees it, or "(unreachable)…".
  std::string path_of(const FakeView& view, const Place& place) const;
  /// /proc/self/mountinfo: what can be reached from the root.
  std::string mountinfo(const FakeView& view) const;
  /// Every name below the root, each with what is there, in order; not what proc and sysfs hold.
  std::vector<std::string> tree(const FakeView& view) const;
  /// One mount that can be reached from the root of a view, for those who show it.
  struct Shown {
    std::string path;             ///< Where it is.
    std::optional<size_t> below;  ///< Which of these it is mounted on; the root on none.
    MountAttr attributes = MountAttr::kNone;
    std::string type;
    std::string host_path;   ///< What of the mirrored host it shows; empty for one of its own.
    bool slave = false;      ///< It takes in later mounts of the host.
    bool is_hidden = false;  ///< Nobody can get at it: something else is on top, or on the way.
    NodePtr root;
  };
  /// In the order of mountinfo().
  std::vector<Shown> shown(const FakeView& view) const;
  /// How many mounts there are in a mount namespace.
  size_t count(uint64_t mount_namespace) const;

 private:
  struct Mount {
    FakeFileSystem* system = nullptr;
    NodePtr root;             // which directory of the file system it shows
    Place on;                 // nowhere while it is detached
    uint64_t name_space = 0;  // 0 while it is detached
    MountAttr attributes = MountAttr::kNone;
    uint64_t peers = 0;   // the group that it is shared with
    uint64_t master = 0;  // the group that it is a slave of
    bool locked = false;  // came from a more privileged namespace
  };

  void describe_new_file_systems();
  void mirror(const MountInfo& info, const std::map<uint64_t, const MountInfo*>& by_id,
              std::map<uint64_t, MountId>& known);
  NodePtr mount_point_on(const MountInfo& info, const MountInfo& below, MountId id);
  FakeFileSystem& mirrored_system(const MountInfo& info);
  MountId add(Mount mount);
  const Mount& at(const Place& place) const { return mounts_.at(place.mount); }
  Place step_into(Place place) const;
  Place parent_of(Place place, const Place& root) const;
  struct Steps;
  void take_step(const FakeView& view, Steps& steps) const;
  void follow(const FakeView& view, Steps& steps, const Place& link) const;
  Place look_up(const FakeView& view, const Place& directory, const std::string& name) const;
  Place make_in(const FakeView& view, const Place& parent, const std::string& name, FakeFile file);
  std::vector<MountId> mounts_below(const Place& place) const;
  std::map<MountId, MountId> copy_mounts(const std::vector<MountId>& originals);
  std::vector<MountId> receivers_of(const Mount& mount) const;
  void leave_group(Mount& mount) const;
  void share(const std::vector<MountId>& tree);
  void propagate(const Place& target, const std::vector<MountId>& tree);
  void detach(MountId mount);
  std::string mountinfo_line(const FakeView& view, MountId id) const;
  void list(const FakeView& view, const Place& directory, const std::string& path,
            std::vector<std::string>& lines) const;

  std::deque<FakeFileSystem> systems_;
  std::map<MountId, Mount> mounts_;
  std::map<std::string, std::map<std::string, FakeFile>> fresh_;
  Host host_ = Host::kEmpty;
  std::shared_ptr<const FakeOrigin> origin_;
  MountId next_id_ = 100;
  uint64_t last_group_ = 0;
  uint64_t last_namespace_ = 0;
  size_t most_mounts_ = 100000;
  Place host_root_;
};

}  // namespace kekkai::testing
