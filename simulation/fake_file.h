// One file of a fake host or container.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <string_view>

namespace kekkai::testing {

/// What is at a path. Every setter returns the file, so that one line declares it:
///
///     k.host("/srv/data").missing();
///     k.host("/etc/hostname").regular("box\n").owned_by(0, 0);
class FakeFile {
 public:
  FakeFile& missing() { return become(0, {}); }
  FakeFile& directory(mode_t mode = 0755) { return become(S_IFDIR | mode, {}); }
  /// A directory in which nothing is but what is declared or made there, also on the host of a
  /// ScriptedDispatcher.
  FakeFile& empty_directory(mode_t mode = 0755);
  FakeFile& regular(std::string bytes = {}, mode_t mode = 0644) {
    return become(S_IFREG | mode, std::move(bytes));
  }
  FakeFile& executable(std::string bytes = {}) { return regular(std::move(bytes), 0755); }
  FakeFile& link_to(std::string target) { return become(S_IFLNK | 0777, std::move(target)); }
  /// One of /proc's links that lead to an object and not to a path.
  FakeFile& magic_link_to(std::string target);
  FakeFile& fifo(mode_t mode = 0644) { return become(S_IFIFO | mode, {}); }
  FakeFile& character_device(unsigned major, unsigned minor, mode_t mode = 0666);
  FakeFile& block_device(unsigned major, unsigned minor);
  /// Whatever stat(2) tells of a file, type and permissions in `mode`; `target` where it is a link.
  FakeFile& of_mode(mode_t mode, dev_t rdev = 0, std::string target = {});
  FakeFile& owned_by(uid_t uid, gid_t gid);

  mode_t mode() const { return mode_; }  ///< 0: nothing is there.
  bool exists() const { return mode_ != 0; }
  bool is_directory() const { return S_ISDIR(mode_); }
  bool is_link() const { return S_ISLNK(mode_); }
  bool is_magic() const { return magic_; }
  /// Everything in it is a directory unless something else was declared.
  bool imagines() const { return imagines_ && is_directory(); }
  void imagine() { imagines_ = true; }
  uid_t uid() const { return uid_; }
  gid_t gid() const { return gid_; }
  dev_t rdev() const { return rdev_; }
  /// Contents of a regular file, target of a link.
  const std::string& content() const { return content_; }
  void set_permissions(mode_t mode) { mode_ = (mode_ & S_IFMT) | mode; }
  void append(std::string_view bytes) { content_ += bytes; }
  void empty() { content_.clear(); }

 private:
  FakeFile& become(mode_t mode, std::string content);

  mode_t mode_ = S_IFDIR | 0755;
  std::string content_;
  uid_t uid_ = 0;
  gid_t gid_ = 0;
  dev_t rdev_ = 0;
  bool magic_ = false;
  bool imagines_ = false;
};

}  // namespace kekkai::testing
