// The files and mounts that a ScriptedDispatcher answers about: a small model of what the kernel
// does with mount trees, so that a test says only what is different from the ordinary.
#pragma once

#include <kekkai/syscall/dispatcher.h>
#include <kekkai/testing/fake_file.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace kekkai::testing {

/// What a call of the model fails with; the dispatcher makes a SyscallError of it.
struct Errno {
  int value;
};

class FakeMounts {
 public:
  using Id = uint64_t;
  /// A directory entry: on which mount, and where in the file system that it shows.
  struct Place {
    Id mount = 0;
    std::string path = "/";
    bool operator==(const Place&) const = default;
  };

  /// A host: one file system in which every path is a directory unless declared otherwise, the
  /// usual device nodes, and proc on /proc. All of it shared, as systemd leaves it.
  FakeMounts();

  /// The file at `path` as seen from `root`, to be declared. No links are followed.
  FakeFile& declare(const Place& root, const std::string& path);
  /// What every new file system of this type will hold at `path`.
  FakeFile& declare_fresh(const std::string& type, const std::string& path) {
    return fresh_[type][path];
  }
  /// One more mount on the host.
  void mount_on_host(const std::string& path, const std::string& type);

  const Place& root() const { return root_; }
  void change_directory(const Place& place) { directory_ = place; }
  const Place& directory() const { return directory_; }
  /// As getcwd(2).
  std::string directory_path() const;

  struct Walk {
    Resolve resolve = Resolve::kAnywhere;
    bool follow_last = true;
  };
  /// Where `path` leads from `start`. Throws Errno.
  Place walk(const Place& start, const std::string& path, Walk how) const;
  /// The place of something that is to be made, which must not be there. Throws Errno.
  Place place_for_new(const Place& start, const std::string& path, Resolve resolve) const;
  FakeFile& file_at(const Place& place);
  FakeFile look(const Place& place) const;
  FileStatus status(const Place& place);
  std::string type(const Place& place) const;
  /// What has been declared or made in a directory.
  std::vector<std::string> names_in(const Place& directory) const;

  Place make(const std::string& type, MountAttr attr);
  Place clone(const Place& source, Reach reach);
  void set_attributes(const Place& mount, MountAttr set, Propagation propagation, Reach reach);
  void attach(const Place& mount, const Place& target);
  void pivot_root(const std::string& put_old);
  void detach_working_directory();

  /// /proc/self/mountinfo: what can be reached from the root.
  std::string mountinfo() const;

 private:
  struct FileSystem {
    std::string type;
    dev_t dev = 0;
    std::map<std::string, FakeFile> declared;
    std::map<std::string, ino_t> inodes;
  };
  struct Mount {
    size_t file_system = 0;
    std::string root = "/";  // which directory of the file system it shows
    Place on;                // nowhere while it is detached
    MountAttr attributes = MountAttr::kNone;
    Propagation propagation = Propagation::kPrivate;  // kKeep: shared
  };

  Id add(size_t file_system, Mount mount);
  size_t add_file_system(const std::string& type);
  FileSystem& system_of(const Place& place) {
    return systems_[mounts_.at(place.mount).file_system];
  }
  const FileSystem& system_of(const Place& place) const {
    return systems_[mounts_.at(place.mount).file_system];
  }
  Place step_into(Place place) const;
  Place parent_of(Place place, const Place& root) const;
  bool is_attached(Id mount) const;
  std::vector<Id> mounts_below(const Place& place) const;
  void require_writable(const Place& place) const;
  std::string path_from_root(const Place& place) const;

  std::vector<FileSystem> systems_;
  std::map<Id, Mount> mounts_;
  std::map<std::string, std::map<std::string, FakeFile>> fresh_;
  Id next_id_ = 100;
  Place root_;
  Place directory_;
};

}  // namespace kekkai::testing
