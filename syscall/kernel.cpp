// The kernel's calls on files and mounts. With the other kernel_*.cpp this is the only place where
// raw system calls are made.
#include <kekkai/syscall/kernel.h>

#include <dirent.h>
#include <errno.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace kekkai {
namespace {

// Fails with the call as spelled; errno is read before anything else can change it.
template <class... Operands>
long check(long result, const char* name, const Operands&... operands) {
  if (result >= 0) return result;
  const int error = errno;
  std::string call(name);
  (call.append(" ").append(operands), ...);
  throw SyscallError(error, call);
}

// For calls that may simply be made again when a signal came in between.
template <class Call>
long retried(Call call) {
  long result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

long open(Fd dir, const std::string& path, Open flags, Resolve resolve, mode_t mode) {
  open_how how{};
  how.flags = bits(flags) | O_CLOEXEC;
  how.mode = mode;
  how.resolve = bits(resolve);
  return retried(
      [&] { return ::syscall(SYS_openat2, dir.number, path.c_str(), &how, sizeof how); });
}

unsigned recursive_bit(Reach reach) { return reach == Reach::kRecursive ? AT_RECURSIVE : 0; }

}  // namespace

void Kernel::close(int fd) noexcept { ::close(fd); }

UniqueFd Kernel::openat2(Fd dir, const std::string& path, Open flags, Resolve resolve,
                         mode_t mode) {
  std::string label = label_at(dir, path);
  const long fd = open(dir, path, flags, resolve, mode);
  check(fd, "openat2", label);
  return own(fd, std::move(label));
}

UniqueFd Kernel::openat2_unless(int error, Fd dir, const std::string& path, Open flags,
                                Resolve resolve) {
  std::string label = label_at(dir, path);
  const long fd = open(dir, path, flags, resolve, 0);
  if (fd < 0 && errno == error) return {};
  check(fd, "openat2", label);
  return own(fd, std::move(label));
}

FileStatus Kernel::statx(Fd file) {
  struct ::statx s {};
  check(::statx(file.number, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &s), "statx",
        file.label);
  return {.mode = s.stx_mode,
          .uid = s.stx_uid,
          .gid = s.stx_gid,
          .size = s.stx_size,
          .dev = makedev(s.stx_dev_major, s.stx_dev_minor),
          .ino = s.stx_ino,
          .rdev = makedev(s.stx_rdev_major, s.stx_rdev_minor),
          .mount_id = s.stx_mnt_id};
}

uint64_t Kernel::fstatfs(Fd file) {
  struct statfs s {};
  check(::fstatfs(file.number, &s), "fstatfs", file.label);
  return static_cast<uint64_t>(s.f_type);
}

std::string Kernel::readlinkat(Fd dir, const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const long length = check(::readlinkat(dir.number, path.c_str(), target.data(), target.size()),
                            "readlinkat", label_at(dir, path));
  return {target.data(), static_cast<size_t>(length)};
}

void Kernel::mkdirat(Fd dir, const std::string& name, mode_t mode) {
  check(::mkdirat(dir.number, name.c_str(), mode), "mkdirat", label_at(dir, name));
}

void Kernel::symlinkat(const std::string& target, Fd dir, const std::string& name) {
  check(::symlinkat(target.c_str(), dir.number, name.c_str()), "symlinkat", label_at(dir, name));
}

void Kernel::renameat(Fd dir, const std::string& name, const std::string& new_name) {
  check(::renameat(dir.number, name.c_str(), dir.number, new_name.c_str()), "renameat",
        label_at(dir, new_name));
}

void Kernel::unlinkat(Fd dir, const std::string& name) {
  check(::unlinkat(dir.number, name.c_str(), 0), "unlinkat", label_at(dir, name));
}

void Kernel::fchmod(Fd file, mode_t mode) {
  check(::fchmod(file.number, mode), "fchmod", file.label);
}

void Kernel::empty_file(Fd file) { check(::ftruncate(file.number, 0), "ftruncate", file.label); }

void Kernel::lock_for_reading(Fd file) {
  const struct flock whole_file {
    .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0
  };
  check(::fcntl(file.number, F_SETLK, &whole_file), "fcntl F_SETLK", file.label);
}

void Kernel::access_executable(Fd dir, const std::string& path) {
  check(::syscall(SYS_faccessat2, dir.number, path.c_str(), X_OK, AT_EACCESS), "faccessat2",
        label_at(dir, path));
}

std::vector<std::string> Kernel::getdents64(Fd dir) {
  std::vector<std::string> found;
  alignas(dirent64) std::array<char, 4096> buffer{};
  for (;;) {
    const long filled = check(::syscall(SYS_getdents64, dir.number, buffer.data(), buffer.size()),
                              "getdents64", dir.label);
    if (filled == 0) return found;
    for (long at = 0; at < filled;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);  // NOLINT
      const std::string_view name(entry->d_name);                                 // NOLINT
      if (name != "." && name != "..") found.emplace_back(name);
      at += entry->d_reclen;
    }
  }
}

size_t Kernel::read(Fd file, std::span<std::byte> buffer) {
  return static_cast<size_t>(
      check(retried([&] { return ::read(file.number, buffer.data(), buffer.size()); }), "read",
            file.label));
}

size_t Kernel::write(Fd file, std::span<const std::byte> data) {
  return static_cast<size_t>(
      check(retried([&] { return ::write(file.number, data.data(), data.size()); }), "write",
            file.label));
}

void Kernel::lseek_to_start(Fd file) {
  check(::lseek(file.number, 0, SEEK_SET), "lseek", file.label);
}

void Kernel::fchdir(Fd dir) { check(::fchdir(dir.number), "fchdir", dir.label); }

std::string Kernel::getcwd() {
  std::array<char, PATH_MAX + 16> path{};  // the system call itself: libc hides "(unreachable)"
  check(::syscall(SYS_getcwd, path.data(), path.size()), "getcwd");
  return path.data();
}

mode_t Kernel::umask(mode_t mask) { return ::umask(mask); }

std::pair<UniqueFd, UniqueFd> Kernel::pipe2(const std::string& label) {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "pipe2", label);
  return {own(ends[0], label), own(ends[1], label)};
}

std::pair<UniqueFd, UniqueFd> Kernel::socketpair(const std::string& label) {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair", label);
  return {own(ends[0], label), own(ends[1], label)};
}

void Kernel::send(Fd socket, std::span<const std::byte> message) {
  check(::send(socket.number, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT), "send",
        socket.label);
}

UniqueFd Kernel::memfd_create(const std::string& name) {
  const long fd = ::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return own(check(fd, "memfd_create", name), name);
}

void Kernel::seal(Fd memfd) {
  const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  check(::fcntl(memfd.number, F_ADD_SEALS, seals), "fcntl F_ADD_SEALS", memfd.label);
}

bool Kernel::is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

UniqueFd Kernel::open_tree(Fd source, Reach reach) {
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | recursive_bit(reach);
  const long fd = ::syscall(SYS_open_tree, source.number, "", flags);
  return own(check(fd, "open_tree", source.label), std::string(source.label));
}

void Kernel::mount_setattr(Fd mount, MountAttr set, Propagation propagation, Reach reach) {
  ::mount_attr attr{};
  attr.attr_set = bits(set);
  attr.propagation = bits(propagation);
  check(::syscall(SYS_mount_setattr, mount.number, "", AT_EMPTY_PATH | recursive_bit(reach), &attr,
                  sizeof attr),
        "mount_setattr", mount.label);
}

UniqueFd Kernel::fsopen(const std::string& type) {
  return own(check(::syscall(SYS_fsopen, type.c_str(), FSOPEN_CLOEXEC), "fsopen", type), type);
}

void Kernel::fsconfig_string(Fd fs, const std::string& key, const std::string& value,
                             const std::string& shown) {
  check(::syscall(SYS_fsconfig, fs.number, FSCONFIG_SET_STRING, key.c_str(), value.c_str(), 0),
        "fsconfig", fs.label, key + "=" + (shown.empty() ? value : shown));
}

void Kernel::fsconfig_flag(Fd fs, const std::string& key) {
  check(::syscall(SYS_fsconfig, fs.number, FSCONFIG_SET_FLAG, key.c_str(), nullptr, 0), "fsconfig",
        fs.label, key);
}

void Kernel::fsconfig_create(Fd fs) {
  check(::syscall(SYS_fsconfig, fs.number, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0),
        "fsconfig create", fs.label);
}

UniqueFd Kernel::fsmount(Fd fs, MountAttr attr) {
  const long fd = ::syscall(SYS_fsmount, fs.number, FSMOUNT_CLOEXEC, bits(attr));
  return own(check(fd, "fsmount", fs.label), std::string(fs.label));
}

void Kernel::move_mount(Fd mount, Fd target) {
  check(::syscall(SYS_move_mount, mount.number, "", target.number, "",
                  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
        "move_mount", mount.label, "->", target.label);
}

void Kernel::pivot_root(const std::string& put_old) {
  check(::syscall(SYS_pivot_root, ".", put_old.c_str()), "pivot_root", put_old);
}

void Kernel::detach_working_directory() {
  check(::umount2(".", MNT_DETACH | UMOUNT_NOFOLLOW), "umount2");
}

std::string read_text(Dispatcher& k, Fd file, size_t limit) {
  std::string text;
  std::array<std::byte, 4096> chunk{};  // a page of the stack costs more than a second read
  while (text.size() < limit) {
    const size_t got =
        k.read(file, std::span(chunk).first(std::min(chunk.size(), limit - text.size())));
    if (got == 0) break;
    text.append(reinterpret_cast<const char*>(chunk.data()), got);  // NOLINT: bytes as text
  }
  return text;
}

void write_all(Dispatcher& k, Fd file, std::span<const std::byte> data) {
  while (!data.empty()) data = data.subspan(k.write(file, data));
}

void write_all(Dispatcher& k, Fd file, std::string_view text) {
  write_all(k, file, std::as_bytes(std::span(text)));
}

}  // namespace kekkai
