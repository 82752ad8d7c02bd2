#include <kekkai/simulation/fake_file.h>

#include <sys/sysmacros.h>

#include <utility>

namespace kekkai::testing {

// Its owner stays, and whether it imagines what is in it once it is a directory.
FakeFile& FakeFile::become(mode_t mode, std::string content) {
  mode_ = mode;
  content_ = std::move(content);
  rdev_ = 0;
  magic_ = false;
  return *this;
}

FakeFile& FakeFile::empty_directory(mode_t mode) {
  directory(mode);
  imagines_ = false;
  return *this;
}

FakeFile& FakeFile::magic_link_to(std::string target) {
  link_to(std::move(target));
  magic_ = true;
  return *this;
}

FakeFile& FakeFile::character_device(unsigned major, unsigned minor, mode_t mode) {
  become(S_IFCHR | mode, {});
  rdev_ = makedev(major, minor);
  return *this;
}

FakeFile& FakeFile::block_device(unsigned major, unsigned minor) {
  become(S_IFBLK | 0660, {});
  rdev_ = makedev(major, minor);
  return *this;
}

FakeFile& FakeFile::of_mode(mode_t mode, dev_t rdev, std::string target) {
  become(mode, std::move(target));
  rdev_ = rdev;
  return *this;
}

FakeFile& FakeFile::owned_by(uid_t uid, gid_t gid) {
  uid_ = uid;
  gid_ = gid;
  return *this;
}

}  // namespace kekkai::testing
