// The calls on files and mounts.
#include <kekkai/testing/interposer.h>

namespace kekkai::testing {

UniqueFd Interposer::openat2(Fd dir, const std::string& path, Open flags, Resolve resolve,
                             mode_t mode) {
  return pass_on("openat2 " + label_at(dir, path),
                 [&] { return inner_.openat2(dir, path, flags, resolve, mode); });
}

FileStatus Interposer::statx(Fd file) {
  return pass_on("statx " + label_of(file), [&] { return inner_.statx(file); });
}

uint64_t Interposer::fstatfs(Fd file) {
  return pass_on("fstatfs " + label_of(file), [&] { return inner_.fstatfs(file); });
}

std::string Interposer::readlinkat(Fd dir, const std::string& path) {
  return pass_on("readlinkat " + label_at(dir, path), [&] { return inner_.readlinkat(dir, path); });
}

void Interposer::mkdirat(Fd dir, const std::string& name, mode_t mode) {
  pass_on("mkdirat " + label_at(dir, name), [&] { return inner_.mkdirat(dir, name, mode); });
}

void Interposer::symlinkat(const std::string& target, Fd dir, const std::string& name) {
  pass_on("symlinkat " + label_at(dir, name), [&] { return inner_.symlinkat(target, dir, name); });
}

void Interposer::unlinkat(Fd dir, const std::string& name) {
  pass_on("unlinkat " + label_at(dir, name), [&] { return inner_.unlinkat(dir, name); });
}

void Interposer::renameat(Fd dir, const std::string& name, const std::string& new_name) {
  pass_on("renameat " + label_at(dir, new_name),
          [&] { return inner_.renameat(dir, name, new_name); });
}

void Interposer::fchmod(Fd file, mode_t mode) {
  pass_on("fchmod " + label_of(file), [&] { return inner_.fchmod(file, mode); });
}

void Interposer::empty_file(Fd file) {
  pass_on("ftruncate " + label_of(file), [&] { return inner_.empty_file(file); });
}

void Interposer::lock_for_reading(Fd file) {
  pass_on("fcntl F_SETLK " + label_of(file), [&] { return inner_.lock_for_reading(file); });
}

void Interposer::access_executable(Fd dir, const std::string& path) {
  pass_on("faccessat2 " + label_at(dir, path), [&] { return inner_.access_executable(dir, path); });
}

std::vector<std::string> Interposer::getdents64(Fd dir) {
  return pass_on("getdents64 " + label_of(dir), [&] { return inner_.getdents64(dir); });
}

size_t Interposer::read(Fd file, std::span<std::byte> buffer) {
  return pass_on("read " + label_of(file), [&] { return inner_.read(file, buffer); });
}

size_t Interposer::write(Fd file, std::span<const std::byte> data) {
  return pass_on("write " + label_of(file), [&] { return inner_.write(file, data); });
}

void Interposer::lseek_to_start(Fd file) {
  pass_on("lseek " + label_of(file), [&] { return inner_.lseek_to_start(file); });
}

void Interposer::fchdir(Fd dir) {
  pass_on("fchdir " + label_of(dir), [&] { return inner_.fchdir(dir); });
}

std::string Interposer::getcwd() {
  return pass_on("getcwd", [&] { return inner_.getcwd(); });
}

mode_t Interposer::umask(mode_t mask) {
  return pass_on_unfailing("umask", [&] { return inner_.umask(mask); });
}

std::pair<UniqueFd, UniqueFd> Interposer::pipe2(const std::string& label) {
  return pass_on("pipe2 " + label, [&] { return inner_.pipe2(label); });
}

std::pair<UniqueFd, UniqueFd> Interposer::socketpair(const std::string& label) {
  return pass_on("socketpair " + label, [&] { return inner_.socketpair(label); });
}

void Interposer::send(Fd socket, std::span<const std::byte> message) {
  pass_on("send " + label_of(socket), [&] { return inner_.send(socket, message); });
}

void Interposer::send_descriptor(Fd socket, Fd file) {
  pass_on("sendmsg " + label_of(socket), [&] { return inner_.send_descriptor(socket, file); });
}

UniqueFd Interposer::receive_descriptor(Fd socket, const std::string& label) {
  return pass_on("recvmsg " + label_of(socket),
                 [&] { return inner_.receive_descriptor(socket, label); });
}

UniqueFd Interposer::memfd_create(const std::string& name) {
  return pass_on("memfd_create " + name, [&] { return inner_.memfd_create(name); });
}

void Interposer::seal(Fd memfd) {
  pass_on("fcntl F_ADD_SEALS " + label_of(memfd), [&] { return inner_.seal(memfd); });
}

bool Interposer::is_open(int fd) {
  return pass_on_unfailing("fcntl F_GETFD", [&] { return inner_.is_open(fd); });
}

int Interposer::status_flags(Fd file) {
  return pass_on("fcntl F_GETFL " + label_of(file), [&] { return inner_.status_flags(file); });
}

void Interposer::set_status_flags(Fd file, int flags) {
  pass_on("fcntl F_SETFL " + label_of(file), [&] { return inner_.set_status_flags(file, flags); });
}

UniqueFd Interposer::open_tree(Fd source, Reach reach) {
  return pass_on("open_tree " + label_of(source), [&] { return inner_.open_tree(source, reach); });
}

void Interposer::mount_setattr(Fd mount, MountAttr set, Propagation propagation, Reach reach) {
  pass_on("mount_setattr " + label_of(mount),
          [&] { return inner_.mount_setattr(mount, set, propagation, reach); });
}

UniqueFd Interposer::fsopen(const std::string& type) {
  return pass_on("fsopen " + type, [&] { return inner_.fsopen(type); });
}

void Interposer::fsconfig_string(Fd fs, const std::string& key, const std::string& value,
                                 const std::string& shown) {
  pass_on("fsconfig " + label_of(fs) + " " + key + "=" + (shown.empty() ? value : shown),
          [&] { return inner_.fsconfig_string(fs, key, value, shown); });
}

void Interposer::fsconfig_flag(Fd fs, const std::string& key) {
  pass_on("fsconfig " + label_of(fs) + " " + key, [&] { return inner_.fsconfig_flag(fs, key); });
}

void Interposer::fsconfig_create(Fd fs) {
  pass_on("fsconfig create " + label_of(fs), [&] { return inner_.fsconfig_create(fs); });
}

UniqueFd Interposer::fsmount(Fd fs, MountAttr attr) {
  return pass_on("fsmount " + label_of(fs), [&] { return inner_.fsmount(fs, attr); });
}

void Interposer::move_mount(Fd mount, Fd target) {
  pass_on("move_mount " + label_of(mount) + " -> " + label_of(target),
          [&] { return inner_.move_mount(mount, target); });
}

void Interposer::pivot_root(const std::string& put_old) {
  pass_on("pivot_root " + put_old, [&] { return inner_.pivot_root(put_old); });
}

void Interposer::detach_working_directory() {
  pass_on("umount2", [&] { return inner_.detach_working_directory(); });
}

}  // namespace kekkai::testing
