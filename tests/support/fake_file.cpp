#include <kekkai/testing/fake_file.h>

#include <sys/sysmacros.h>

#include <utility>

namespace kekkai::testing {

FakeFile& FakeFile::become(mode_t mode, std::string content) {
  *this = FakeFile();
  mode_ = mode;
  content_ = std::move(content);
  empty_ = !is_directory();
  return *this;
}

FakeFile& FakeFile::empty_directory(mode_t mode) {
  directory(mode);
  empty_ = true;
  return *this;
}

FakeFile& FakeFile::magic_link_to(std::string target) {
  link_to(std::move(target));
  magic_ = true;
  return *this;
}

FakeFile& FakeFile::character_device(unsigned major, unsigned minor) {
  become(S_IFCHR | 0666, {});
  rdev_ = makedev(major, minor);
  return *this;
}

FakeFile& FakeFile::block_device(unsigned major, unsigned minor) {
  become(S_IFBLK | 0660, {});
  rdev_ = makedev(major, minor);
  return *this;
}

}  // namespace kekkai::testing
